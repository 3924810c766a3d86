"""What the explorer shows: the account's own answers, made readable."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from emulators.cosmos.address import Address
from emulators.cosmos.errors import BadRequest, CosmosError, NotFound
from emulators.cosmos.exchange import Call, Reply
from emulators.cosmos.handlers import read_item
from emulators.cosmos.partition import key_of
from emulators.cosmos.queries import query_items, read_feed
from emulators.cosmos.store import Container, Store
from emulators.pages import templates

FOLDER: Final = Path(__file__).parent
PAGE_ITEMS: Final = 25
_CONTINUATION: Final = "x-ms-continuation"
_PARTITION_KEY: Final = "x-ms-documentdb-partitionkey"


@dataclass(frozen=True, slots=True)
class Question:
    """What the form of a container's page asks; an empty query lists the items."""

    query: str = ""
    partition_key: str = ""
    after: str = ""

    def headers(self) -> dict[str, str]:
        """How an SDK would say it."""
        headers = {"x-ms-max-item-count": str(PAGE_ITEMS)}
        if self.after:
            headers[_CONTINUATION] = self.after
        if self.partition_key:
            headers[_PARTITION_KEY] = self._key_header()
        else:
            headers["x-ms-documentdb-query-enablecrosspartition"] = "True"
        return headers

    def _key_header(self) -> str:
        text = self.partition_key.strip()
        try:
            json.loads(text)
        except ValueError:
            raise BadRequest(
                f'The partition key {text} is not JSON. A text needs quotes: "{text}".'
            ) from None
        return text if text.startswith("[") else f"[{text}]"

    def continued(self, token: str) -> str:
        """The query string of the next page."""
        fields = {"query": self.query, "pk": self.partition_key, "after": token}
        return urlencode({name: value for name, value in fields.items() if value})


class Pages:
    """HTML of everything in *store*; whatever comes from outside is escaped."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._templates = templates(FOLDER / "templates")

    def account(self) -> str:
        """Every database with its containers."""
        databases = [
            (database, self._store.containers_of(database))
            for database in self._store.databases.values()
        ]
        return self._render("account.html", databases=databases, throughput=self._throughput())

    def _throughput(self) -> dict[str, str]:
        return {offer["resource"]: _rate(offer["content"]) for offer in self._store.offers.values()}

    def container(self, container: Container, question: Question) -> tuple[int, str]:
        """A page of a container's items or of a query's rows, or what is wrong with the query."""
        context: dict[str, Any] = {"question": question, "rows": [], "next": None, "charge": None}
        try:
            reply = self._asked(container, question)
        except CosmosError as error:
            return error.status, self._container_page(container, error=error, **context)
        token = reply.headers.get(_CONTINUATION)
        context["next"] = question.continued(token) if token else None
        context["charge"] = reply.charge
        rows = json.loads(reply.text)["Documents"]
        context["rows"] = [Row.of(container, row) for row in rows]
        return 200, self._container_page(container, error=None, **context)

    def _asked(self, container: Container, question: Question) -> Reply:
        body = json.dumps({"query": question.query}).encode() if question.query else b""
        call = _call(container, question.headers(), body)
        # A browser merges nothing.
        answer = query_items if question.query else read_feed
        return answer(self._store, call, whole=True)

    def _container_page(self, container: Container, **context: Any) -> str:
        definition = {k: v for k, v in container.body.items() if not k.startswith("_")}
        throughput = self._throughput().get(container.self_link)
        return self._render(
            "container.html",
            container=container,
            definition=readable(definition),
            throughput=throughput,
            **context,
        )

    def item(self, container: Container, name: str, key: str) -> str:
        """One item, whole.

        Raises:
            CosmosError: there is none.
        """
        reply = read_item(self._store, _call(container, {_PARTITION_KEY: key}, item=name))
        text = readable(json.loads(reply.text))
        return self._render(
            "item.html", container=container, name=name, text=text, charge=reply.charge
        )

    def error(self, error: CosmosError) -> str:
        """What went wrong, where there is nothing else to show."""
        return self._render("error.html", error=error)

    def find(self, database: str, container: str) -> Container:
        """The container of those names.

        Raises:
            NotFound: there is none.
        """
        owner = self._store.databases.get(database)
        found = owner and self._store.containers.get((owner.number, container))
        if not found:
            raise NotFound(f"There is no container {container!r} in a database {database!r}.")
        return found

    def _render(self, template: str, **context: Any) -> str:
        return self._templates.get_template(template).render(context)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a result, and where the row is an item, its name and key."""

    text: str
    name: str | None = None
    key: str | None = None

    @classmethod
    def of(cls, container: Container, row: Any) -> "Row":
        is_item = isinstance(row, Mapping) and "_rid" in row and isinstance(row.get("id"), str)
        if not is_item:
            return cls(readable(row))
        return cls(readable(row), row["id"], key_of(row, container.key_paths))

    @property
    def link(self) -> str | None:
        """The query string of the item's page."""
        return self.name and urlencode({"id": self.name, "pk": self.key})


def readable(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _rate(content: Mapping[str, Any]) -> str:
    autoscale = (content.get("offerAutopilotSettings") or {}).get("maxThroughput")
    return f"up to {autoscale} RU/s" if autoscale else f"{content.get('offerThroughput')} RU/s"


def _call(
    container: Container, headers: Mapping[str, str], body: bytes = b"", item: str | None = None
) -> Call:
    path = ("dbs", container.database.id, "colls", container.id, "docs")
    address = Address(path if item is None else (*path, item))
    return Call("GET", "", address, headers, body, "")
