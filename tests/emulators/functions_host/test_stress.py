"""A thousand instances of every shape while the host is killed again and again."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.stress_fleet import PatientClient, StubbornHost, Subject
from tests.emulators.functions_host.stress_shapes import SHAPES, Shape

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

INSTANCES = 1_000
CONCURRENT_ACTIVITIES = 16  # in the app's host.json
DEADLINE_SECONDS = 150
SEED = int(os.environ.get("STRESS_SEED", random.randrange(1_000_000)))

FLEET = {
    f"{shape.name}-{number:04}": (shape, number)
    for number in range(INSTANCES)
    for shape in [SHAPES[number % len(SHAPES)]]
}
EXECUTIONS = sum(shape.executions(number) for shape, number in FLEET.values())


@pytest.mark.parametrize("kills", [0, 8])
async def test_every_instance_ends_as_if_nothing_had_happened(
    tmp_path: Path, session: aiohttp.ClientSession, kills: int
):
    """Whatever the host was doing when it died, no step is lost and no finished one repeated."""
    chance = random.Random(SEED)
    host = StubbornHost(tmp_path)
    client = PatientClient(host, session)
    # Not after the last ones, or there would be nothing left to disturb.
    moments = sorted(chance.sample(range(EXECUTIONS * 9 // 10), kills))
    print(f"\nSTRESS_SEED={SEED}, kills at executions {moments} of {EXECUTIONS}")  # noqa: T201
    try:
        await host.ready()

        await _run_fleet(client, host.kill_at_random(chance, moments))

        mistakes = _mistakes(await client.all())
        executions = len(host.recorded)
    finally:
        host.stop()
    print(f"{host.kills} kills, {executions} executions")  # noqa: T201
    assert not mistakes, _report(mistakes)
    assert host.kills >= kills
    assert executions <= EXECUTIONS + host.kills * CONCURRENT_ACTIVITIES, f"seed {SEED}"


async def _run_fleet(client: PatientClient, disturbance) -> None:
    """Start and drive all, and return when all have ended, or have had time enough to."""
    order = list(FLEET)
    random.Random(SEED).shuffle(order)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            async with asyncio.TaskGroup() as group:
                group.create_task(disturbance)
                for name in order:
                    group.create_task(_live(Subject(client, name), *FLEET[name]))
            await client.until_none_is_active()
    except TimeoutError:
        return


async def _live(subject: Subject, shape: Shape, number: int) -> None:
    await subject.start(shape.name, shape.input(number))
    await shape.drive(subject, number)


def _mistakes(found: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each instance that is not as it must be."""
    lines = []
    for name, (shape, number) in FLEET.items():
        expected = (shape.status, shape.output(number))
        actual = found.get(name, {})
        if (actual.get("runtimeStatus"), actual.get("output")) != expected:
            lines.append(f"{name} ({shape.name}): expected {expected}, found {actual}")
    lines += [
        f"{one['instanceId']} ({one['name']}, started by another): {one}"
        for one in found.values()
        if one["instanceId"] not in FLEET and one["runtimeStatus"] != "Completed"
    ]
    return lines


def _report(mistakes: list[str]) -> str:
    shown = "\n".join(mistakes[:20])
    return f"{len(mistakes)} of {INSTANCES} instances are wrong, seed {SEED}:\n{shown}"
