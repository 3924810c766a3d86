"""How Stripe's lists look."""

from typing import Any

DEFAULT_PAGE_SIZE = 10


def page(items: list[dict[str, Any]], limit: int, url: str) -> dict[str, Any]:
    """A list answer, given one item more than *limit* when there are more."""
    return {"object": "list", "url": url, "has_more": len(items) > limit, "data": items[:limit]}
