"""``python -m emulators.functions_host --app DIR``."""

import argparse
import logging
import os
import sys
from pathlib import Path

from emulators import serving
from emulators.functions_host import keys
from emulators.functions_host.errors import StartError
from emulators.functions_host.host import HostOptions, create_app
from emulators.functions_host.host_json import HostSettings, read_host_json
from emulators.functions_host.local_settings import apply_local_settings
from emulators.sqlite import IN_MEMORY

_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}


def main() -> None:
    """Run the host until it is told to stop."""
    options = _read_options()
    try:
        os.chdir(options.app_directory)
        apply_local_settings(options.app_directory)
        settings = read_host_json(options.app_directory)
        _configure_logging(settings)
        serving.run(create_app(options, settings), "functions_host", options.port)
    except (StartError, OSError) as error:
        sys.exit(f"functions_host: {error}")
    # A user function may hang on its thread, and Python would wait for it before it exits.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _read_options() -> HostOptions:
    description = "A local Azure Functions host for one Python v2 app."
    parser = serving.argument_parser("functions_host", description, default_port=7071)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = keys.__doc__
    parser.add_argument(
        "--app", type=Path, required=True, metavar="DIR", help="folder of function_app.py"
    )
    parser.add_argument(
        "--enforce-keys", action="store_true", help="require function keys, as Azure does"
    )
    parser.add_argument(
        "--root-retry",
        choices=("all", "documented"),
        default="all",
        help="which triggers retry in host.json reaches: all, as the real host's code does, or "
        "only those Microsoft documents; default: %(default)s",
    )
    arguments = parser.parse_args()
    state = arguments.state
    return HostOptions(
        app_directory=arguments.app.resolve(),
        port=arguments.port,
        state=state if state == IN_MEMORY else str(Path(state).resolve()),
        enforce_keys=arguments.enforce_keys,
        documented_retry_only=arguments.root_retry == "documented",
    )


def _configure_logging(settings: HostSettings) -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="[%(asctime)s] %(name)s: %(message)s"
    )
    for category, level in settings.log_levels.items():
        name = None if category == "default" else category
        if str(level).lower() not in _LEVELS:
            raise StartError(f"host.json: logging.logLevel.{category} {level!r} is no log level")
        logging.getLogger(name).setLevel(_LEVELS[str(level).lower()])


if __name__ == "__main__":
    main()
