"""What is kept of executions between their episodes, so that each costs only what is new in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from cachetools import LRUCache

from emulators.functions_host.durable import events, rows
from emulators.functions_host.durable.actions import AnswerReader
from emulators.functions_host.durable.records import Instance
from emulators.functions_host.durable.replay import Replay
from emulators.functions_host.growing_text import GrowingText

# Of waiting instances, in characters; others are read again when they go on.
_REMEMBERED_CHARACTERS = 128 * 1024 * 1024
# For the rest of a session, so that empty ones count, too.
_OVERHEAD = 500


@dataclass(slots=True)
class Session:
    """An execution's history, one text an episode, and the walk over it if one has begun."""

    execution_id: str
    history: list[str]
    retrying: bool
    replay: Replay | None = None
    answers: AnswerReader = field(default_factory=AnswerReader)
    text: GrowingText = field(init=False)
    """The beginning of what orchestrators are given."""
    _characters: int = field(init=False)

    def __post_init__(self) -> None:
        self._characters = sum(map(len, self.history))
        self.text = GrowingText('{"history":[', self.history, _before_others)

    @property
    def size(self) -> int:
        """What it takes of memory, in characters."""
        return _OVERHEAD + self._characters + self.answers.size

    def past(self) -> list[events.Event]:
        """All events of the history."""
        return [event for episode in self.history for event in events.from_json(episode)]

    def add(self, episode: list[events.Event]) -> None:
        """Remember an episode that is in the database now."""
        self.history.append(events.to_json(episode))
        self._characters += len(self.history[-1])
        self.retrying = rows.is_retrying(episode)


class Sessions:
    """The sessions of a task hub. Nothing is lost with one: *read* has every history."""

    def __init__(self, read: Callable[[str], list[str]]) -> None:
        self._read = read
        self._kept: LRUCache[str, Session] = LRUCache(
            _REMEMBERED_CHARACTERS, getsizeof=attrgetter("size")
        )

    def of(self, instance: Instance) -> Session:
        """The session of *instance*'s execution."""
        kept = self._kept.pop(instance.instance_id, None)
        if kept is not None and kept.execution_id == instance.execution_id:
            return kept
        history = self._read(instance.instance_id)
        retrying = bool(history) and rows.is_retrying(events.from_json(history[-1]))
        return Session(instance.execution_id, history, retrying)

    def keep(self, instance: Instance, session: Session) -> None:
        """Have *session* for the next episode, unless it is too large to keep."""
        if session.size <= self._kept.maxsize:
            self._kept[instance.instance_id] = session


def _before_others(episode: str) -> str:
    return rows.without_notes(episode) + ","
