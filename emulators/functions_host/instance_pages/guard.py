"""Who may see the pages, and whose forms are obeyed."""

from aiohttp import web

from emulators.browsers import is_loopback
from emulators.functions_host import keys
from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.handlers import given_key


def refuse_foreign_names(request: web.Request) -> None:
    """Another site's name may have been pointed at this machine (DNS rebinding).

    Raises:
        HTTPForbidden: the Host header names another machine.
    """
    if not is_loopback(request.host):
        raise web.HTTPForbidden(text="Instances are shown only on localhost.")


def refuse_foreign_forms(request: web.Request) -> None:
    """Other sites can make a browser send forms here, but not without saying where from.

    Raises:
        ManagementError: 403, the form is not one of our own pages'.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = origin == f"{request.scheme}://{request.host}"
    # Browsers before 2023 send only Origin; what sends neither is no browser.
    if not own or site not in (None, "same-origin"):
        raise ManagementError(
            403,
            "This form did not come from a page of this host, so nothing was done. "
            "Scripts can use the management API instead.",
        )


def opens(request: web.Request) -> bool:
    """Whether the request has the master key or the Durable system key."""
    return keys.opens_durable(given_key(request.headers, request.query))
