"""Gives the canary a growing share of the requests while it stays well, and none once it does not.

    python infra/release/canary.py shift --shares 5,25,50 --watch 600
    python infra/release/canary.py home

The environment says which: GROUP, FRONT_DOOR, FRONT_DOOR_URL, CANARY_URL. ``az`` is signed in.
"""

import argparse
import os
import subprocess
import sys
import time

import smoke  # type: ignore[import-not-found]

APP_WEIGHT = 100
"""Of the app's own origin, in infra/bicep/modules/front-door.bicep."""

PAUSE_SECONDS = 10.0
FAILURES_IN_A_ROW = 2


def weight_of(share: int) -> int:
    """The weight that gets the canary *share* percent beside the app's."""
    if not 1 <= share <= 90:
        raise ValueError(f"a share of {share} % is not between 1 and 90")
    return max(1, round(APP_WEIGHT * share / (100 - share)))


def set_origin(*options: str) -> None:
    """Change the canary's origin.

    Raises:
        subprocess.CalledProcessError: Front Door has not taken the change.
    """
    where = ["--resource-group", os.environ["GROUP"], "--profile-name", os.environ["FRONT_DOOR"]]
    which = ["--origin-group-name", "orders", "--origin-name", "canary"]
    update = ["az", "afd", "origin", "update", *where, *which, *options, "--output", "none"]
    subprocess.run(update, check=True)  # noqa: S603


def send_everybody_home() -> None:
    """The canary gets no requests any more; what it has begun, it finishes."""
    set_origin("--enabled-state", "Disabled")


def stays_well(urls: list[str], seconds: float, pause: float) -> bool:
    """Whether all *urls* answer for so long; one failure alone may be the network."""
    deadline, failures = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        failures = 0 if all(smoke.answers(url) for url in urls) else failures + 1
        if failures == FAILURES_IN_A_ROW:
            return False
        time.sleep(pause)
    return True


def shift(shares: list[int], watch: float, pause: float) -> bool:
    """Go through *shares*; everything goes home at the first at which it is not well."""
    weights = [weight_of(share) for share in shares]
    urls = [os.environ["CANARY_URL"] + path for path in smoke.PATHS]
    urls += [os.environ["FRONT_DOOR_URL"] + path for path in smoke.PATHS]
    good = False
    try:
        for share, weight in zip(shares, weights, strict=True):
            set_origin("--weight", str(weight), "--enabled-state", "Enabled")
            good = stays_well(urls, watch, pause)
            sys.stdout.write(f"{share} %: {'well' if good else 'not well'}\n")
            if not good:
                break
    finally:
        # Also when it was cancelled, or az failed in between.
        if not good:
            send_everybody_home()
    return good


def main(arguments: list[str]) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("home")
    shifting = commands.add_parser("shift")
    shifting.add_argument("--shares", type=lambda text: list(map(int, text.split(","))))
    shifting.add_argument("--watch", type=float, help="seconds at each share")
    shifting.add_argument("--pause", type=float, default=PAUSE_SECONDS)
    chosen = parser.parse_args(arguments)
    if chosen.command == "home":
        send_everybody_home()
        return 0
    return 0 if shift(chosen.shares, chosen.watch, chosen.pause) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
