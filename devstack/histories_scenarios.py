"""The paths through the sagas, and how an order gets onto each.

A scenario is a function in one table: it drives the app as its users would, and returns the id of
the instance whose history is to be kept. To record a further path, add a function to the module
of its saga.
"""

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devstack.histories import HistoryError
from devstack.histories_stage import Stage

Play = Callable[[Stage], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A path through a saga; *minutes* is for how long nothing may seem to happen."""

    saga: str
    path: str
    play: Play
    minutes: float

    @property
    def name(self) -> str:
        """How it is asked for."""
        return f"{self.saga}/{self.path}"

    @property
    def description(self) -> str:
        """What happens on the way."""
        return " ".join((self.play.__doc__ or "").split())


SCENARIOS: dict[str, Scenario] = {}

# Whose functions enter the table.
_MODULES = ("histories_fulfilment", "histories_early_events", "histories_afterwards")


def scenario(name: str, *, minutes: float = 1.5) -> Callable[[Play], Play]:
    """Put a function into the table as ``saga/path``; its docstring is the description."""
    saga, _, path = name.partition("/")

    def enter(play: Play) -> Play:
        SCENARIOS[name] = Scenario(saga, path, play, minutes)
        return play

    return enter


def all_scenarios() -> dict[str, Scenario]:
    """Every scenario there is, by name."""
    for module in _MODULES:
        importlib.import_module(f"devstack.{module}")
    return SCENARIOS


def chosen(names: list[str]) -> list[Scenario]:
    """The scenarios of these *names*, or all; a saga's name stands for all of its paths.

    Raises:
        HistoryError: there is none of a name.
    """
    scenarios, found = all_scenarios(), dict[str, Scenario]()
    for name in names:
        matching = {key: one for key, one in scenarios.items() if name in (one.name, one.saga)}
        if not matching:
            raise HistoryError(f"There is no path {name!r}. There are: {', '.join(scenarios)}.")
        found |= matching
    return list((found if names else scenarios).values())
