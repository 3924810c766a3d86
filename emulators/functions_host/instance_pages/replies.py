"""What every page reads from a browser and gives back to it."""

from collections.abc import Mapping

from aiohttp import web

from emulators.browsers import PAGE_HEADERS


async def read_form(request: web.Request) -> Mapping[str, str]:
    """The fields of a form; files are left out."""
    fields = await request.post()
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def html(text: str, status: int = 200) -> web.Response:
    """A page."""
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    body = text.encode("utf-8", "replace")
    return web.Response(
        status=status, body=body, content_type="text/html", charset="utf-8", headers=PAGE_HEADERS
    )


def see_other(location: str) -> web.Response:
    """Where a form that was obeyed leads to, so that loading again does not send it again."""
    return web.Response(status=303, headers={**PAGE_HEADERS, "Location": location})
