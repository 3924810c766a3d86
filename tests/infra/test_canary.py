"""A release that is tried on a share of the requests: what is deployed, and how weights move."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from devstack.services import ROOT
from tests.infra.deployments import deployment, of_type

SCRIPT = ROOT / "infra" / "release" / "canary.py"
BACKGROUND = json.loads((ROOT / "infra" / "background-functions.json").read_text())
SITE, SETTINGS = "Microsoft.Web/sites", "Microsoft.Web/sites/config"
ORIGINS = "Microsoft.Cdn/profiles/originGroups/origins"
FAKE_AZ = """\
#!{python}
import sys
open({log!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")
"""


class Canary:
    """An app that can fall ill, as ``urls`` of both itself and Front Door."""

    def __init__(self, bin_: Path) -> None:
        self.well_for: int | None = None
        self.asked = 0
        self.log = bin_ / "az.log"
        self.log.touch()
        az = bin_ / "az"
        az.write_text(FAKE_AZ.format(python=sys.executable, log=str(self.log)))
        az.chmod(0o755)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._path = f"{bin_}{os.pathsep}{os.environ['PATH']}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.asked += 1
                ill = canary.well_for is not None and canary.asked > canary.well_for
                self.send_response(503 if ill else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What the workflow runs."""
        where = {"GROUP": "rg", "FRONT_DOOR": "afd", "FRONT_DOOR_URL": self.url}
        return subprocess.run(
            [sys.executable, SCRIPT, *arguments],
            env={**os.environ, **where, "CANARY_URL": self.url, "PATH": self._path},
            capture_output=True,
            text=True,
            check=False,
        )

    def shift(self, shares: str) -> subprocess.CompletedProcess[str]:
        """Through *shares*, quickly."""
        return self.run("shift", "--shares", shares, "--watch", "0.3", "--pause", "0.05")

    def changes(self) -> list[str]:
        """What Front Door was told, one after the other: a weight, or Disabled."""
        told = [line.split() for line in self.log.read_text().splitlines()]
        return [
            line[line.index("--weight") + 1] if "--weight" in line else line[-3] for line in told
        ]

    def close(self) -> None:
        """Let go of the port."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def canary(tmp_path) -> Iterator[Canary]:
    """One that is well."""
    canary = Canary(tmp_path)
    yield canary
    canary.close()


def settings(name: str) -> dict[str, str]:
    """Of one app of the deployment with a canary."""
    app = deployment("canary").outputs()[name]
    found = next(it for it in of_type("canary", SETTINGS) if it.name == f"{app}/appsettings")
    return dict(found.properties)


def test_a_canary_that_stays_well_gets_its_shares_one_after_the_other(canary):
    """5, 25 and 50 percent beside the app's weight of 100."""
    done = canary.shift("5,25,50")

    assert done.returncode == 0, done.stderr
    assert canary.changes() == ["5", "33", "100"]


def test_everybody_goes_home_when_it_is_not_well(canary):
    """At the share that it was at; no later one is tried."""
    canary.well_for = 12

    done = canary.shift("5,25,50")

    assert done.returncode == 1
    assert canary.changes()[-1] == "Disabled"
    assert "100" not in canary.changes()


def test_a_single_failure_may_be_the_network(canary):
    """A release should not fail for a lost packet, so it has to fail twice in a row."""
    answered = BaseHTTPRequestHandler.send_response
    failed = []

    def once(handler: BaseHTTPRequestHandler, code: int, message: str | None = None) -> None:
        failed.append(code)
        answered(handler, 503 if len(failed) == 3 else code, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseHTTPRequestHandler, "send_response", once)
        done = canary.shift("50")

    assert len(failed) > 3
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("shares", ["0", "5,100", "-5"])
def test_a_share_that_would_leave_no_app_is_refused_before_anything_changes(canary, shares):
    """Everything on a canary is a release, with nothing to go back to."""
    done = canary.run("shift", f"--shares={shares}", "--watch", "1")

    assert done.returncode != 0
    assert "is not between 1 and 90" in done.stderr
    assert canary.changes() == []


def test_home_is_where_nobody_asks_the_canary(canary):
    """The last step of the workflow, however the others ended."""
    done = canary.run("home")

    assert done.returncode == 0, done.stderr
    assert canary.changes() == ["Disabled"]


def test_the_weights_that_the_script_counts_on_are_deployed():
    """Its shares are of the app's weight; and at rest the canary gets nothing."""
    origins = {it.body["name"]: it.properties for it in of_type("canary", ORIGINS)}

    assert "APP_WEIGHT = 100\n" in SCRIPT.read_text()
    assert (origins["app"]["weight"], origins["app"]["enabledState"]) == (100, "Enabled")
    assert origins["canary"]["enabledState"] == "Disabled"
    assert of_type("canary", "Microsoft.Cdn/profiles/originGroups")[0].body["name"] == "orders"


def test_the_canary_answers_requests_and_does_nothing_else():
    """A second reader of the change feed would take pages away from the first."""
    app, canary = settings("APP_NAME"), settings("CANARY_APP_NAME")

    off = {f"AzureWebJobs.{name}.Disabled": "true" for name in BACKGROUND}

    assert canary == {**app, **off}
    assert not set(off) & set(app)


def test_the_sagas_of_its_orders_are_those_of_the_app():
    """On a hub of its own nobody would run them, and nobody could cancel them."""
    assert settings("CANARY_APP_NAME")["TASKHUB_NAME"] == settings("APP_NAME")["TASKHUB_NAME"]


def test_events_go_to_the_app_alone():
    """Two subscriptions would mean every event twice."""
    app = deployment("canary").outputs()["APP_NAME"]

    subscriptions = of_type("canary", "Microsoft.EventGrid/topics/eventSubscriptions")

    targets = {it.properties["destination"]["properties"]["resourceId"] for it in subscriptions}
    assert all(f"/sites/{app}/functions/" in target for target in targets)


def test_azd_finds_one_app():
    """It deploys to the resource with the tag, and stops when there are two."""
    sites = of_type("canary", SITE)

    assert [it.body["tags"].get("azd-service-name") for it in sites] == ["orders", None]


def test_each_app_runs_from_a_container_of_its_own():
    """Flex Consumption names the package the same in each, so one would overwrite the other."""
    values = [
        it.properties["functionAppConfig"]["deployment"]["storage"]["value"]
        for it in of_type("canary", SITE)
    ]

    assert len(set(values)) == 2
