"""Cookies of a response, as they cross from the worker and as ASP.NET Core writes them.

Sources: the worker's ``datumdef.py`` and ``nullable_converters.py``; ``SetCookieHeaderValue.cs``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import quote

from dateutil import parser  # type: ignore[import-untyped]  # of azure-functions-durable

_SAME_SITE = ("lax", "strict", "none")


def set_cookie_values(cookies: list[SimpleCookie] | None) -> Iterator[str]:
    """The values of the Set-Cookie headers.

    Raises:
        ValueError: an attribute has no value that a cookie can have.
    """
    for cookie in cookies or ():
        for morsel in cookie.values():
            yield "; ".join(_parts(morsel))


def _parts(morsel: "Morsel[Any]") -> Iterator[str]:
    yield f"{morsel.key}={quote(str(morsel.value), safe='')}"
    if morsel["expires"]:
        yield f"expires={_date(morsel['expires'])}"
    if morsel["max-age"]:
        yield f"max-age={float(morsel['max-age']):.0f}"
    # An attribute that was not set arrives as an empty text, which is not the same as none.
    yield f"domain={morsel['domain']}"
    yield f"path={morsel['path']}"
    if morsel["secure"]:
        yield "secure"
    if (same_site := str(morsel["samesite"]).lower()) in _SAME_SITE:
        yield f"samesite={same_site}"
    if morsel["httponly"]:
        yield "httponly"


def _date(text: str) -> str:
    try:
        moment: datetime = parser.parse(text)
    except (parser.ParserError, OverflowError) as error:
        raise ValueError(
            f"Can not parse value {text} of expires in the cookie due to invalid format."
        ) from error
    # The worker reads a time without a zone as the machine's own.
    return format_datetime(moment.astimezone(UTC), usegmt=True)
