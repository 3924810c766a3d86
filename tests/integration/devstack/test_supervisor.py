import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from devstack import supervisor as supervisor_module
from devstack.ports import LOOPBACK, Ports, PortsError
from devstack.services import ROOT
from devstack.supervisor import Probe, Service, ServiceError, Supervisor

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent to the stand-ins")

# Serves its process id, so that a test can tell one life of the service from the next.
STAND_IN = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
print("life begins", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + STAND_IN


def service(program: str = STAND_IN, port: int | None = None) -> Service:
    """A stand-in for a service on a free port."""
    port = port or Ports.free().cosmos
    return Service(
        name="stand-in",
        command=(sys.executable, "-S", "-c", program, str(port)),
        folder=Path(),
        ports={"cosmos": port},
        probes=(Probe(f"http://{LOOPBACK}:{port}/"),),
    )


async def process_id(stand_in: Service) -> int | None:
    """Which process answers for the service now; None if none does."""
    with contextlib.suppress(aiohttp.ClientError):
        async with (
            aiohttp.ClientSession() as session,
            session.get(stand_in.probes[0].url) as answer,
        ):
            return int(await answer.text())
    return None


async def another_process(stand_in: Service, than: int) -> int:
    """The id of the process that answers for the service next, once it is not *than*."""
    while (answering := await process_id(stand_in)) in (None, than):  # noqa: ASYNC110  no Event crosses processes
        await asyncio.sleep(0.01)
    assert answering
    return answering


@pytest.fixture
def reported() -> list[str]:
    """What the supervisor has told its user."""
    return []


@pytest.fixture
async def supervisor(tmp_path, reported) -> AsyncIterator[Supervisor]:
    """A supervisor that stops its stand-ins after the test."""
    async with Supervisor(tmp_path / "logs", reported.append) as supervisor:
        yield supervisor


async def test_a_started_service_answers(supervisor):
    """start() returning means ready: callers send requests without waiting themselves."""
    stand_in = service()

    await supervisor.start(stand_in)

    assert await process_id(stand_in)


async def test_a_crashed_service_is_started_again_and_reported(supervisor, reported):
    """A kill -9 of a service in the middle of a run must not end the run."""
    stand_in = service()
    await supervisor.start(stand_in)
    first = await process_id(stand_in)
    assert first

    os.kill(first, signal.SIGKILL)
    await another_process(stand_in, than=first)

    assert reported == ["stand-in was killed (SIGKILL); starting it again."]
    assert supervisor.restarts == {"stand-in": 1}


async def test_a_service_killed_on_purpose_stays_dead(supervisor, reported):
    """A test of an outage needs the service to stay away until told otherwise."""
    stand_in = service()
    await supervisor.start(stand_in)
    first = await process_id(stand_in)

    await supervisor.kill("stand-in")

    assert await process_id(stand_in) is None
    assert reported == []

    await supervisor.restart("stand-in")

    assert await process_id(stand_in) not in (None, first)


async def test_a_service_that_keeps_dying_is_given_up(supervisor, tmp_path):
    """Restarting for ever would hide the fault and burn the processor."""
    once = f"""
import os, pathlib
if pathlib.Path({str(tmp_path / "lived")!r}).exists():
    raise SystemExit("cannot go on")
pathlib.Path({str(tmp_path / "lived")!r}).touch()
"""
    stand_in = service(once + STAND_IN)
    await supervisor.start(stand_in)
    first = await process_id(stand_in)
    assert first

    os.kill(first, signal.SIGKILL)

    with pytest.raises(ServiceError, match=r"6th time within a minute[^$]*cannot go on"):
        await supervisor.failure()


async def test_a_service_that_ends_at_start_shows_its_last_words(supervisor):
    """The reason stands in a log file that a newcomer does not know of."""
    with pytest.raises(ServiceError) as failure:
        await supervisor.start(service("raise SystemExit('no such database')"))

    assert "stand-in ended (exit code 1) at start" in str(failure.value)
    assert "| no such database" in str(failure.value)


async def test_a_service_that_never_answers_is_given_up(supervisor, monkeypatch):
    """Hanging without a word is the one thing a start must not do."""
    monkeypatch.setattr(supervisor_module, "READY_WITHIN_SECONDS", 0.3)

    with pytest.raises(ServiceError, match=r"gave no answer at http://127\.0\.0\.1"):
        await supervisor.start(service("import time; time.sleep(60)"))


async def test_a_taken_port_is_refused_before_anything_starts(supervisor, tmp_path):
    """The probe would take the stranger on the port for the service itself."""
    stand_in = service()
    await supervisor.start(stand_in)

    with pytest.raises(PortsError, match="--port cosmos="):
        await supervisor.start(stand_in)


async def test_all_services_end_with_the_supervisor(tmp_path):
    """Left-over processes would hold the ports of the next run."""
    stand_in = service()
    async with Supervisor(tmp_path, lambda _: None) as supervisor:
        await supervisor.start(stand_in)

    assert await process_id(stand_in) is None


async def test_a_service_that_will_not_stop_is_killed(tmp_path, monkeypatch):
    """Ctrl-C has to end the stack even if a service hangs."""
    monkeypatch.setattr(supervisor_module, "STOP_WITHIN_SECONDS", 0.2)
    stand_in = service(IGNORES_SIGTERM)
    async with Supervisor(tmp_path, lambda _: None) as supervisor:
        await supervisor.start(stand_in)

    assert await process_id(stand_in) is None


async def test_the_log_keeps_what_was_said_before_a_crash(supervisor, tmp_path):
    """The lines before the crash are the ones that explain it."""
    stand_in = service()
    await supervisor.start(stand_in)
    await supervisor.kill("stand-in")

    await supervisor.restart("stand-in")

    log = tmp_path / "logs" / "stand-in.log"
    assert log.read_text().splitlines() == ["life begins", "life begins"]


SUPERVISES_ONE = """
import asyncio, sys
from pathlib import Path
from devstack.services import ROOT
from devstack.supervisor import Probe, Service, Supervisor
async def main(folder, program, port):
    probe = Probe(f"http://127.0.0.1:{port}/")
    command = (sys.executable, "-S", "-c", program, port)
    async with Supervisor(Path(folder), print) as supervisor:
        await supervisor.start(Service("stand-in", command, Path(), {}, (probe,)))
        print("started", flush=True)
        await asyncio.Event().wait()
asyncio.run(main(*sys.argv[1:]))
"""


async def test_services_do_not_outlive_a_killed_supervisor(tmp_path):
    """After kill -9 nobody is left to stop them, and they would hold the ports of the next run."""
    stand_in = service()
    arguments = [str(tmp_path), STAND_IN, str(stand_in.ports["cosmos"])]
    supervising = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SUPERVISES_ONE, *arguments), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert supervising.stdout
    assert await supervising.stdout.readline() == b"started\n"

    supervising.kill()
    await supervising.wait()

    await nobody(stand_in)


async def nobody(stand_in: Service) -> None:
    """Wait until no process answers for the service."""
    while await process_id(stand_in):  # noqa: ASYNC110  no Event crosses processes
        await asyncio.sleep(0.01)
