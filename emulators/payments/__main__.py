"""``python -m emulators.payments``: the payments emulator on its own."""

from emulators import payments, serving
from emulators.payments.errors import ApiError
from emulators.payments.routes import create_app
from emulators.payments.webhook_endpoints import loopback_url

DEFAULT_PORT = 12111


def main() -> None:
    """Serve until stopped."""
    parser = serving.argument_parser("payments", payments.__doc__ or "", DEFAULT_PORT)
    parser.add_argument("--webhook", metavar="URL", help="a loopback URL to tell of events")
    parser.add_argument(
        "--webhook-secret", metavar="SECRET", help="whsec_..., with which --webhook is signed"
    )
    parser.add_argument(
        "--webhook-events",
        metavar="TYPES",
        default="*",
        help="which events --webhook is told of, separated by commas; all by default",
    )
    options = parser.parse_args()
    if (options.webhook is None) != (options.webhook_secret is None):
        parser.error("--webhook and --webhook-secret belong together")
    webhook = None
    if options.webhook is not None:
        if not options.webhook_secret.startswith("whsec_"):
            parser.error("--webhook-secret has to begin with whsec_")
        try:
            url = loopback_url("--webhook", options.webhook)
            webhook = (url, options.webhook_secret, options.webhook_events.split(","))
        except ApiError as error:
            parser.error(error.message)
    serving.run(create_app(options.state, webhook=webhook), "payments", options.port)


if __name__ == "__main__":
    main()
