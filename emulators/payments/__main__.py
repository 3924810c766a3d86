"""``python -m emulators.payments``: the payments emulator on its own."""

from emulators import payments, serving
from emulators.payments.routes import create_app

DEFAULT_PORT = 12111


def main() -> None:
    """Serve until stopped."""
    options = serving.argument_parser("payments", payments.__doc__ or "", DEFAULT_PORT).parse_args()
    serving.run(create_app(options.state), "payments", options.port)


if __name__ == "__main__":
    main()
