"""Documentation that drifts from the code is worse than none."""

import inspect
import re
from pathlib import Path

import pytest

from shared.domain import errors
from shared.settings import Settings
from tests.events_schema import TYPES


def rows_of(page: str) -> set[str]:
    """The first code of each table row of a page."""
    return set(re.findall(r"^\| `([^`]+)`", Path(page).read_text(), flags=re.MULTILINE))


def problem_codes() -> set[str]:
    """Every code that an HTTP answer may have: of domain errors, and of requests."""
    domain = {
        kind.code
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, (errors.Invalid, errors.Missing, errors.Conflict, errors.Transient))
        and not kind.__subclasses__()
    }
    sources = "".join(path.read_text() for path in Path("triggers/http").glob("*.py"))
    named = r'(?:BadRequest|_bad_key|_bad_path|_document)\(\s*(?:\d+,\s*)?"([a-z-]+)"'
    return domain | set(re.findall(named, sources))


def test_every_problem_type_is_documented_and_no_other():
    """Clients branch on these."""
    documented = {row for row in rows_of("docs/api.md") if "-" in row and "/" not in row}

    assert documented == problem_codes()


def test_every_event_that_is_published_is_documented():
    """Whoever subscribes reads the page first, and filters by these."""
    assert set(TYPES) <= rows_of("docs/events/README.md")


def test_every_setting_is_documented():
    """Whoever deploys reads the page, not the class."""
    aliases = {field.alias for field in Settings.model_fields.values() if field.alias}
    plain = {name.upper() for name, field in Settings.model_fields.items() if not field.alias}

    assert plain | aliases <= rows_of("docs/settings.md")


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_earns_its_place(file):
    """One line each, or it goes."""
    packages = set(re.findall(r"^[a-z][a-z0-9-]*", Path(file).read_text(), flags=re.MULTILINE))

    assert packages <= rows_of("docs/dependencies.md")


def test_links_between_pages_lead_somewhere():
    """A dead link ends the search of a newcomer."""
    pages = [*Path().glob("*.md"), *Path("docs").rglob("*.md"), *Path("emulators").glob("*/*.md")]
    dead = [
        f"{page}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert not dead
