"""The app's dead letters as an operator sees them, over its HTTP API."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from devstack.storefront import Answer, ApiError, Storefront

PATH = "/ops/dead-letters"
LETTERS_PER_REQUEST = 200


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What the app tells of a letter without its event."""

    id: str
    state: str
    reason: str
    detail: str
    at: str
    origin: str
    event_id: str
    event_type: str
    source: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """The letter of an answer."""
        names = {"event_id": "eventId", "event_type": "eventType"}
        fields = cls.__dataclass_fields__
        return cls(**{name: _printable(str(body[names.get(name, name)])) for name in fields})


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a letter that was to be settled."""

    letter: DeadLetter
    outcome: str
    """In few words, the same for all letters that fared alike."""
    failed: bool
    detail: str = ""


class DeadLetterBox:
    """The dead letters of one app."""

    def __init__(self, app: Storefront) -> None:
        self._app = app

    async def matching(self, which: Mapping[str, str]) -> AsyncGenerator[DeadLetter, None]:
        """Every letter that *which* describes, oldest event first.

        Raises:
            ApiError: the app does not list them.
        """
        asked = {**which, "limit": str(LETTERS_PER_REQUEST)}
        while True:
            answer = await self._app.ask("GET", PATH, params=asked)
            if answer.status != 200:
                raise ApiError(_refusal("GET", PATH, answer))
            for body in answer.body["deadLetters"]:
                yield DeadLetter.read(body)
            continuation = answer.body.get("continuation")
            if continuation is None:
                return
            asked["continuation"] = continuation

    async def replay(self, letter: DeadLetter) -> Fate:
        """Have the letter's event tried again."""
        return _fate(letter, await self._app.ask("POST", f"{PATH}/{letter.id}/replay"))

    async def discard(self, letter: DeadLetter, comment: str) -> Fate:
        """Have the letter discarded."""
        body = {"comment": comment} if comment else {}
        path = f"{PATH}/{letter.id}/discard"
        return _fate(letter, await self._app.ask("POST", path, json=body))


def _fate(letter: DeadLetter, answer: Answer) -> Fate:
    if answer.status == 200:
        state = str(answer.body.get("state"))
        return Fate(letter, "still waiting" if state == "waiting" else state, failed=False)
    detail = _printable(str(answer.body.get("detail") or answer.body)[:500])
    if answer.problem == "replay-refused":
        return Fate(letter, f"still dead: {answer.body.get('reason')}", failed=True, detail=detail)
    return Fate(letter, f"not done: {answer.problem}", failed=True, detail=detail)


def _refusal(method: str, path: str, answer: Answer) -> str:
    if answer.status in (401, 403):
        return (
            f"The app wants a function key ({answer.status}): set FUNCTION_KEY, or give it with "
            "--key."
        )
    return f"{method} {path} answered {answer.status}: {answer.body.get('detail', answer.body)}"


def _printable(text: str) -> str:
    """*text* without what a terminal would take for orders: events come from anywhere."""
    return "".join(mark if mark.isprintable() else "�" for mark in text)
