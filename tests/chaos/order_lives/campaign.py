"""Many stories at once on one stack, and a last look at the books of all of them together."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.order_lives.books import Books, OrderBook
from tests.chaos.order_lives.life import outcome
from tests.chaos.order_lives.machine import OrderLives
from tests.chaos.order_lives.reading import read_each
from tests.chaos.order_lives.rest import come_to_rest
from tests.chaos.order_lives.story import Story
from tests.chaos.order_lives.timelines import announcement_faults
from tests.chaos.order_lives.world import World
from tests.events_schema import breaches
from tests.topic import RecordingTopic

Json = dict[str, Any]
Ended = list[tuple[Story, Books]]

# Most of a story is waiting for pauses after faults, so many go on side by side.
PLAYERS = 12
STEPS = 18
# So few that all stop soon after one has failed.
STORIES_IN_A_ROW = 10

NEWS_WITHIN_SECONDS = 300
# A killed host leaves its part of the change feed to the next one only after a while.
PUBLISHED_WITHIN_SECONDS = 120

PLAY = settings(
    stateful_step_count=STEPS,
    deadline=None,
    # Other stories on each run. Nothing is replayed from disk and nothing is shrunk: what happens
    # depends on the moment as well, and each attempt takes seconds. A story that fails is told.
    derandomize=False,
    database=None,
    phases=[Phase.generate],
    print_blob=True,
    # They measure how fast data are made, and a story takes seconds.
    suppress_health_check=list(HealthCheck),
)


def play(world: World, stories: int) -> Ended:
    """So many stories, and the books of each.

    Raises:
        Exception: that of a story which failed; no new ones are begun then.
    """

    class Lives(OrderLives):
        """Those of this campaign."""

    Lives.world, Lives.ended = world, []
    shares = deque(_shares(stories))
    # Hypothesis parses the source of a class, which Python 3.11 cannot do in two threads at once
    # (gh-106905); of this there is none.
    machine: Any = partial(Lives)

    def take_turns() -> None:
        with suppress(IndexError):
            while share := shares.popleft():
                run_state_machine_as_test(machine, settings=settings(PLAY, max_examples=share))

    with ThreadPoolExecutor(PLAYERS) as players:
        turns = [players.submit(take_turns) for _ in range(PLAYERS)]
        try:
            for turn in as_completed(turns):
                turn.result()
        finally:
            shares.clear()
    return Lives.ended


def _shares(stories: int) -> list[int]:
    whole, rest = divmod(stories, STORIES_IN_A_ROW)
    return [STORIES_IN_A_ROW] * whole + ([rest] if rest else [])


def told(world: World, ended: Ended) -> str:
    """What was played, for the log of the run."""
    outcomes = Counter(outcome(book.order) for _, books in ended for book in books.orders)
    steps = Counter(step.split()[1] for story, _ in ended for step in story.steps)
    lines = [f"{len(ended)} stories, {outcomes.total()} orders, {world.kills} kills"]
    lines += [f"  {count:>6} {what}" for what, count in outcomes.most_common()]
    return "\n".join([*lines, f"  steps: {dict(steps.most_common())}"])


def ends_of(books: Iterable[OrderBook]) -> set[str]:
    """The states that orders have come to."""
    return {book.order["status"] for book in books}


def rest_again(world: World, ended: Ended) -> list[OrderBook]:
    """The books of all orders, long after; late news of the provider has had its effect by then.

    Raises:
        AssertionError: a story that ended well has come to something else, and stays so.
    """
    stories = [story for story, _ in ended]
    deadline = time.monotonic() + NEWS_WITHIN_SECONDS
    while True:
        books = world.wait(read_each(stories, come_to_rest))
        if not world.wait(world.shop().pending_news()):
            return [book for each in books.values() for book in each.orders]
        assert time.monotonic() < deadline, "the provider does not get its news delivered"


def published_faults(topic: RecordingTopic, books: Sequence[OrderBook]) -> list[str]:
    """What of the timelines of all orders is not at the topic as it should be, in the end."""
    deadline = time.monotonic() + PUBLISHED_WITHIN_SECONDS
    while True:
        published = _by_order(topic.taken)
        faults = [
            fault
            for book in books
            for fault in announcement_faults(book, published.get(book.order["id"], ()))
        ]
        if not faults or time.monotonic() > deadline:
            return faults + [breach for event in topic.taken for breach in breaches(event)]
        time.sleep(1)


def _by_order(events: Iterable[Json]) -> Mapping[str, list[Json]]:
    orders: dict[str, list[Json]] = {}
    for event in list(events):
        orders.setdefault(event["subject"], []).append(event)
    return orders
