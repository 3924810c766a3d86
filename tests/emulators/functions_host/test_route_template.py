"""Route templates, by ASP.NET's rules."""

import pytest

from emulators.functions_host.errors import StartError
from emulators.functions_host.route_template import compile_template


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("orders", "orders", {}),
        ("orders", "Orders/", {}),
        ("orders/{id}", "orders/a%2Fb", {"id": "a/b"}),
        ("orders/{id}/events", "orders/7/events", {"id": "7"}),
        ("orders/{id?}", "orders", {}),
        ("orders/{id?}", "orders/7", {"id": "7"}),
        ("orders/{id=all}", "orders", {"id": "all"}),
        ("files/{*rest}", "files/a/b/c", {"rest": "a/b/c"}),
        ("files/{*rest}", "files", {}),
        ("{name}.{extension}", "report.pdf", {"name": "report", "extension": "pdf"}),
        ("{name}.{extension}", "a.b.c", {"name": "a.b", "extension": "c"}),
        ("{name}.{extension?}", "report", {"name": "report"}),
        ("{name}.{extension?}", "a.b.pdf", {"name": "a.b", "extension": "pdf"}),
        ("{name}.{extension?}", "report.pdf", {"name": "report", "extension": "pdf"}),
        ("{from}-{to}", "a-b-c", {"from": "a-b", "to": "c"}),
        ("{a:int}", "-12", {"a": "-12"}),
        ("{a:int?}", "", {}),
        ("{a:guid}", "0f8fad5b-d9cb-469f-a165-70867728950e",
         {"a": "0f8fad5b-d9cb-469f-a165-70867728950e"}),
        ("{a:range(1,9)}", "9", {"a": "9"}),
        ("{a:regex(^\\d{{2}}$)}", "12", {"a": "12"}),
        ("{a:alpha:minlength(2)}", "ab", {"a": "ab"}),
    ],
)  # fmt: skip
def test_matches(template: str, path: str, values: dict[str, str]):
    """The values are unquoted, and an optional one without a value is absent."""
    assert compile_template(template).match(path) == values


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("orders", "orders/7"),
        ("orders/{id}", "orders"),
        ("orders/{id}", "orders/7/events"),
        ("{a:int}", "x"),
        ("{a:int}", "2147483648"),
        ("{a:guid}", "7"),
        ("{a:bool}", "yes"),
        ("{a:min(3)}", "2"),
        ("{a:max(3)}", "x"),
        ("{a:length(2)}", "abc"),
        ("{a:alpha}", "a1"),
        ("{a:regex(^\\d{{2}}$)}", "123"),
    ],
)
def test_does_not_match(template: str, path: str):
    """A path with a segment too many, or a value that breaks its constraint, is another address."""
    assert compile_template(template).match(path) is None


@pytest.mark.parametrize("template", ["{a:shiny}", "{a:min(x)}", "orders/{", "{1a}"])
def test_refuses_what_is_no_template(template: str):
    """A misspelt constraint must not become a route that matches everything."""
    with pytest.raises(StartError, match="the route"):
        compile_template(template)
