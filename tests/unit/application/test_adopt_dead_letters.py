"""Taking over what Event Grid could not deliver, through crashes."""

import json

import pytest

from shared.application.adopt_dead_letters import MOST_FILES, AdoptDeadLetters, Adopted
from shared.domain.errors import Unavailable
from shared.domain.letter import Letter
from tests.fakes import FakeClock, InMemoryLetters, InMemoryUndelivered


def file_of(*ids: str) -> bytes:
    """A file with an event for each id."""
    events = [{"specversion": "1.0", "id": id_, "source": "s", "type": "t"} for id_ in ids]
    return json.dumps(events).encode()


class FailingLetters(InMemoryLetters):
    """Cannot keep the letter of one event."""

    def __init__(self, event_id: str) -> None:
        super().__init__()
        self.failing_on = event_id

    async def keep(self, letter: Letter, original: bytes) -> None:
        if letter.event_id == self.failing_on:
            raise Unavailable("storage")
        await super().keep(letter, original)


def event_ids(letters: InMemoryLetters) -> set[str]:
    """The events of all letters."""
    return {letter.event_id for letter in letters.letters.values()}


async def test_makes_letters_of_all_events_and_removes_the_files():
    """From then on they are listed, replayed and discarded like any other."""
    undelivered = InMemoryUndelivered(a=file_of("1", "2"), b=file_of("3"))
    letters = InMemoryLetters()

    adopted = await AdoptDeadLetters(undelivered, letters, FakeClock())()

    assert adopted == Adopted(files=2, letters=3)
    assert event_ids(letters) == {"1", "2", "3"}
    assert undelivered.files == {}


async def test_no_event_is_lost_when_a_letter_cannot_be_kept():
    """The file stays until every one of its letters is safe; the repeat makes no letter twice."""
    undelivered = InMemoryUndelivered(a=file_of("1", "2", "3"))
    letters = FailingLetters("2")
    adopt = AdoptDeadLetters(undelivered, letters, FakeClock())

    with pytest.raises(Unavailable):
        await adopt()
    assert set(undelivered.files) == {"a"}
    letters.failing_on = ""
    await adopt()

    assert event_ids(letters) == {"1", "2", "3"}
    assert len(letters.letters) == 3
    assert undelivered.files == {}


async def test_a_file_that_fails_holds_up_no_other():
    """And the run fails all the same, so that it is seen."""
    undelivered = InMemoryUndelivered(a=file_of("1"), b=file_of("2"))
    letters = FailingLetters("1")

    with pytest.raises(Unavailable):
        await AdoptDeadLetters(undelivered, letters, FakeClock())()

    assert event_ids(letters) == {"2"}
    assert set(undelivered.files) == {"a"}


async def test_an_unreadable_file_is_kept_as_it_is():
    """It may be all that is left of an order."""
    undelivered = InMemoryUndelivered(a=b"[{")
    letters = InMemoryLetters()

    await AdoptDeadLetters(undelivered, letters, FakeClock())()

    assert list(letters.originals.values()) == [b"[{"]
    assert undelivered.files == {}


async def test_a_file_that_changes_meanwhile_is_read_again_next_time():
    """Removing what nobody has read would lose events."""
    undelivered = InMemoryUndelivered(a=file_of("1"))

    class Meddling(InMemoryLetters):
        async def keep(self, letter: Letter, original: bytes) -> None:
            await super().keep(letter, original)
            undelivered.files["a"] = file_of("1", "2")

    letters = Meddling()
    await AdoptDeadLetters(undelivered, letters, FakeClock())()
    assert set(undelivered.files) == {"a"}

    await AdoptDeadLetters(undelivered, letters, FakeClock())()

    assert event_ids(letters) == {"1", "2"}


async def test_a_run_takes_a_bounded_number_of_files():
    """A function has minutes; the next run goes on."""
    undelivered = InMemoryUndelivered(**{f"f{n}": file_of(str(n)) for n in range(MOST_FILES + 5)})
    adopt = AdoptDeadLetters(undelivered, InMemoryLetters(), FakeClock())

    assert (await adopt()).files == MOST_FILES
    assert (await adopt()).files == 5


async def test_a_file_that_another_worker_was_quicker_with_is_nothing():
    """Timers may overlap when the platform moves an app."""
    undelivered = InMemoryUndelivered(a=file_of("1"))

    async def names(at_most: int) -> list[str]:
        return ["gone", "a"]

    undelivered.names = names  # type: ignore[method-assign]

    adopted = await AdoptDeadLetters(undelivered, InMemoryLetters(), FakeClock())()

    assert adopted == Adopted(files=1, letters=1)
