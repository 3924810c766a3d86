"""``python -m emulators.event_grid``: the Event Grid emulator on its own."""

import logging
import sys
from pathlib import Path

from emulators import event_grid, serving
from emulators.event_grid.clock import Clock
from emulators.event_grid.config import read_config
from emulators.event_grid.errors import StartError
from emulators.event_grid.routes import create_app

DEFAULT_PORT = 60101


def main() -> None:
    """Serve until stopped."""
    parser = serving.argument_parser("event_grid", event_grid.__doc__ or "", DEFAULT_PORT)
    parser.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="topics and subscriptions, JSON"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="divide every wait (retries, time to live, dead letters) by this; default: 1",
    )
    options = parser.parse_args()
    if not options.speed > 0:
        sys.exit("event_grid: --speed must be more than 0")
    logging.basicConfig(format="event_grid: %(message)s", level=logging.WARNING)
    url = f"http://{serving.LOOPBACK}:{options.port}"
    try:
        config = read_config(options.config)
        app = create_app(config, options.state, url=url, clock=Clock(options.speed))
    except StartError as error:
        sys.exit(f"event_grid: {error}")
    serving.run(app, "event_grid", options.port)


if __name__ == "__main__":
    main()
