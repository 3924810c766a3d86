"""Stripe's search of PaymentIntents, a subset of its query language.

``metadata['key']:'value'``, ``status``, ``currency``, and comparisons of ``amount`` and
``created``, joined by AND. Language: https://docs.stripe.com/search.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from emulators.payments.clock import SEARCH_DELAY, Clock
from emulators.payments.errors import InvalidParameterError, NotSupportedError
from emulators.payments.lists import DEFAULT_PAGE_SIZE
from emulators.payments.pages import Condition
from emulators.payments.resources import PaymentIntent
from emulators.payments.store import Store

_QUOTED = r"""(?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)")"""
_TEXT = re.compile(r"(?P<field>status|currency):" + _QUOTED)
_METADATA = re.compile(r"""metadata\[(?P<quote>['"])(?P<key>[\w-]+)(?P=quote)\]:""" + _QUOTED)
_NUMBER = re.compile(r"(?P<field>amount|created)(?P<operator>:|>=|<=|>|<)(?P<number>\d{1,15})")
_AND = re.compile(r"\s+AND\s+|\s+(?!OR\b|AND\b)", re.IGNORECASE)
_PAGE = re.compile(r"\d{1,18}")


class Search:
    """Finds payments as they were *searchDelaySeconds* ago: Stripe's index lags, too."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def search(self, _: str, parameters: dict[str, Any]) -> dict[str, Any]:
        limit = parameters.get("limit", DEFAULT_PAGE_SIZE)
        conditions = parse_query(parameters["query"])
        if "page" in parameters:
            conditions.append(("sequence < ?", [_read_page_token(parameters["page"])]))
        seen_until = self._clock() - self._clock.settings[SEARCH_DELAY]
        found = self._store.search(conditions, limit + 1, seen_until)
        more = len(found) > limit
        return {
            "object": "search_result",
            "url": "/v1/payment_intents/search",
            "has_more": more,
            "data": [PaymentIntent(**document).to_wire() for _, document in found[:limit]],
            "next_page": _page_token(found[limit - 1][0]) if more else None,
        }


def parse_query(query: str) -> list[Condition]:
    """The clauses of *query* as conditions on stored documents.

    Raises:
        NotSupportedError: a clause is not in the subset; the message names it.
    """
    conditions, rest = [], query.strip()
    while True:
        match = _TEXT.match(rest) or _METADATA.match(rest) or _NUMBER.match(rest)
        if match is None:
            raise NotSupportedError(f"the search clause {rest!r}", "query")
        conditions.append(_condition(match))
        rest = rest[match.end() :]
        if not rest:
            return conditions
        joint = _AND.match(rest)
        if joint is None:
            raise NotSupportedError(f"the search clause {rest!r}", "query")
        rest = rest[joint.end() :]


def _condition(match: re.Match[str]) -> Condition:
    parts = match.groupdict()
    if "number" in parts:
        operator = parts["operator"].replace(":", "=")
        return (
            f"json_extract(document, '$.{parts['field']}') {operator} ?",
            [int(parts["number"])],
        )
    text = parts["single"] if parts["single"] is not None else parts["double"]
    # The key is of letters, digits, _ and -, so it cannot leave the quotes it stands in.
    path = f'$.metadata."{parts["key"]}"' if "key" in parts else f"$.{parts['field']}"
    value = re.sub(r"\\(.)", r"\1", text)
    # Exact matches do not look at the letters' case.
    return f"json_extract(document, '{path}') = ? COLLATE NOCASE", [value]


def _page_token(sequence: int) -> str:
    return urlsafe_b64encode(str(sequence).encode()).decode()


def _read_page_token(token: str) -> int:
    try:
        text = urlsafe_b64decode(token).decode()
    except ValueError:
        text = ""
    if not _PAGE.fullmatch(text):
        raise InvalidParameterError(f"Invalid page: {token}", "page")
    return int(text)
