"""What a container's policies for vectors and full text may say, and what of them is fixed."""

from typing import Any, Final

from emulators.cosmos.documents import Document, as_document
from emulators.cosmos.errors import BadRequest

_DATA_TYPES: Final = frozenset({"float32", "float16", "int8", "uint8"})
_DISTANCES: Final = frozenset({"cosine", "dotproduct", "euclidean"})
_INDEX_TYPES: Final = frozenset({"flat", "quantizedflat", "diskann"})
_LANGUAGES: Final = frozenset({"en-us", "fr-fr", "de-de", "es-es", "it-it", "pt-pt", "pt-br"})
_MOST_DIMENSIONS: Final = 4096
_MOST_QUANTIZED: Final = 512
_SEARCH_LIST: Final = (25, 500)
_MOST_SHARD_PATHS: Final = 1


def check_search_policies(body: Document) -> None:
    """Check the policies of a container's definition, whose indexing policy is complete.

    Raises:
        BadRequest: one is not valid, or an index is of a path without an embedding.
    """
    embeddings = vector_embeddings(body)
    for embedding in embeddings:
        _check_embedding(embedding)
    dimensions = {str(each["path"]): int(each["dimensions"]) for each in embeddings}
    indexing = as_document(body["indexingPolicy"])
    for index in _vector_indexes(body):
        _check_index(index, dimensions)
    for index in _entries(indexing, "fullTextIndexes"):
        _check_path(index.get("path"), "full-text index")
    _check_full_text(as_document(body.get("fullTextPolicy") or {}))


def check_search_policies_kept(current: Document, given: Document) -> None:
    """Check that a replacement leaves vectors as they are; it may add some.

    Raises:
        BadRequest: it does not.
    """
    _check_kept(vector_embeddings(current), vector_embeddings(given), "embedding")
    _check_kept(_vector_indexes(current), _vector_indexes(given), "vector indexing")


def _vector_indexes(body: Document) -> list[Document]:
    return _entries(as_document(body["indexingPolicy"]), "vectorIndexes")


def _check_kept(old: list[Document], new: list[Document], policy: str) -> None:
    given = {each.get("path"): each for each in new}
    if any(given.get(each.get("path")) != each for each in old):
        raise BadRequest(
            f"Paths in existing {policy} policy cannot be modified in Collection Replace."
        )


def vector_embeddings(body: Document) -> list[Document]:
    """The vectors that a container's definition tells of."""
    return _entries(as_document(body.get("vectorEmbeddingPolicy") or {}), "vectorEmbeddings")


def _entries(policy: Document, name: str) -> list[Document]:
    entries = policy.get(name) or []
    if not isinstance(entries, list):
        raise BadRequest(f"The property {name!r} must be a list.")
    return [as_document(entry) for entry in entries]


def _check_path(path: Any, owner: str) -> None:
    if not isinstance(path, str) or not path.startswith("/"):
        raise BadRequest(f"The {owner} contains an invalid path: {path!r}.")


def _check_embedding(embedding: Document) -> None:
    policy = "The Vector Embedding Policy has"
    _check_path(embedding.get("path"), "Vector Embedding Policy")
    dimensions, kind = embedding.get("dimensions"), embedding.get("dataType")
    if str(kind).lower() not in _DATA_TYPES:
        raise BadRequest(f"{policy} an invalid DataType:{kind}.")
    if type(dimensions) is not int or dimensions < 1:
        raise BadRequest(f"{policy} Dimensions:{dimensions} which is not a positive integer.")
    if dimensions > _MOST_DIMENSIONS:
        raise BadRequest(
            f"{policy} Dimensions:{dimensions} which is more than the maximum supported value "
            f"{_MOST_DIMENSIONS}."
        )
    if str(embedding.get("distanceFunction")).lower() not in _DISTANCES:
        raise BadRequest(
            f"{policy} an invalid DistanceFunction:{embedding.get('distanceFunction')}."
        )


def _check_index(index: Document, dimensions: dict[str, int]) -> None:
    path, kind = index.get("path"), index.get("type")
    if path not in dimensions:
        raise BadRequest(
            f"The Vector Indexing Policy's path::{path} not matching in Embedding's path."
        )
    if str(kind).lower() not in _INDEX_TYPES:
        raise BadRequest(f"The Vector Indexing Policy's Index Type::{kind} is invalid.")
    most = min(_MOST_QUANTIZED, dimensions[path])
    _check_within(index, "quantizationByteSize", (1, most))
    _check_within(index, "indexingSearchListSize", _SEARCH_LIST)
    _check_shards(index.get("vectorIndexShardKey") or [])


def _check_within(index: Document, name: str, allowed: tuple[int, int]) -> None:
    value, (least, most) = index.get(name), allowed
    if value is not None and (type(value) is not int or not least <= value <= most):
        raise BadRequest(
            f"The Vector Indexing Policy parameter {name[0].upper()}{name[1:]} value :: {value} is "
            f"out of range. The allowed range is between {least} and {most}."
        )


def _check_shards(paths: Any) -> None:
    if not isinstance(paths, list):
        raise BadRequest("One of the specified inputs is invalid: vectorIndexShardKey.")
    if len(paths) > _MOST_SHARD_PATHS:
        raise BadRequest(
            f"The number of shard paths defined in the Vector Indexing Policy: {len(paths)} "
            f"exceeds the maximum: {_MOST_SHARD_PATHS}."
        )
    for path in paths:
        if not isinstance(path, str) or not path.startswith("/"):
            raise BadRequest(f"The Vector Indexing Policy has an invalid Shard Path: {path}.")


def _check_full_text(policy: Document) -> None:
    entries = _entries(policy, "fullTextPaths")
    for entry in entries:
        _check_path(entry.get("path"), "Full Text Policy")
    languages = [policy.get("defaultLanguage"), *(entry.get("language") for entry in entries)]
    for language in languages:
        if language is not None and str(language).lower() not in _LANGUAGES:
            raise BadRequest(f"The Full Text Policy contains an unsupported language: {language}.")
