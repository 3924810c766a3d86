"""The change feed in all-versions-and-deletes mode: every change, with the item before it."""

import json
from typing import Any

from emulators.cosmos import charges
from emulators.cosmos.change_feed import page_of, page_reply, place_of
from emulators.cosmos.errors import BadRequest
from emulators.cosmos.exchange import Call, Reply
from emulators.cosmos.feeds import Range, page_size, range_of
from emulators.cosmos.handlers import container_of
from emulators.cosmos.partition import ABSENT, components_of
from emulators.cosmos.store import Container, Store
from emulators.cosmos.versions import Version


def read_all_versions(store: Store, call: Call) -> Reply:
    """The next page of versions, or 304 when there are none; both with the LSN to go on from."""
    if "if-none-match" not in call.headers:
        raise BadRequest(
            "The change feed of all versions and deletes begins now or at a continuation, "
            "neither at the beginning nor at a time."
        )
    container = container_of(store, call)
    within, after = range_of(call, container), place_of(call, container)
    store.record_versions(container)
    horizon = store.items.versions.horizon(container.number)
    if horizon is not None and after < horizon:
        raise BadRequest("The continuation is from before the container keeps its versions.")
    found = store.items.versions.since(container.number, within.extent, after)
    return _reply(within, page_of(found, page_size(call)))


def _reply(within: Range, page: list[Version]) -> Reply:
    texts = [_written(within.container, version) for version in page]
    return page_reply(within, page, texts, sum(charges.read(len(text)) for text in texts))


def _written(container: Container, version: Version) -> str:
    metadata = json.dumps(_metadata(container, version), ensure_ascii=False)
    before = f'"previous":{version.previous},' if version.previous else ""
    return f'{{"current":{version.current or "{}"},{before}"metadata":{metadata}}}'


def _metadata(container: Container, version: Version) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "lsn": version.lsn,
        "crts": version.ts,
        "operationType": version.operation,
        "previousImageLSN": version.previous_lsn,
    }
    if version.operation == "delete" and version.previous:
        metadata["id"] = json.loads(version.previous)["id"]
        metadata["partitionKey"] = _key(container, version.pk)
    if version.expired:
        metadata["timeToLiveExpired"] = True
    return metadata


def _key(container: Container, pk: str) -> dict[str, Any]:
    pairs = zip(container.key_paths, components_of(pk), strict=True)
    return {"/".join(path): value for path, value in pairs if value != ABSENT}
