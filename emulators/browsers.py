"""What keeps an emulator's pages to the browser of whoever runs it."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

PAGE_HEADERS: Final = {
    # No script at all: nothing that is stored can become one.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, which would make browsers send forms with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether the Host header names this machine, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
