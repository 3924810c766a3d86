"""The question whether a release is well, which decides on swaps and weights."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from devstack.services import ROOT

SCRIPT = ROOT / "infra" / "release" / "smoke.py"


class App:
    """Answers with ``statuses`` one after the other, and with the last of them from then on."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                app.asked.append(self.path)
                self.send_response(app.statuses[min(len(app.asked), len(app.statuses)) - 1])
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def look(self, within: float) -> int:
        """The exit code of a look at it."""
        command = [sys.executable, str(SCRIPT), self.url + "/", str(within), "0.02"]
        return subprocess.run(command, capture_output=True, check=False).returncode

    def close(self) -> None:
        """Let go of the port."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def app() -> Iterator[App]:
    """One that is well."""
    app = App()
    yield app
    app.close()


def test_an_app_that_is_well_twice_in_a_row_is_well(app):
    """Alive, and everything it needs within its reach."""
    assert app.look(within=20) == 0

    assert app.asked == ["/api/health", "/api/ready"] * 2


def test_one_good_answer_may_have_been_of_the_release_before(app):
    """Health and readiness are good once, then the new release starts up."""
    app.statuses = [200, 200, 503, 200]

    assert app.look(within=20) == 0

    assert len(app.asked) == 7


def test_an_app_that_lacks_something_is_not_well(app):
    """It answers, but one of its services does not."""
    app.statuses = [503]

    assert app.look(within=0.3) == 1


def test_an_app_that_is_away_is_not_well(app):
    """Nobody listens any more."""
    app.close()

    assert app.look(within=0.3) == 1
