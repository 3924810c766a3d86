"""Replaying and discarding letters."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.application.ports import Judgement, StartSaga, Verdict
from shared.application.settle_letters import SettleLetters
from shared.domain.errors import (
    ConcurrentUpdate,
    EventsRefused,
    LetterNotFound,
    LetterSettled,
    ReplayRefused,
    Unavailable,
)
from shared.domain.letter import Letter, LetterState, letter_id
from shared.domain.order import Order
from tests.fakes import FakeClock, InMemoryLetters

ORIGINAL = b'{"id": "1"}'
ID = letter_id(datetime(2026, 11, 22, tzinfo=UTC), "urn:tests", "1")
DEAD, WAITING = LetterState.DEAD, LetterState.WAITING
APPLIED, DISCARDED = LetterState.APPLIED, LetterState.DISCARDED


class Intake:
    """A ``TakeIn`` with a fixed verdict."""

    def __init__(self) -> None:
        self.verdict = Verdict(Judgement.DONE)
        self.taken_in: list[bytes] = []

    async def __call__(self, original: bytes, start_saga: StartSaga) -> Verdict:
        self.taken_in.append(original)
        return self.verdict


async def start_saga(order: Order) -> None:
    """Nothing here starts one."""


@pytest.fixture
def letters() -> InMemoryLetters:
    """No letters yet."""
    return InMemoryLetters()


@pytest.fixture
def intake() -> Intake:
    """Takes everything in, at first."""
    return Intake()


@pytest.fixture
def settle(letters, intake) -> SettleLetters:
    """The use case, with nothing of our own to send again."""
    return SettleLetters(letters, intake, not_needed, FakeClock())


async def not_needed(letter: Letter) -> None:
    """Fails a test that sends an event of ours without meaning to."""
    raise AssertionError(letter)


async def kept(letters: InMemoryLetters, state: LetterState = DEAD, **changes: Any) -> Letter:
    """A letter in that state."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    facts: dict[str, Any] = {
        "reason": "unknown-skus",
        "detail": "MUG",
        "at": now,
        "origin": "intake",
    } | changes
    letter = Letter(id=ID, state=state, **facts)
    await letters.keep(letter, ORIGINAL)
    return letter


@pytest.mark.parametrize("judgement", [Judgement.DONE, Judgement.DUPLICATE])
@pytest.mark.parametrize("state", [DEAD, WAITING])
async def test_an_event_that_is_taken_in_at_last_is_applied(
    settle, letters, intake, judgement, state
):
    """With the bytes that came first; why it once failed is still to be read."""
    await kept(letters, state)
    intake.verdict = Verdict(judgement)

    replayed = await settle.replay(ID, start_saga)

    assert intake.taken_in == [ORIGINAL]
    assert (replayed.state, replayed.reason) == (APPLIED, "unknown-skus")
    assert letters.letters[ID] == replayed


async def test_a_second_replay_gives_the_same_answer_and_takes_nothing_in(settle, letters, intake):
    """The repeat of a request whose answer was lost."""
    await kept(letters)
    first = await settle.replay(ID, start_saga)

    second = await settle.replay(ID, start_saga)

    assert second == first
    assert len(intake.taken_in) == 1


@pytest.mark.parametrize("state", [DEAD, WAITING])
async def test_an_event_that_is_still_poison_says_why_and_stays_dead(
    settle, letters, intake, state
):
    """The reason may be another one than before: that is what has to be mended next."""
    await kept(letters, state)
    intake.verdict = Verdict(Judgement.POISON, "price-mismatch", "Expected another total")

    with pytest.raises(ReplayRefused, match="Expected another total") as refusal:
        await settle.replay(ID, start_saga)

    assert refusal.value.reason == "price-mismatch"
    stored = letters.letters[ID]
    assert (stored.state, stored.reason) == (DEAD, "price-mismatch")
    assert stored.detail == "Expected another total"


async def test_an_event_that_waits_for_its_time_waits_on(settle, letters, intake):
    """The app goes on trying it by itself."""
    await kept(letters, WAITING)
    intake.verdict = Verdict(Judgement.WAITING, "too-early", "Not shipped yet")

    replayed = await settle.replay(ID, start_saga)

    assert (replayed.state, replayed.reason) == (WAITING, "too-early")


async def test_a_dead_letter_that_comes_too_early_stays_dead(settle, letters, intake):
    """Nothing tries it by itself any more, so calling it waiting would be a lie."""
    await kept(letters)
    intake.verdict = Verdict(Judgement.WAITING, "too-early", "Not shipped yet")

    with pytest.raises(ReplayRefused):
        await settle.replay(ID, start_saga)

    assert letters.letters[ID].state is DEAD
    assert letters.letters[ID].reason == "too-early"


async def test_a_fault_while_replaying_changes_nothing(settle, letters):
    """Unknown is not refused: the letter is as it was, to be replayed again."""
    letter = await kept(letters)

    async def failing(original: bytes, start: StartSaga) -> Verdict:
        raise Unavailable("cosmos-db")

    with pytest.raises(Unavailable):
        await SettleLetters(letters, failing, not_needed, FakeClock()).replay(ID, start_saga)

    assert letters.letters[ID] == letter


async def test_what_was_taken_in_is_applied_even_if_somebody_discards_it_meanwhile(letters):
    """The order exists: a letter that says otherwise would be believed."""
    await kept(letters)

    async def slow(original: bytes, start: StartSaga) -> Verdict:
        await patient.discard(ID)
        return Verdict(Judgement.DONE)

    patient = SettleLetters(letters, slow, not_needed, FakeClock())

    await patient.replay(ID, start_saga)

    assert letters.letters[ID].state is APPLIED


async def test_a_refusal_does_not_overwrite_what_somebody_decided_meanwhile(letters):
    """Discarded stays discarded."""
    await kept(letters)

    async def slow(original: bytes, start: StartSaga) -> Verdict:
        await patient.discard(ID)
        return Verdict(Judgement.POISON, "unknown-skus", "")

    patient = SettleLetters(letters, slow, not_needed, FakeClock())

    with pytest.raises(ConcurrentUpdate):
        await patient.replay(ID, start_saga)

    assert letters.letters[ID].state is DISCARDED


async def test_a_discarded_letter_is_not_replayed(settle, letters, intake):
    """Somebody decided that it is not to be taken in."""
    await kept(letters, DISCARDED)

    with pytest.raises(LetterSettled, match="discarded"):
        await settle.replay(ID, start_saga)

    assert intake.taken_in == []


@pytest.mark.parametrize("state", [DEAD, WAITING])
async def test_discarding_keeps_the_letter_with_the_comment(settle, letters, state):
    """Whoever asks next year finds who decided, and about what."""
    await kept(letters, state)

    await settle.discard(ID, "Ada: a test of the shop")

    stored, original = await letters.get(ID)
    assert (stored.state, stored.reason) == (DISCARDED, "unknown-skus")
    assert stored.detail == "Discarded: Ada: a test of the shop. Before: MUG"
    assert original == ORIGINAL


async def test_discarding_twice_is_discarding_once(settle, letters):
    """The first comment stands."""
    await kept(letters)
    first = await settle.discard(ID, "first")

    second = await settle.discard(ID, "second")

    assert second == first == letters.letters[ID]


async def test_what_was_applied_cannot_be_discarded(settle, letters):
    """Its effects are there."""
    await kept(letters, APPLIED)

    with pytest.raises(LetterSettled, match="applied"):
        await settle.discard(ID)


async def test_a_letter_nobody_kept_is_not_found(settle):
    """Neither way."""
    for attempt in (settle.replay(ID, start_saga), settle.discard(ID)):
        with pytest.raises(LetterNotFound):
            await attempt


class TestOurOwnEvents:
    """Letters of the relay go out, not in."""

    async def test_are_sent_again(self, letters, intake):
        """To the topic that refused them."""
        await kept(letters, origin="relay")
        sent = []

        async def resend(letter: Letter) -> None:
            sent.append(letter.id)

        replayed = await SettleLetters(letters, intake, resend, FakeClock()).replay(ID, start_saga)

        assert sent == [ID]
        assert intake.taken_in == []
        assert replayed.state is APPLIED

    async def test_may_be_refused_again(self, letters, intake):
        """And then stay dead, with what the topic says now."""
        await kept(letters, origin="relay")

        async def resend(letter: Letter) -> None:
            raise EventsRefused("413 too large")

        with pytest.raises(ReplayRefused, match="413 too large") as refusal:
            await SettleLetters(letters, intake, resend, FakeClock()).replay(ID, start_saga)

        assert refusal.value.reason == "refused-by-event-grid"
