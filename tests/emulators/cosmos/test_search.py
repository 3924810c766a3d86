"""Vector search, full-text search, and the ranking that joins them."""

import json
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.emulators.cosmos.raw import RawClient
from tests.emulators.cosmos.test_queries import rows

TWO_RANGES = 11_000
ARTICLES = {
    "cat": ("The cat", "A cat is not a dog.", [1.0, 0.0]),
    "dog": ("The dog", "A dog barks. Another dog barks back.", [0.8, 0.3]),
    "sea": ("The sea", "Waves in the Red Sea.", [0.0, 1.0]),
    "red": ("Red", "A colour.", [-1.0, 0.1]),
}
EMBEDDINGS = [
    {"path": f"/{name}", "dataType": "float32", "dimensions": 2, "distanceFunction": name}
    for name in ("cosine", "euclidean", "dotproduct")
]


@pytest.fixture(params=[400, TWO_RANGES])
async def articles(request: pytest.FixtureRequest, database: DatabaseProxy) -> ContainerProxy:
    """Four articles, each in a partition of its own, with one vector under three names."""
    container = await database.create_container(
        "articles",
        PartitionKey("/pk"),
        offer_throughput=request.param,
        vector_embedding_policy={"vectorEmbeddings": EMBEDDINGS},
    )
    for name, (title, text, vector) in ARTICLES.items():
        vectors = dict.fromkeys(("cosine", "euclidean", "dotproduct"), vector)
        await container.create_item(
            {"id": name, "pk": name, "title": title, "text": text, **vectors}
        )
    return container


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dotproduct"])
async def test_the_nearest_vectors_come_first(articles: ContainerProxy, metric: str):
    """By the distance function of the container's policy, small or great as it may be."""
    query = f"SELECT TOP 3 VALUE c.id FROM c ORDER BY VectorDistance(c.{metric}, @vector)"

    found = await rows(articles, query, parameters=[{"name": "@vector", "value": [1, 0]}])

    assert found == ["cat", "dog", "sea"]


async def test_a_query_may_choose_another_distance_function(articles: ContainerProxy):
    """What is selected and what is sorted by are the same numbers."""
    distance = "VectorDistance(c.cosine, [1, 0], false, {'distanceFunction': 'Euclidean'})"
    query = f"SELECT TOP 2 c.id, {distance} AS far FROM c ORDER BY {distance}"

    found = await rows(articles, query)

    assert found == [
        {"id": "cat", "far": 0},
        {"id": "dog", "far": pytest.approx(0.36056, abs=1e-5)},
    ]


async def test_a_vector_search_without_a_limit_is_refused(articles: ContainerProxy):
    """The SDK would have to hold every item of the container to sort them."""
    with pytest.raises(ValueError, match="without TOP or LIMIT"):
        await rows(articles, "SELECT * FROM c ORDER BY VectorDistance(c.cosine, [1, 0])")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("FullTextContains(c.text, 'DOG')", ["cat", "dog"]),
        ("FullTextContains(c.text, 'red sea')", ["sea"]),
        ("FullTextContains(c.text, 'sea red')", []),
        ("FullTextContainsAll(c.text, 'dog', 'cat')", ["cat"]),
        ("FullTextContainsAny(c.text, 'waves', 'colour')", ["red", "sea"]),
        ("FullTextContains(c.missing, 'dog')", []),
    ],
)
async def test_words_and_phrases_are_found(
    articles: ContainerProxy, condition: str, expected: list[str]
):
    """Without regard to case, never within a word."""
    found = await rows(articles, f"SELECT VALUE c.id FROM c WHERE {condition}")

    assert sorted(found) == expected


async def test_what_has_more_of_the_words_comes_first(articles: ContainerProxy):
    """BM25: the article that says dog twice is about dogs."""
    query = "SELECT TOP 2 VALUE c.id FROM c ORDER BY RANK FullTextScore(c.text, @word)"

    found = await rows(articles, query, parameters=[{"name": "@word", "value": "dog"}])

    assert found == ["dog", "cat"]


@pytest.mark.parametrize(
    ("weights", "expected"), [("", "sea"), (", [0.1, 2]", "cat"), (", [-1, -0.1]", "red")]
)
async def test_words_and_vectors_are_ranked_together(
    articles: ContainerProxy, weights: str, expected: str
):
    """Reciprocal rank fusion, with a weight for each score."""
    scores = "FullTextScore(c.text, 'red', 'waves'), VectorDistance(c.cosine, [1, 0])"
    if not weights:
        scores = scores.replace("[1, 0]", "[0, 1]")
    query = f"SELECT TOP 1 VALUE c.id FROM c ORDER BY RANK RRF({scores}{weights})"

    found = await rows(articles, query)

    assert found == [expected]


async def test_one_partition_is_ranked_without_a_plan(container: ContainerProxy):
    """The server ranks what needs no merging, just as the client does."""
    for number, text in enumerate(["one", "two two", "two", "three"]):
        await container.create_item({"id": f"{number}", "pk": "p", "text": text, "v": [number, 1]})
    answers: list[Any] = []

    found = await rows(
        container,
        "SELECT TOP 3 VALUE c.id FROM c "
        "ORDER BY RANK RRF(FullTextScore(c.text, 'two'), VectorDistance(c.v, [1, 1]))",
        partition_key="p",
        response_hook=lambda *answer: answers.append(answer),
    )

    assert found == ["1", "2", "3"]
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM c ORDER BY VectorDistance(c.v, [1]) DESC", "ASC or DESC"),
        ("SELECT * FROM c ORDER BY RANK FullTextScore(c.t, 'a') ASC", "ORDER BY RANK"),
        ("SELECT FullTextScore(c.t, 'a') FROM c", "only valid in ORDER BY RANK"),
        ("SELECT * FROM c ORDER BY RANK RRF(FullTextScore(c.t, 'a'))", "two or more"),
        (
            "SELECT * FROM c ORDER BY RANK "
            "RRF(FullTextScore(c.t, 'a'), FullTextScore(c.t, 'b'), [1])",
            "one weight",
        ),
        (
            "SELECT * FROM c ORDER BY RANK FullTextScore(c.t, {'term': 'a', 'distance': 1})",
            "does not support fuzzy search",
        ),
        (
            "SELECT VectorDistance(c.v, [1], true, {'distanceFunction': 'manhattan'}) FROM c",
            "manhattan",
        ),
    ],
)
async def test_a_search_that_is_none_is_refused(
    container: ContainerProxy, query: str, message: str
):
    """400 that says why, also for what the service has and this emulator has not."""
    with pytest.raises(CosmosHttpResponseError, match=message) as refused:
        await rows(container, query)

    assert refused.value.status_code == 400


def embedding(**changes: Any) -> dict[str, Any]:
    """The policy of one vector, with *changes*."""
    vector = {"path": "/v", "dataType": "float32", "dimensions": 3, "distanceFunction": "cosine"}
    return {"vectorEmbeddingPolicy": {"vectorEmbeddings": [vector | changes]}}


def indexed(**index: Any) -> dict[str, Any]:
    """A vector that is indexed so."""
    entry = {"path": "/v", "type": "diskANN"} | index
    return embedding() | {"indexingPolicy": {"vectorIndexes": [entry]}}


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        (embedding(dataType="float33"), "invalid DataType:float33"),
        (embedding(dimensions=5000), "more than the maximum supported value"),
        (embedding(dimensions=0), "Dimensions:0"),
        (embedding(distanceFunction="by hand"), "invalid DistanceFunction:by hand"),
        (embedding(path="v"), "invalid path: 'v'"),
        (indexed(path="/w"), "path::/w not matching"),
        (indexed(type="tree"), "Index Type::tree is invalid"),
        (indexed(quantizationByteSize=4), "between 1 and 3"),
        (indexed(indexingSearchListSize=5), "between 25 and 500"),
        (indexed(vectorIndexShardKey=["/a", "/b"]), "exceeds the maximum: 1"),
        (indexed(vectorIndexShardKey=["a"]), "invalid Shard Path: a"),
        ({"fullTextPolicy": {"fullTextPaths": [{"path": "t"}]}}, "invalid path: 't'"),
        ({"fullTextPolicy": {"defaultLanguage": "tlh"}}, "unsupported language: tlh"),
        ({"indexingPolicy": {"fullTextIndexes": [{}]}}, "invalid path"),
    ],
)
async def test_a_search_policy_that_is_not_valid_is_refused(
    raw: RawClient, database: DatabaseProxy, policies: dict[str, Any], message: str
):
    """A deployment's template that the service would not take fails here too."""
    body = {"id": "c", "partitionKey": {"paths": ["/pk"]}, **policies}

    status, _, text = await raw.send("POST", f"/dbs/{database.id}/colls", json.dumps(body))

    assert status == 400
    assert message in text


async def test_a_vector_cannot_be_redefined(database: DatabaseProxy):
    """What is stored was measured by the policy the container was made with."""
    key = PartitionKey("/pk")
    container = await database.create_container(
        "c", key, vector_embedding_policy=embedding()["vectorEmbeddingPolicy"]
    )

    with pytest.raises(CosmosHttpResponseError, match="existing embedding policy") as refused:
        await database.replace_container(
            container, key, vector_embedding_policy=embedding(dimensions=4)["vectorEmbeddingPolicy"]
        )

    assert refused.value.status_code == 400
