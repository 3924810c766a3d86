"""The reader of Bicep that the other tests rely on: the language's precedence, and no guesses."""

from pathlib import Path
from typing import Any

import pytest

from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.tokens import BicepError


def value_of(tmp_path: Path, expression: str, declarations: str = "") -> Any:
    """What *expression* is in a file with *declarations*."""
    file = tmp_path / "main.bicep"
    file.write_text(f"{declarations}\nvar it = {expression}\n")
    return Deployment(file, {}).value("it")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 % 4 == 2 && !false", True),
        ("true || false && false", True),
        ("1 < 2 == true", True),
        ("false ? 'a' : true ? 'b' : 'c'", "b"),
        ("null ?? 'other'", "other"),
        ("{ a: [1, 2] }.a[1]", 2),
        ("{ a: 1 }.?b", None),
        ("'${1 + 1} of ${{ a: 'b' }.a}, it\\'s \\${x}'", "2 of b, it's ${x}"),
        ("map(filter([1, 2, 3], n => n > 1), n => n * n)", [4, 9]),
        ("map(['a', 'b'], (name, index) => '${index}${name}')", ["0a", "1b"]),
        ("[for (n, i) in [5, 6]: n * i]", [0, 6]),
        ("union({ a: { x: 1 } }, { a: { y: 2 } })", {"a": {"x": 1, "y": 2}}),
        ("toObject(['a'], k => '${k}!', k => true)", {"a!": True}),
        ("cidrSubnet('10.0.0.0/24', 26, 1)", "10.0.0.64/26"),
        ("sort([3, 1, 2], (a, b) => a < b)", [1, 2, 3]),
        ("reduce([1, 2, 3], 10, (sum, n) => sum + n)", 16),
        ("replace('a.b', '.', '-')", "a-b"),
        ("indexOf(['a', 'b'], 'b') + indexOf('abc', 'x')", 0),
        ("contains(['a'], 'a') && !empty([1])", True),
        ("'''\nas it is ${x}'''", "as it is ${x}"),
    ],
)
def test_expressions_are_worth_what_the_language_says(tmp_path, expression, value):
    """A rule that is evaluated wrongly is no test of the rule."""
    assert value_of(tmp_path, expression) == value


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("nothing", "there is no nothing"),
        ("{ a: 1 }.b", "'b' is not in"),
        ("uriComponent('a')", "uriComponent is not known"),
        ("'a' ? 1 : 2", "no condition"),
        ("[1, 2", "expected"),
        ("'open", "does not end"),
        ("1 +", "expected"),
        ("1 2", "follows"),
    ],
)
def test_what_is_wrong_or_unknown_is_an_error(tmp_path, expression, complaint):
    """Never a value that somebody made up."""
    with pytest.raises((BicepError, IndexError), match=complaint):
        value_of(tmp_path, expression)


def deploy(path: Path) -> None:
    """All of it, with its outputs."""
    deployment = Deployment(path, {})
    list(deployment.resources())
    deployment.outputs()


MODULE = "param needed string\noutput given string = needed\n"


@pytest.mark.parametrize(
    ("use", "complaint"),
    [
        ("module it 'module.bicep' = { params: {} }", "needs the parameter needed"),
        ("module it 'module.bicep' = { params: { needed: 'a', more: 1 } }", "has no parameter"),
        (
            "module it 'module.bicep' = { params: { needed: 'a' } }\n"
            "output o string = it.outputs.x",
            "has no output x",
        ),
        (
            "module it 'module.bicep' = if (false) { params: { needed: 'a' } }\n"
            "output o string = it.outputs.given",
            "which is not deployed",
        ),
    ],
)
def test_modules_and_their_users_have_to_agree(tmp_path, use, complaint):
    """Resource Manager would tell in the middle of a deployment."""
    (tmp_path / "module.bicep").write_text(MODULE)
    (tmp_path / "main.bicep").write_text(use + "\n")

    with pytest.raises(BicepError, match=complaint):
        deploy(tmp_path / "main.bicep")


def test_a_resource_is_found_under_its_id_and_inside_of_its_parent(tmp_path):
    """Scopes of roles and targets of subscriptions are compared by it."""
    (tmp_path / "main.bicep").write_text(
        "resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {\n"
        "  name: 'st'\n"
        "  resource blobs 'blobServices' existing = {\n"
        "    name: 'default'\n"
        "  }\n"
        "}\n"
        "resource lock 'Microsoft.Authorization/locks@2020-05-01' = {\n"
        "  name: 'keep'\n"
        "  scope: account::blobs\n"
        "}\n"
    )

    (lock,) = Deployment(tmp_path / "main.bicep", {}).resources()

    inside = "/providers/Microsoft.Storage/storageAccounts/st/blobServices/default"
    assert lock.id.endswith(f"{inside}/providers/Microsoft.Authorization/locks/keep")
