"""The durable engine beside Microsoft's in-memory one, and beside what the SDK alone must cost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from benchmarks.hubs import EmulatedHub, Hub, emulated_hub, in_memory_hub
from benchmarks.load import CLIENTS
from benchmarks.replay import chain_replay_ms

ROUNDS = 3
CHAINS, CHAIN_STEPS = 300, 5
FAN_OUTS, FAN_OUT_STEPS = 20, 100
EVENTS = 1_000
LENGTHS = {10: 20, 100: 5, 1_000: 1}
"""Chains whose steps are timed, and how many of each length."""
LAST_STEPS = 100

Row = tuple[str, float, float, str]


async def measure_durable(state: Path) -> list[Row]:
    """Both engines do the same work in turns; each is measured from the first start to the end."""
    async with AsyncExitStack() as stack:
        emulated = await stack.enter_async_context(emulated_hub(state / "emulated"))
        in_memory = await stack.enter_async_context(in_memory_hub(state / "in-memory"))
        hubs = (emulated, in_memory)
        for hub in hubs:
            await _crowd(hub, "warm", "chain", CHAIN_STEPS, CLIENTS)
        beside = "beside durabletask in memory"
        crowds = [
            (f"chains of {CHAIN_STEPS}, {beside}",
             *await _in_turns(hubs, _chains), "/s"),
            (f"fan-outs of {FAN_OUT_STEPS}, {beside}",
             *await _in_turns(hubs, _fan_outs), "/s"),
            (f"{EVENTS:,} events to one loop, {beside}",
             *await _in_turns(hubs, _events), "s"),
        ]  # fmt: skip
        steps = [await _steps(emulated, length, runs) for length, runs in LENGTHS.items()]
        short, *others = steps
        busy = await _busy_steps(emulated, short.length, LENGTHS[short.length])
    last = others[-1]
    as_busy = f"between two replays at step {last.length:,}, beside step {short.length} as busy"
    return [
        *crowds,
        *[one.beside_the_sdk for one in steps],
        *[one.beside_a_shorter(short) for one in others],
        (as_busy, last.between_ms, busy, "ms"),
    ]


async def _in_turns(
    hubs: tuple[Hub, Hub], measure: Callable[[Hub, str], Awaitable[float]]
) -> tuple[float, float]:
    """Medians of rounds that take turns, so that what else the machine does meets both alike."""
    found = [[await measure(hub, str(number)) for hub in hubs] for number in range(ROUNDS)]
    one, other = zip(*found, strict=True)
    return median(one), median(other)


async def _chains(hub: Hub, round_: str) -> float:
    return CHAINS / await _crowd(hub, round_, "chain", CHAIN_STEPS, CHAINS)


async def _fan_outs(hub: Hub, round_: str) -> float:
    return FAN_OUTS / await _crowd(hub, round_, "fan_out", FAN_OUT_STEPS, FAN_OUTS)


async def _events(hub: Hub, round_: str) -> float:
    name = f"events-{round_}-0"
    began = time.perf_counter()
    await hub.start("event_loop", EVENTS, name)
    await _by_clients(EVENTS, lambda _: hub.tick(name))
    await hub.until_all_completed([name])
    return time.perf_counter() - began


async def _crowd(hub: Hub, round_: str, shape: str, size: int, count: int) -> float:
    """Seconds from the first start to the end of the last of *count* instances."""
    names = [f"{shape}-{size}-{round_}-{number}" for number in range(count)]
    began = time.perf_counter()
    await _by_clients(count, lambda number: hub.start(shape, size, names[number]))
    await hub.until_all_completed(names)
    return time.perf_counter() - began


async def _by_clients(count: int, send: Callable[[int], Awaitable[None]]) -> None:
    waiting = iter(range(count))

    async def client() -> None:
        for number in waiting:
            await send(number)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


@dataclass(frozen=True, slots=True)
class Steps:
    """What steps of a chain of *length* cost that runs alone, in milliseconds.

    *replay_ms* is what the SDK alone needs for the same, *between_ms* the time from its answer to
    its next question, an activity included: all that is not the SDK, at the end of the chain.
    """

    length: int
    step_ms: float
    replay_ms: float
    between_ms: float

    @property
    def beside_the_sdk(self) -> Row:
        name = f"a step of a chain of {self.length:,}, beside the SDK's replay of it"
        return name, self.step_ms, self.replay_ms, "ms"

    def beside_a_shorter(self, other: "Steps") -> Row:
        name = f"between two replays at step {self.length:,}, beside step {other.length:,}"
        return name, self.between_ms, other.between_ms, "ms"


async def _steps(hub: EmulatedHub, length: int, runs: int) -> Steps:
    taken, replayed, between = [], [chain_replay_ms(length)], []
    for run in range(runs):
        await hub.replays()
        seconds = await _crowd(hub, f"alone-{run}", "chain", length, 1)
        taken.append(1000 * seconds / length)
        replayed.append(chain_replay_ms(length))
        between += _pauses(await hub.replays())
    return Steps(length, median(taken), median(replayed), _undisturbed(between))


async def _busy_steps(hub: EmulatedHub, length: int, runs: int) -> float:
    """The time between two replays of a chain whose orchestrator has as much else to do as the
    SDK has at the end of the longest chain: what that costs the processor's caches.
    """
    between = []
    for run in range(runs):
        await hub.replays()
        await _crowd(hub, f"alone-{run}", "busy_chain", length, 1)
        between += _pauses(await hub.replays())
    return _undisturbed(between)


def _pauses(replays: list[tuple[float, float]]) -> list[float]:
    """Milliseconds from an answer to the next question, at the end of a chain."""
    last = pairwise(replays[-LAST_STEPS:])
    return [1000 * (began - answered) for (_, answered), (began, _) in last]


def _undisturbed(pauses: list[float]) -> float:
    """Their lower quartile: what else the machine does only ever makes a pause longer."""
    return quantiles(pauses, n=4)[0]
