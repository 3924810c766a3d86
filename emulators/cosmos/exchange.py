"""What handlers are given and what they answer; neither knows the HTTP server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulators.cosmos import charges
from emulators.cosmos.address import Address
from emulators.cosmos.store import Container


@dataclass(frozen=True, slots=True)
class Call:
    """An authorized request; *headers* ignore case, *endpoint* is how the client got here."""

    method: str
    operation: str
    address: Address
    headers: Mapping[str, str]
    body: bytes
    endpoint: str

    @property
    def minimal(self) -> bool:
        """Whether the client does not want to see what it wrote."""
        return self.headers.get("prefer", "").lower() == "return=minimal"

    @property
    def crosses_partitions(self) -> bool:
        """Whether the client allows a query to fan out over all partitions."""
        return self.is_set("query-enablecrosspartition")

    def is_set(self, flag: str) -> bool:
        """Whether the header of that name, without what all have in front, says true."""
        return self.headers.get(f"x-ms-documentdb-{flag}", "").lower() == "true"

    def number(self, header: str, otherwise: int) -> int:
        """The integer in *header*; what is no integer counts as absent."""
        try:
            return int(self.headers.get(header, otherwise))
        except ValueError:
            return otherwise


@dataclass(slots=True)
class Reply:
    """An answer; *text* is JSON."""

    status: int
    text: str = ""
    charge: float = charges.CONTROL
    headers: dict[str, str] = field(default_factory=dict)


def resource_reply(status: int, body: Mapping[str, Any]) -> Reply:
    """A database, container or offer."""
    return Reply(status, json.dumps(body), headers={"etag": str(body["_etag"])})


def container_headers(container: Container, range_id: str = "0") -> dict[str, str]:
    """What every answer about a container's items carries; *range_id* is where they are.

    Without the range id and the alternative path the SDK reads the container's ranges again and
    again, and keeps no session token.
    """
    lsn = str(container.lsn)
    return {
        "x-ms-session-token": f"{range_id}:-1#{lsn}",
        "lsn": lsn,
        "x-ms-global-committed-lsn": lsn,
        "x-ms-cosmos-llsn": lsn,
        "x-ms-documentdb-partitionkeyrangeid": range_id,
        "x-ms-alt-content-path": container.link,
        "x-ms-content-path": container.rid,
    }
