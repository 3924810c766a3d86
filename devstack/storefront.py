"""The app's HTTP API as a client sees it: patient with what is unavailable, strict otherwise."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from devstack.catalogue import Product
from devstack.errors import DevstackError

PRODUCTS_PER_IMPORT = 1_000
REPEATED_STATUSES = frozenset({429, 503})
LONGEST_PAUSE_SECONDS = 5.0


class ApiError(DevstackError):
    """The app did not do what every client may rely on; the message shows its answer."""


class NoProgressError(DevstackError):
    """Nothing has moved for so long that waiting on is pointless."""


class Patience:
    """How long to go on without any progress, shared by all who wait for the same app."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def stretch(self, seconds: float) -> None:
        """Go on for longer, from now on: there is much to do before anything can be seen of it."""
        self._seconds += seconds
        self.renew()

    def renew(self) -> None:
        """Something moved."""
        self._ends = time.monotonic() + self._seconds

    async def pause(self, seconds: float) -> None:
        """Wait a little.

        Raises:
            NoProgressError: there was no progress for too long.
        """
        if time.monotonic() > self._ends:
            raise NoProgressError(f"There was no progress for {self._seconds:.0f} s.")
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer: one that repeating the request would not change."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]
    attempts: int

    @property
    def problem(self) -> str:
        """What an error answer says is wrong, in its stable words."""
        return str(self.body.get("type") or f"HTTP {self.status}").rpartition(":")[-1]


@dataclass(frozen=True, slots=True)
class Level:
    """The stock of one SKU."""

    on_hand: int
    reserved: int


class Storefront:
    """One app, reached at *base_url*."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, patience: Patience) -> None:
        self._session = session
        self._api = f"{base_url.rstrip('/')}/api"
        self._patience = patience

    async def require_health(self) -> None:
        """Refuse to go on where no app answers.

        Raises:
            ApiError: it does not, or is not healthy.
        """
        try:
            async with self._session.get(f"{self._api}/health") as response:
                if not response.ok:
                    raise ApiError(f"{self._api}/health answered {response.status}.")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(f"{self._api}/health does not answer: {error}") from error

    async def import_products(self, products: Iterable[Product]) -> None:
        """Create or replace *products*.

        Raises:
            ApiError: the app refused some.
        """
        bodies = [product.body() for product in products]
        for start in range(0, len(bodies), PRODUCTS_PER_IMPORT):
            chunk = {"products": bodies[start : start + PRODUCTS_PER_IMPORT]}
            answer = await self.ask("POST", "/products/import", json=chunk)
            if answer.status >= 300:
                raise ApiError(f"POST /products/import answered {answer.status}: {answer.body}")

    async def submit(self, key: str, body: Mapping[str, Any]) -> Answer:
        """Submit an order, as often as it takes to be answered, always under the same key."""
        return await self.ask("POST", "/orders", json=body, headers={"Idempotency-Key": key})

    async def order(self, order_id: str, etag: str | None) -> Answer:
        """Read an order; status 304 and no body if it is still what *etag* stands for."""
        headers = {"If-None-Match": etag} if etag else {}
        return await self.ask("GET", f"/orders/{quote(order_id)}", headers=headers)

    async def level(self, sku: str) -> Level:
        """The stock of *sku*; a product that does not exist has none.

        Raises:
            ApiError: the app gave no stock level.
        """
        answer = await self.ask("GET", f"/products/{quote(sku, safe='')}")
        if answer.status == 404:
            return Level(on_hand=0, reserved=0)
        if answer.status != 200:
            raise ApiError(f"GET /products/{sku} answered {answer.status}: {answer.body}")
        return Level(answer.body["onHand"], answer.body["reserved"])

    async def ask(self, method: str, path: str, **request: Any) -> Answer:
        """Ask until there is a final answer.

        Raises:
            NoProgressError: there was none, and nothing else moved either.
        """
        pauses = itertools.chain((0.1, 0.2, 0.5, 1.0), itertools.repeat(2.0))
        for attempts, pause in enumerate(pauses, start=1):
            retry_after: str | None = None
            try:
                async with self._session.request(method, self._api + path, **request) as response:
                    if response.status not in REPEATED_STATUSES:
                        body = await _json_object(response)
                        return Answer(response.status, response.headers, body, attempts)
                    retry_after = response.headers.get("Retry-After")
            except (aiohttp.ClientError, TimeoutError):
                pass  # Whether it was done is unknown; asking again is safe, and tells.
            await self._patience.pause(_seconds(retry_after, default=pause))
        raise AssertionError("the pauses never end")


async def _json_object(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The body as a JSON object; anything else is kept as text, for the message about it."""
    text = await response.text(errors="replace")
    try:
        body = json.loads(text or "{}")
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"text": text}


def _seconds(retry_after: str | None, default: float) -> float:
    if retry_after is None or not retry_after.isdecimal():
        return default
    return min(float(retry_after), LONGEST_PAUSE_SECONDS)


async def levels(storefront: Storefront, skus: Iterable[str], concurrency: int) -> dict[str, Level]:
    """The stock of each of *skus*."""
    found: dict[str, Level] = {}
    waiting = iter(list(skus))

    async def read_on() -> None:
        for sku in waiting:
            found[sku] = await storefront.level(sku)

    await asyncio.gather(*(read_on() for _ in range(concurrency)))
    return found
