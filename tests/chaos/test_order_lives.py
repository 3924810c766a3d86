"""Any interleaving of what customers, carriers, the bank and crashes do: all books agree."""

import json
import os
from collections.abc import Iterator
from functools import partial

import pytest
from azure.appconfiguration import ConfigurationSetting
from azure.appconfiguration.aio import AzureAppConfigurationClient

from shared.durable_contract import CAPTURE_AT_DISPATCH
from tests.chaos.order_lives.books import EVERY_END
from tests.chaos.order_lives.campaign import ends_of, play, published_faults, rest_again, told
from tests.chaos.order_lives.life import APPROVED_FROM
from tests.chaos.order_lives.world import IMPATIENT, World
from tests.flags import flags_of
from tests.shop import Shop, eventually
from tests.stacks import RunningStack

# Some are too late: a story takes seconds.
EXPIRES_AFTER_HOURS = 8 / 3_600

# So many stories come to every end there is.
TELLING = 200

STORIES = int(os.environ.get("ORDER_LIVES", "500"))


@pytest.fixture
def world(topic, tmp_path) -> Iterator[World]:
    """A stack of its own, whose customers differ in what flags say of them."""
    settings = IMPATIENT | {"EVENT_GRID_TOPIC_ENDPOINT": topic.url}
    with RunningStack(tmp_path, **settings) as stack, World(stack) as world:
        # Each customer is on one side of it or the other.
        world.wait(roll_out(stack, CAPTURE_AT_DISPATCH, percentage=50))
        world.wait(ask_for_approval(stack))
        world.wait(world.shop().be_quick_with_news())
        world.wait(eventually(partial(is_asked, world.shop())))
        yield world


async def ask_for_approval(stack: RunningStack) -> None:
    """Large orders wait for a decision, but not for long."""
    pounds = f"{APPROVED_FROM / 100:.2f}"
    policy = {"thresholds": {"GBP": pounds}, "deadlineHours": EXPIRES_AFTER_HOURS}
    connection_string = stack.settings["APP_CONFIGURATION_CONNECTION_STRING"]
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        await client.set_configuration_setting(
            ConfigurationSetting(
                key="orders:approval", value=json.dumps(policy), content_type="application/json"
            )
        )


async def is_asked(shop: Shop) -> bool:
    """Whether the app has taken the policy over."""
    await shop.stock(MUG=10)
    receipt = await shop.submit(shop.order({"MUG": 10}))
    order = await shop.ask("GET", f"/api/orders/{receipt.body['id']}")
    return "approval" in order.body


async def roll_out(stack: RunningStack, flag: str, percentage: int) -> None:
    """Switch a flag for a part of all customers."""
    async with flags_of(stack) as flags:
        await flags.set(flag, enabled=True, percentage=percentage)


@pytest.mark.slow
@pytest.mark.timeout(1_200 + 5 * STORIES)
def test_whatever_happens_to_orders_all_books_agree_in_the_end(world, topic):
    """Money, stock and events belong to the state of each order, whoever asks whom.

    ``ORDER_LIVES=5000`` plays more stories than the usual number.
    """
    ended = play(world, STORIES)

    print(told(world, ended))  # noqa: T201  shown with -s, and whenever something is wrong
    assert len(ended) >= STORIES
    books = rest_again(world, ended)
    faults = published_faults(topic, books)
    assert not faults, "\n".join(faults)
    # Or it would have been about little.
    assert STORIES < TELLING or ends_of(books) == EVERY_END
    assert STORIES < TELLING or world.kills
