"""The emulator with a clock that stands still: ``python -m tests.emulators.cosmos.clock FILE ...``.

FILE holds the time, so that a test decides when an item expires, across restarts too, and when
throughput comes back. The event loop has a clock of its own (uvloop), which goes on.
"""

import runpy
import sys
import time
from pathlib import Path


def main() -> None:
    """Stop the clock before the emulator is imported, then run it with the other arguments."""
    clock = Path(sys.argv.pop(1))
    time.time = time.monotonic = lambda: float(clock.read_text())
    runpy.run_module("emulators.cosmos", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
