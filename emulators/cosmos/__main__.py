"""The command line: ``python -m emulators.cosmos``."""

import sqlite3
import sys

from emulators.cosmos.auth import EMULATOR_KEY, MasterKey
from emulators.cosmos.https import self_signed_context
from emulators.cosmos.routes import create_app
from emulators.cosmos.store import Store
from emulators.serving import argument_parser, run


def main() -> None:
    """Serve one account until stopped."""
    parser = argument_parser("cosmos", "Azure Cosmos DB for NoSQL on this machine.", 8081)
    parser.add_argument(
        "--key", default=EMULATOR_KEY, help="master key in base64; default: the documented one"
    )
    parser.add_argument(
        "--https", action="store_true", help="speak https, with a certificate made for this run"
    )
    parser.add_argument(
        "--enforce-throughput", action="store_true", help="answer 429 above a container's RU/s"
    )
    options = parser.parse_args()
    try:
        key = MasterKey(options.key)
    except ValueError as error:
        sys.exit(f"cosmos: --key is not base64: {error}")
    try:
        store = Store(options.state)
    except sqlite3.OperationalError as error:
        sys.exit(f"cosmos: the state in {options.state} cannot be used: {error}")
    app = create_app(store, key, enforce_throughput=options.enforce_throughput)
    run(app, "cosmos", options.port, self_signed_context() if options.https else None)


if __name__ == "__main__":
    main()
