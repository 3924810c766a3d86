"""Making letters of what Event Grid itself could not deliver."""

from dataclasses import dataclass

import structlog

from shared.application.bounded import for_each
from shared.application.ports import Clock, Letters, Undelivered, UndeliveredEvents
from shared.application.undelivered import UNREADABLE, letters_of
from shared.domain.letter import Letter

_log = structlog.get_logger(__name__)

MOST_FILES = 100
_LETTERS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Adopted:
    """What one run has done."""

    files: int
    letters: int


class AdoptDeadLetters:
    """Turn Event Grid's files into letters, which can be listed, replayed and discarded.

    Repeatable at any point: a file is removed once all its letters are kept, and keeping one twice
    changes nothing.
    """

    def __init__(self, undelivered: UndeliveredEvents, letters: Letters, clock: Clock) -> None:
        self._undelivered = undelivered
        self._letters = letters
        self._clock = clock

    async def __call__(self) -> Adopted:
        """Adopt some files. One that fails is left for the next run, and holds up no other.

        Raises:
            Exception: what the first file failed with, after all others were tried.
        """
        files = letters = 0
        failures: list[Exception] = []
        for name in await self._undelivered.names(MOST_FILES):
            try:
                file = await self._undelivered.read(name)
                if file is not None:
                    letters += await self._adopt(file)
                    files += 1
            except Exception as failure:
                _log.exception("adoption_failed", file=name)
                failures.append(failure)
        if failures:
            raise failures[0]
        return Adopted(files, letters)

    async def _adopt(self, file: Undelivered) -> int:
        adopted = letters_of(file, self._clock())

        async def keep(letter_and_original: tuple[Letter, bytes]) -> None:
            letter, original = letter_and_original
            await self._letters.keep(letter, original)
            _log.info("dead_letter_adopted", letter_id=letter.id, reason=letter.reason)

        await for_each(adopted, keep, at_most=_LETTERS_AT_ONCE)
        await self._undelivered.remove(file)
        if any(letter.reason == UNREADABLE for letter, _ in adopted):
            _log.warning("dead_letter_file_unreadable", file=file.name)
        return len(adopted)
