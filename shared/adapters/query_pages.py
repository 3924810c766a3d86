"""One page of a Cosmos DB query, and where the next one begins."""

from collections.abc import Callable
from typing import Any, TypeVar

from azure.cosmos.exceptions import CosmosHttpResponseError

from shared.adapters.continuation_tokens import seal, unseal
from shared.adapters.cosmos_errors import BAD_REQUEST, translated_errors
from shared.adapters.milestone_documents import Document
from shared.application.ports import Page
from shared.domain.errors import UnknownContinuation

Item = TypeVar("Item")


async def page_of(
    query: Callable[[], Any],
    listing: str,
    continuation: str | None,
    read: Callable[[Document], Item],
) -> Page[Item]:
    """The page of *query*, which calls ``query_items``, that *continuation* leads to.

    Tokens belong to the *listing* that they were given out by.

    Raises:
        UnknownContinuation: it is garbled, or of another listing.
        Unavailable
    """
    token: str | None = None
    if continuation is not None:
        (token,) = unseal(listing, continuation)
        if not token:
            raise UnknownContinuation
    # Not before the token is known to be ours: a query that is begun has to be finished.
    pages = query().by_page(token)
    with translated_errors():
        try:
            found = [read(document) async for document in await anext(pages)]
        except StopAsyncIteration:
            return Page([], None)
        except CosmosHttpResponseError as error:
            if token is not None and error.status_code == BAD_REQUEST:
                raise UnknownContinuation from error
            raise
    following: str | None = getattr(pages, "continuation_token", None)
    return Page(found, seal(listing, following) if following else None)
