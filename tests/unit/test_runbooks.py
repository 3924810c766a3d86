"""A runbook that names what is not there costs the minutes that it was to save."""

import re
from pathlib import Path

import pytest

import dev
from shared.settings import Settings

FOLDER = Path("docs/runbooks")
PAGES = sorted(set(FOLDER.glob("*.md")) - {FOLDER / "README.md"})
PARTS = ("You see", "Look first", "It means", "Do", "It is over", "Call somebody")
SOURCES = [
    path for folder in ("triggers", "shared", "activities") for path in Path(folder).rglob("*.py")
]


def page_id(page: Path) -> str:
    """What a failure names."""
    return page.stem


every_page = pytest.mark.parametrize("page", PAGES, ids=page_id)


def routes() -> list[re.Pattern[str]]:
    """Every route of the app."""
    found = re.findall(r'app\.route\("([^"]+)"', Path("function_app.py").read_text())
    return [re.compile(re.sub(r"\{\w+\}", "[^/]+", route)) for route in found]


def named_routes(text: str) -> set[str]:
    """Paths below /api, and those that follow a method."""
    behind_method = re.findall(r"\b(?:GET|PUT|POST|DELETE) /(?!api/)([\w/{}-]+)", text)
    below_api = re.findall(r"/api/([\w/{}-]+)", text)
    return {path.rstrip("/") for path in [*behind_method, *below_api]}


@every_page
def test_every_part_is_there_in_its_order(page):
    """Who is tired looks at the same place on each page."""
    text = page.read_text()

    places = [text.find(f"**{part}") for part in PARTS]

    assert -1 not in places
    assert places == sorted(places)


@every_page
def test_every_route_exists(page):
    """404 at night is a second incident."""
    known = routes()

    missing = [
        path
        for path in named_routes(page.read_text())
        if not any(route.fullmatch(path) for route in known)
    ]

    assert not missing


@every_page
def test_every_command_of_ours_exists(page):
    """With the options that are shown."""
    commands = re.findall(r"python3 dev\.py ([\w-]+)", page.read_text())
    scripts = re.findall(r"python3 (infra/\S+\.py)", page.read_text())

    assert set(commands) <= dev.NEEDS_AZURITE | dev.NEED_NO_AZURITE
    assert all(Path(script).is_file() for script in scripts)


@every_page
def test_every_line_of_the_log_that_a_query_looks_for_is_logged(page):
    """A query for a name that nobody logs finds nothing, and says that all is well."""
    queries = "".join(re.findall(r"```kusto\n(.*?)```", page.read_text(), re.DOTALL))
    names = set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', queries))
    logged = "".join(path.read_text() for path in SOURCES)

    assert [name for name in names if f'"{name}"' not in logged] == []


def test_every_page_is_in_the_list():
    """Nobody looks through a folder at night."""
    listed = re.findall(r"\]\((\w[\w-]*\.md)\)", (FOLDER / "README.md").read_text())

    assert sorted({*listed}) == [page.name for page in PAGES]


def test_settings_that_are_named_exist():
    """A misspelt setting changes nothing."""
    aliases = {field.alias for field in Settings.model_fields.values() if field.alias}
    settings = {name.upper() for name in Settings.model_fields} | aliases
    settings |= set(
        re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", Path("infra/bicep/function-app.bicep").read_text())
    )
    named = {
        name
        for page in PAGES
        for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", page.read_text())
        if page.stem != "README"
    }

    assert named - settings <= {"COSMOS_FEED"}
