"""Each event of a delivery is judged alone, and nothing is acknowledged that is not stored."""

import json

import pytest

from shared.application.events.understanding import MAX_EVENT_BYTES
from shared.application.ports import Judgement
from shared.domain.errors import IntakePaused, Unavailable
from shared.domain.identity import derive_order_id
from shared.domain.letter import LetterState
from shared.domain.order import OrderStatus
from tests.builders import ORDER_ID, submission_json
from tests.events import SOURCE, about_order, adjusted, submitted


async def test_an_order_that_comes_as_an_event_is_an_order_like_any_other(intake):
    """The source stands for the client and the event's id for its idempotency key."""
    fates = await intake.deliver(submitted(id="e-1"))

    order_id = derive_order_id(SOURCE, "e-1")
    assert fates == {Judgement.DONE: 1}
    assert intake.orders.orders[order_id].status is OrderStatus.PENDING
    assert intake.started == [order_id]


async def test_the_same_event_twice_is_one_order(intake):
    """Event Grid delivers at least once."""
    event = submitted()

    fates = await intake.deliver(event, event) + await intake.deliver(event)

    assert fates == {Judgement.DONE: 1, Judgement.DUPLICATE: 2}
    assert len(intake.orders.orders) == 1


async def test_another_order_under_the_same_id_is_poison(intake):
    """Which of the two was meant, only a person can tell; the first one stays as it is."""
    other = submission_json(lines=[{"sku": "MUG-BLUE", "quantity": 9}])

    fates = await intake.deliver(submitted(id="e-1"), submitted(id="e-1", data=other))

    assert fates == {Judgement.DONE: 1, Judgement.POISON: 1}
    (letter,) = intake.letters.letters.values()
    assert letter.reason == "idempotency-key-reused"


async def test_poison_is_kept_with_its_bytes_and_the_rest_is_done(intake):
    """One bad record must not fail its batch, nor be lost."""
    text = '[{"id": 1.50}, ' + json.dumps(adjusted("MUG-BLUE", 5)) + "]"

    fates = await intake.deliver_text(text)

    assert fates == {Judgement.POISON: 1, Judgement.DONE: 1}
    assert intake.stock.items["MUG-BLUE"].on_hand == 15
    (letter,) = intake.letters_in(LetterState.DEAD)
    assert intake.letters.originals[letter.id] == b'{"id": 1.50}'
    assert letter.origin == "intake"


async def test_poison_that_comes_again_is_one_letter(intake):
    """Its delivery is repeated whenever a neighbour could not be taken in."""
    await intake.deliver({"id": 1})
    await intake.deliver({"id": 1})

    assert len(intake.letters.letters) == 1


async def test_an_order_for_what_we_do_not_sell_is_poison(intake):
    """Over HTTP the client is told; here nobody waits for an answer."""
    unknown = submission_json(lines=[{"sku": "NO-SUCH", "quantity": 1}])

    await intake.deliver(submitted(data=unknown))

    (letter,) = intake.letters_in(LetterState.DEAD)
    assert (letter.reason, letter.detail) == ("unknown-skus", "Not in the catalogue: NO-SUCH")


async def test_while_something_is_down_the_delivery_is_refused_after_the_rest_is_done(intake):
    """Acknowledged means stored. What was done is a duplicate next time."""
    good, down = submitted(), adjusted("MUG-BLUE", 5)
    works = intake.stock.adjust
    intake.stock.adjust = raising(Unavailable("cosmos-db"))

    with pytest.raises(Unavailable):
        await intake.deliver(down, good)

    assert len(intake.orders.orders) == 1
    intake.stock.adjust = works
    assert await intake.deliver(down, good) == {Judgement.DONE: 1, Judgement.DUPLICATE: 1}


async def test_while_intake_is_paused_orders_stay_with_event_grid(intake):
    """They are as good when the flag is on again."""
    intake.features.flags = {"order-intake": False}

    with pytest.raises(IntakePaused):
        await intake.deliver(submitted())


async def test_while_the_store_of_letters_is_down_poison_is_not_acknowledged(intake):
    """Otherwise it would be gone."""
    intake.letters.keep = raising(Unavailable("storage"))

    with pytest.raises(Unavailable):
        await intake.deliver({"id": 1})


async def test_an_event_that_trips_us_up_waits_and_holds_nobody_up(intake):
    """A fault of ours is mended by a deployment, not by a redelivery of the whole batch."""
    intake.stock.adjust = raising(ZeroDivisionError())

    fates = await intake.deliver(adjusted("MUG-BLUE", 5), submitted())

    assert fates == {Judgement.WAITING: 1, Judgement.DONE: 1}
    (letter,) = intake.letters_in(LetterState.WAITING)
    assert letter.reason == "internal-error"
    assert "ZeroDivisionError" in letter.detail
    assert intake.waiting == [letter.id]


async def test_what_came_too_early_is_kept_and_waits(intake):
    """A shipment may overtake its order: neither is lost, and neither holds up the other."""
    fates = await intake.deliver(about_order("Shipping.ShipmentDispatched", ORDER_ID))

    assert fates == {Judgement.WAITING: 1}
    (letter,) = intake.letters_in(LetterState.WAITING)
    assert letter.reason == "too-early"
    assert intake.waiting == [letter.id]


async def test_an_event_beyond_all_limits_is_kept_whole(intake):
    """A megabyte and more: too large to be taken in, not to be kept."""
    event = adjusted("MUG-BLUE", 1, filler="x" * 2 * MAX_EVENT_BYTES)

    await intake.deliver(event)

    (letter,) = intake.letters_in(LetterState.DEAD)
    assert letter.reason == "too-large"
    assert len(intake.letters.originals[letter.id]) > 2 * MAX_EVENT_BYTES


def raising(error: Exception):
    """A port's method while what is behind it fails."""

    async def fail(*_: object) -> None:
        raise error

    return fail
