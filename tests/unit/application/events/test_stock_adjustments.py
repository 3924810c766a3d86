"""Adjustments of one SKU become one batch, and count once each."""

from shared.application.ports import Judgement
from shared.domain.letter import LetterState
from tests.events import adjusted


async def test_adjustments_of_a_sku_are_one_batch(intake):
    """One request for each SKU of a delivery, not one for each event."""
    await intake.deliver(*(adjusted("MUG-BLUE", 1) for _ in range(99)))

    assert intake.stock.items["MUG-BLUE"].on_hand == 109
    assert intake.stock.adjustments == 1


async def test_a_batch_has_room_for_so_many_and_no_more(intake):
    """A transactional batch has at most 100 operations, and the level is one of them."""
    await intake.deliver(*(adjusted("MUG-BLUE", 1) for _ in range(100)))

    assert intake.stock.items["MUG-BLUE"].on_hand == 110
    assert intake.stock.adjustments == 2


async def test_an_adjustment_counts_once_however_often_it_comes(intake):
    """In the same delivery, or in a later one."""
    event, other = adjusted("MUG-BLUE", 5), adjusted("MUG-BLUE", 2)

    fates = await intake.deliver(event, event) + await intake.deliver(other, event)

    assert intake.stock.items["MUG-BLUE"].on_hand == 17
    assert fates == {Judgement.DONE: 2, Judgement.DUPLICATE: 2}


async def test_the_same_id_from_another_source_is_another_event(intake):
    """Ids are unique to their source only."""
    intake.ingestion._understanding._sources |= {"urn:warehouse"}

    await intake.deliver(
        adjusted("MUG-BLUE", 5, id="1"), adjusted("MUG-BLUE", 5, id="1", source="urn:warehouse")
    )

    assert intake.stock.items["MUG-BLUE"].on_hand == 20


async def test_what_orders_hold_cannot_be_taken_away(intake):
    """Reserved units are sold. Whether there are fewer, a person has to look."""
    await intake.stock.reserve("an-order", "MUG-BLUE", 8)

    fates = await intake.deliver(adjusted("MUG-BLUE", -1), adjusted("MUG-BLUE", -5))

    assert intake.stock.items["MUG-BLUE"].on_hand == 9
    assert fates == {Judgement.DONE: 1, Judgement.POISON: 1}
    (letter,) = intake.letters_in(LetterState.DEAD)
    assert letter.reason == "stock-below-reserved"


async def test_adjustments_of_an_unknown_sku_are_poison_each(intake):
    """The product may have been forgotten in the catalogue: the letters can be replayed then."""
    fates = await intake.deliver(adjusted("NO-SUCH", 1), adjusted("NO-SUCH", 2))

    assert fates == {Judgement.POISON: 2}
    assert {letter.reason for letter in intake.letters_in(LetterState.DEAD)} == {
        "product-not-found"
    }
