"""Definitions of databases and containers: what is valid, what is the default, what may change."""

import json
from collections.abc import Mapping
from typing import Any, Final

from emulators.cosmos.documents import MAX_TTL, Document, as_document, parse, size_of, write
from emulators.cosmos.errors import BadRequest, Unsupported
from emulators.cosmos.indexing import DEFAULT_POLICY
from emulators.cosmos.partition import parse_path
from emulators.cosmos.search_policies import check_search_policies, check_search_policies_kept
from emulators.cosmos.sql.computed import expression_of
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.syntax import Name

_MAX_NAME: Final = 255
_FORBIDDEN: Final = frozenset("/\\#?")
_MAX_KEY_PATHS: Final = 3
_MAX_UNIQUE_KEYS: Final = 10
_MAX_UNIQUE_PATHS: Final = 16
_LEAST_THROUGHPUT: Final = 400
_LEAST_AUTOSCALE: Final = 1000
_NEVER_INDEXED: Final = frozenset({'/"_etag"/?', "/_etag/?"})
_NEVER_COMPUTED: Final = frozenset({"", "id", "_rid", "_ts", "_etag", "_self", "_attachments"})
_FIXED: Final = ("id", "partitionKey", "uniqueKeyPolicy")
_DEFAULTS: Final[Mapping[str, Any]] = {
    "conflictResolutionPolicy": {
        "mode": "LastWriterWins",
        "conflictResolutionPath": "/_ts",
        "conflictResolutionProcedure": "",
    },
    "geospatialConfig": {"type": "Geography"},
}


def check_name(body: Document) -> str:
    """The id of a database or container.

    Raises:
        BadRequest: it is not one.
    """
    name = body.get("id")
    if not isinstance(name, str) or not name or len(name) > _MAX_NAME:
        raise BadRequest(
            f"Ensure to provide a unique non-empty string less than '{_MAX_NAME}' characters."
        )
    if not _FORBIDDEN.isdisjoint(name) or name.endswith(" ") or size_of(name) == 0:
        raise BadRequest("The id holds one of / \\ # ? or ends with a space.")
    return name


def container_body(given: Document) -> Document:
    """A new container's definition with its defaults filled in.

    Raises:
        BadRequest: part of it is not valid.
        Unsupported: queries would give other results here than in the service.
    """
    body = {name: value for name, value in given.items() if not name.startswith("_")}
    if (body.get("geospatialConfig") or {}).get("type") == "Geometry":
        raise Unsupported("geospatialConfig of the type Geometry")
    body["id"] = check_name(body)
    body["partitionKey"] = _partition_key(as_document(body.get("partitionKey")))
    body["indexingPolicy"] = _indexing_policy(body.get("indexingPolicy"))
    body = {**_DEFAULTS, **body}
    _check_ttl(body)
    _check_unique_keys(body)
    check_search_policies(body)
    _check_computed(body.get("computedProperties"))
    size_of(write(body))
    return body


def replaced_body(current: Document, given: Document) -> Document:
    """The definition that *given* makes of *current*.

    Raises:
        BadRequest: it changes what is fixed for good.
    """
    body = container_body(given)
    # Clients that cannot even express unique keys leave them out; that is no change.
    if "uniqueKeyPolicy" not in given and "uniqueKeyPolicy" in current:
        body["uniqueKeyPolicy"] = current["uniqueKeyPolicy"]
    for name in _FIXED:
        if body.get(name) != current.get(name):
            raise BadRequest(f"The property {name!r} of a container cannot be changed.")
    check_search_policies_kept(current, body)
    return body


def _partition_key(key: Document) -> Document:
    paths = key.get("paths")
    if not isinstance(paths, list) or not paths or not all(isinstance(p, str) for p in paths):
        raise BadRequest("The partition key needs a list of paths.")
    if len(paths) > _MAX_KEY_PATHS:
        raise BadRequest("Too many partition key paths.")
    if len(paths) > 1 and key.get("kind") != "MultiHash":
        raise BadRequest("Several partition key paths need the kind 'MultiHash'.")
    for path in paths:
        parse_path(path)
    return {"kind": "Hash", **key}


def _indexing_policy(given: Any) -> Document:
    if given is None:
        policy: Document = json.loads(json.dumps(DEFAULT_POLICY))
        return policy
    policy = {"indexingMode": "consistent", "automatic": True, **as_document(given)}
    for part in ("includedPaths", "excludedPaths"):
        _check_index_paths(policy.setdefault(part, []))
    if policy["indexingMode"] != "none":
        _complete_index_paths(policy)
    return policy


def _complete_index_paths(policy: Document) -> None:
    # Without any path all is indexed, and the etag never is: the service adds both.
    excluded = policy["excludedPaths"]
    if not policy["includedPaths"] and not excluded:
        policy["includedPaths"] = [{"path": "/*"}]
    if not any(entry["path"] in _NEVER_INDEXED for entry in excluded):
        excluded.append({"path": '/"_etag"/?'})


def _check_index_paths(entries: Any) -> None:
    if not isinstance(entries, list):
        raise BadRequest("The paths of an indexing policy must be a list.")
    for entry in entries:
        path = as_document(entry).get("path")
        if not isinstance(path, str) or not path.startswith("/") or path[-1] not in "/?*":
            raise BadRequest(
                f"The indexing path {path!r} must start with / and end with / or ? or *."
            )
        # What kind of index a path has is no longer a choice: the service drops it.
        entry.pop("indexes", None)


def _check_ttl(body: Document) -> None:
    if body.get("defaultTtl") is None:
        body.pop("defaultTtl", None)
        return
    ttl = body["defaultTtl"]
    if type(ttl) is not int or ttl == 0 or not -1 <= ttl <= MAX_TTL:
        raise BadRequest("The defaultTtl must be -1 or a positive 32-bit integer.")


def _check_computed(given: Any) -> None:
    if given is not None and not isinstance(given, list):
        raise BadRequest("One of the specified inputs is invalid: computedProperties.")
    for entry in given or ():
        name, query = as_document(entry).get("name"), entry.get("query")
        if not isinstance(name, str) or not isinstance(query, str) or name in _NEVER_COMPUTED:
            raise BadRequest("A computed property needs a name of its own and a query.")
        try:
            expression_of(query, Name("c"))
        except SqlError as error:
            raise BadRequest(f"The computed property {name!r} is not valid: {error}") from error


def _check_unique_keys(body: Document) -> None:
    policy = as_document(body.get("uniqueKeyPolicy") or {})
    keys = policy.get("uniqueKeys", [])
    if not isinstance(keys, list) or len(keys) > _MAX_UNIQUE_KEYS:
        raise BadRequest(f"A container has at most {_MAX_UNIQUE_KEYS} unique keys.")
    paths = [path for key in keys for path in _unique_paths(as_document(key))]
    if len(paths) > _MAX_UNIQUE_PATHS:
        raise BadRequest(f"Unique keys have at most {_MAX_UNIQUE_PATHS} paths together.")


def _unique_paths(key: Document) -> list[str]:
    paths = key.get("paths")
    if not isinstance(paths, list) or not paths or not all(isinstance(p, str) for p in paths):
        raise BadRequest("A unique key needs a list of paths.")
    for path in paths:
        parse_path(path)
    return paths


def throughput_of(headers: Mapping[str, str]) -> Document | None:
    """The throughput a create request asks for, as an offer's content.

    Raises:
        BadRequest: it is no throughput.
    """
    if autoscale := headers.get("x-ms-cosmos-offer-autopilot-settings"):
        return checked_throughput({"offerAutopilotSettings": parse(autoscale)})
    throughput = headers.get("x-ms-offer-throughput")
    if throughput is None:
        return None
    if not throughput.isdecimal():
        raise BadRequest("The offer throughput must be an integer.")
    return checked_throughput({"offerThroughput": int(throughput)})


def checked_throughput(content: Document) -> Document:
    """The content of an offer, all filled in.

    Raises:
        BadRequest: it is no throughput.
    """
    autoscale, throughput = content.get("offerAutopilotSettings"), content.get("offerThroughput")
    if autoscale is None:
        return {"offerThroughput": _check_least(throughput, _LEAST_THROUGHPUT)}
    most = _check_least(as_document(autoscale).get("maxThroughput"), _LEAST_AUTOSCALE)
    # What is provisioned at any time starts at a tenth of the maximum.
    return {"offerThroughput": most // 10, "offerAutopilotSettings": autoscale}


def _check_least(throughput: Any, least: int) -> int:
    if type(throughput) is not int:
        raise BadRequest("An offer needs a throughput that is an integer.")
    if throughput < least:
        raise BadRequest(
            f"Requested throughput {throughput} is less than required minimum throughput {least}."
        )
    return throughput


def most_of(content: Mapping[str, Any]) -> int:
    """The RU/s that an offer with that *content* gives at most; 0 when there is none."""
    autoscale = content.get("offerAutopilotSettings") or {}
    most: int = autoscale.get("maxThroughput") or content.get("offerThroughput") or 0
    return most
