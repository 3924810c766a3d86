"""An event that came too early is tried again, and in the end given up, never lost."""

import pytest

from shared.application.events.waiting import RetryEvent
from shared.domain.errors import Unavailable
from shared.domain.letter import LetterState
from shared.domain.order import OrderStatus
from tests.builders import ORDER_ID
from tests.events import about_order


@pytest.fixture
async def letter_id(intake) -> str:
    """The letter of a shipment that overtook its order."""
    await intake.deliver(about_order("Shipping.ShipmentDispatched", ORDER_ID))
    (letter_id,) = intake.waiting
    return str(letter_id)


@pytest.fixture
def retry(intake) -> RetryEvent:
    """The next attempt."""
    return RetryEvent(intake.letters, intake.ingestion.take_in, intake.clock)


async def test_it_waits_on_while_it_is_too_early(intake, retry, letter_id):
    """There is still time."""
    assert await retry(letter_id, last=False) is LetterState.WAITING


async def test_it_is_taken_in_once_its_order_is_there(intake, retry, letter_id):
    """Nobody has to send it again."""
    await intake.place(OrderStatus.CONFIRMED)

    assert await retry(letter_id, last=False) is LetterState.APPLIED
    assert (await intake.orders.get(ORDER_ID)).status is OrderStatus.SHIPPED
    assert intake.letters.letters[letter_id].state is LetterState.APPLIED


async def test_after_the_last_attempt_it_is_a_dead_letter(intake, retry, letter_id):
    """Somebody has to look; the reason is still that it is too early."""
    assert await retry(letter_id, last=True) is LetterState.DEAD
    assert intake.letters.letters[letter_id].reason == "too-early"


async def test_it_becomes_a_dead_letter_as_soon_as_it_can_never_be_taken_in(
    intake, retry, letter_id
):
    """Its order came, and was rejected."""
    await intake.place(OrderStatus.REJECTED)

    assert await retry(letter_id, last=False) is LetterState.DEAD
    assert intake.letters.letters[letter_id].reason == "illegal-transition"


async def test_a_letter_that_somebody_settled_meanwhile_is_left_alone(intake, retry, letter_id):
    """A person who discarded it does not want to see it applied."""
    letter, _ = await intake.letters.get(letter_id)
    await intake.letters.mark(letter.now(LetterState.DISCARDED, intake.clock()))
    await intake.place(OrderStatus.CONFIRMED)

    assert await retry(letter_id, last=False) is LetterState.DISCARDED
    assert (await intake.orders.get(ORDER_ID)).status is OrderStatus.CONFIRMED


async def test_an_attempt_that_finds_nothing_up_says_so(intake, retry, letter_id):
    """It is repeated, the last one as well: an outage is not the event's fault."""

    async def fail(_: str) -> None:
        raise Unavailable("cosmos-db")

    intake.orders.get = fail

    with pytest.raises(Unavailable):
        await retry(letter_id, last=True)
