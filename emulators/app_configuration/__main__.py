"""``python -m emulators.app_configuration``: the App Configuration emulator on its own."""

from emulators import app_configuration, serving
from emulators.app_configuration.authentication import DEFAULT_ACCESS_KEY, AccessKey
from emulators.app_configuration.routes import create_app

DEFAULT_PORT = 8483


def main() -> None:
    """Serve until stopped."""
    parser = serving.argument_parser(
        "app_configuration", app_configuration.__doc__ or "", DEFAULT_PORT
    )
    parser.add_argument("--id", default=DEFAULT_ACCESS_KEY.id, help="default: %(default)s")
    parser.add_argument(
        "--secret",
        default=DEFAULT_ACCESS_KEY.secret,
        metavar="BASE64",
        help="default, well known and no secret: %(default)s",
    )
    options = parser.parse_args()
    access_key = AccessKey(options.id, options.secret)
    serving.run(create_app(options.state, access_key), "app_configuration", options.port)


if __name__ == "__main__":
    main()
