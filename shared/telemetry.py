"""Structured logs: one JSON object a line, with ids and codes, never personal data or secrets."""

import logging

import structlog

# The Azure SDKs log every request at INFO, several lines each.
_CHATTY = ("azure", "stripe", "aiohttp.access")


def configure_logging(level: str) -> None:
    """Route structlog through the standard library, where the Functions worker picks it up.

    Repeatable. Events carry order ids, SKUs, codes and counts; names, addresses, payment methods,
    keys and request bodies are never passed to a logger.
    """
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger().setLevel(level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
