"""Asks a deployed app whether it is well, until it says so twice in a row or the time is up."""

import sys
import time
import urllib.error
import urllib.request

WITHIN_SECONDS = 300
PAUSE_SECONDS = 5
PATHS = ("/api/health", "/api/ready")


def answers(url: str) -> bool:
    """Whether *url* answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def is_well(base: str, within: float, pause: float) -> bool:
    """Twice, since the old release may have answered the first time."""
    deadline, good = time.monotonic() + within, 0
    while time.monotonic() < deadline:
        good = good + 1 if all(answers(base + path) for path in PATHS) else 0
        if good == 2:
            return True
        time.sleep(pause)
    return False


if __name__ == "__main__":
    url, *more = sys.argv[1:]
    numbers = [float(number) for number in more] or [WITHIN_SECONDS, PAUSE_SECONDS]
    well = is_well(url.rstrip("/"), *numbers)
    sys.stdout.write(f"{url}: {'well' if well else 'not well in time'}\n")
    sys.exit(0 if well else 1)
