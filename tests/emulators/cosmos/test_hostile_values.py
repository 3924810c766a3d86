"""Whatever is thrown at the language and at patches, only refusals come back."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.cosmos.documents import parse, write
from emulators.cosmos.errors import BadRequest
from emulators.cosmos.patch import parse_patch
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.operators import BINARY, UNARY
from emulators.cosmos.sql.parser import _DIRECTIONS, _KEYWORDS
from emulators.cosmos.sql.query import prepare_query
from emulators.cosmos.sql.registry import FUNCTIONS

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "2026-01-01T00:00:00Z", "é", "[", "day", "1e400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)
POINT = {"type": "Point", "coordinates": [0, 0]}
# fmt: off
TOKENS = st.sampled_from([
    *sorted(_KEYWORDS | _DIRECTIONS | BINARY.keys() | UNARY.keys()), *"()[]{},.:?*;", "c", "x",
    "@p", "'a'", '"b"', "1", ".5", "1e9", "COUNT", "SUM", "UPPER", "--",
])
# fmt: on

# The first query builds the parser and the first shape loads a library: no example is to pay that.
list(prepare_query("SELECT VALUE ST_DISTANCE(@p, @p)").run([], {"@p": POINT}))


@given(st.lists(TOKENS, max_size=15), JSON)
@settings(max_examples=300)
def test_any_text_is_a_query_or_an_sql_error(tokens: list[str], document: Any):
    """No sequence of tokens makes the parser or the evaluator fail otherwise."""
    with suppress(SqlError):
        list(prepare_query(" ".join(["SELECT", *tokens])).run([document], {"@p": document}))


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(JSON, max_size=4))
@settings(max_examples=600)
def test_any_function_takes_any_values(name: str, values: list[Any]):
    """The result is a value that can be written as JSON, or undefined, or the call is refused."""
    parameters = {f"@{at}": value for at, value in enumerate(values)}
    with suppress(SqlError):
        for row in prepare_query(f"SELECT VALUE {name}({', '.join(parameters)})").run(
            [], parameters
        ):
            write(row)


@given(st.sampled_from(sorted(BINARY)), JSON, JSON)
@settings(max_examples=300)
def test_any_operator_takes_any_values(operator: str, left: Any, right: Any):
    """Wrong types are undefined; overflow is undefined too."""
    query = prepare_query(f"SELECT VALUE @l {operator} @r {operator} @r")

    for row in query.run([], {"@l": left, "@r": right}):
        assert json.loads(write(row)) == row


PATHS = st.lists(st.sampled_from(["a", "b", "0", "1", "-", "", "~0", "~1"]), max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


@given(
    JSON,
    st.sampled_from(["add", "set", "replace", "remove", "incr", "move"]),
    PATHS,
    PATHS,
    JSON,
)
@settings(max_examples=400)
def test_any_patch_of_any_document_applies_or_is_refused(
    document: Any, operation: str, path: str, source: str, value: Any
):
    """And what it makes of the document can be stored."""
    patch = {"op": operation, "path": path, "from": source, "value": value}
    target = {"id": "x", "a": document}
    with suppress(BadRequest):
        parse_patch([patch]).apply(target, [("pk",)])
        assert parse(write(target)) == target
