"""``python -m emulators.functions_host --app DIR``."""

import argparse
import os
import sys
from pathlib import Path

from emulators import serving
from emulators.functions_host import console, keys
from emulators.functions_host.errors import StartError
from emulators.functions_host.host import HostOptions, create_app
from emulators.functions_host.host_json import read_host_json
from emulators.functions_host.local_settings import LocalHost, apply_local_settings
from emulators.functions_host.watch import run_watching
from emulators.sqlite import IN_MEMORY

_DEFAULT_PORT = 7071
# The limit of the real setting.
_MOST_WORKERS = 10


def main() -> None:
    """Run the host until it is told to stop."""
    arguments = _parser().parse_args()
    if arguments.state != IN_MEMORY:
        arguments.state = str(_absolute(arguments.state))
    if arguments.watch:
        rest = [one for one in sys.argv[1:] if one != "--watch"]
        run_watching(arguments.app, rest, arguments.state)
        return
    try:
        os.chdir(arguments.app)
        local = apply_local_settings(arguments.app)
        options = _read_options(arguments, local)
        settings = read_host_json(arguments.app)
        console.configure(settings.log_levels, colour=console.wants_colour())
        serving.run(create_app(options, settings), "functions_host", options.port)
    except (StartError, OSError) as error:
        sys.exit(f"functions_host: {error}")


def _parser() -> argparse.ArgumentParser:
    description = "A local Azure Functions host for one Python v2 app."
    port_help = f"default: Host.LocalHttpPort in local.settings.json, or {_DEFAULT_PORT}"
    parser = serving.argument_parser("functions_host", description, None, port_help)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = keys.__doc__
    parser.add_argument(
        "--app", type=_absolute, required=True, metavar="DIR", help="folder of function_app.py"
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
    parser.add_argument(
        "--workers",
        type=_worker_count,
        metavar="N",
        help="processes that run functions; default: FUNCTIONS_WORKER_PROCESS_COUNT, or 1",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="start again when a .py or .json file of the app changes; instances go on",
    )
    return parser


def _read_options(arguments: argparse.Namespace, local: LocalHost) -> HostOptions:
    return HostOptions(
        app_directory=arguments.app,
        port=arguments.port or local.port or _DEFAULT_PORT,
        cors=local.cors,
        state=arguments.state,
        enforce_keys=arguments.enforce_keys,
        workers=arguments.workers or _workers_of_settings(),
        documented_retry_only=arguments.root_retry == "documented",
    )


def _absolute(text: str) -> Path:
    # Before anything changes the folder that relative paths start from.
    return Path(text).resolve()


def _worker_count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{count} is not between 1 and {_MOST_WORKERS}")
    return count


def _workers_of_settings() -> int:
    name = "FUNCTIONS_WORKER_PROCESS_COUNT"
    try:
        return _worker_count(os.environ.get(name, "1"))
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise StartError(f"{name}: {error}") from error


if __name__ == "__main__":
    main()
