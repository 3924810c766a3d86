"""What a worker knows of its own captures, when a webhook tells of them."""

import asyncio

import pytest

from shared.adapters.stripe_answers import CapturesHere


@pytest.fixture
def captures() -> CapturesHere:
    """A worker that has captured nothing yet."""
    return CapturesHere()


async def test_the_capture_of_another_worker_is_not_known(captures):
    """Then the order is looked at."""
    assert not await captures.was_answered("pi_1")


async def test_a_capture_that_was_answered_is_known(captures):
    """Whoever got the answer does the rest."""
    async with captures.capture("pi_1"):
        pass

    assert await captures.was_answered("pi_1")
    assert not await captures.was_answered("pi_2")


async def test_a_capture_without_an_answer_is_not_known(captures):
    """It may have been made, so the webhook is news."""
    with pytest.raises(ConnectionError):
        async with captures.capture("pi_1"):
            raise ConnectionError

    assert not await captures.was_answered("pi_1")


@pytest.mark.parametrize("answered", [False, True])
async def test_a_capture_under_way_is_waited_for(captures, answered):
    """Webhooks overtake answers."""
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ask() -> None:
        async with captures.capture("pi_1"):
            await answer

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    webhook = asyncio.create_task(captures.was_answered("pi_1"))
    await asyncio.sleep(0)
    assert not webhook.done()

    if answered:
        answer.set_result(None)
    else:
        answer.set_exception(ConnectionError())
    await asyncio.wait([asking])

    assert await webhook is answered
    assert isinstance(asking.exception(), ConnectionError) is not answered
