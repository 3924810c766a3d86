import shutil
from pathlib import Path

import pytest

from determinism.command import check_paths

ROOT = Path(__file__).parents[2]

# Rule, and what is planted as the first statement of the function in the file.
PLANTS = [
    ("DET001", "import datetime; datetime.datetime.now()"),
    ("DET001", "from time import perf_counter as now; now()"),
    ("DET002", "import random; random.random()"),
    ("DET002", "import secrets; secrets.token_hex()"),
    ("DET003", "import uuid; uuid.uuid4()"),
    ("DET003", "from uuid import uuid1 as fresh; fresh()"),
    ("DET004", "import os; os.environ.get('A')"),
    ("DET004", "from os import getenv; getenv('A')"),
    ("DET005", "open('a')"),
    ("DET005", "import urllib.request; urllib.request.urlopen('http://a')"),
    ("DET005", "import subprocess; subprocess.run(['a'])"),
    ("DET006", "print('a')"),
    ("DET007", "async def inner(): pass"),
    ("DET008", "import threading; threading.Thread()"),
    ("DET009", "import time; time.sleep(1)"),
    ("DET011", "global WAITING; WAITING = ''"),
    ("DET012", "list({'a', 'b'})"),
    ("DET013", "hash('a')"),
    ("DET090", "import unheard_of; unheard_of.go()"),
]
PLACES = [
    ("await_event.py", "    event = cast(AwaitEvent"),
    ("saga.py", "        failed: list[str] = []"),
    ("retries.py", "    attempt, postponed = 1, 0"),
]


@pytest.fixture
def orchestrations(tmp_path) -> Path:
    """A copy of the real orchestrations, with the modules they import."""
    for folder in ("orchestrations", "shared"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return Path(tmp_path / "orchestrations")


def test_our_own_orchestrations_are_clean(monkeypatch):
    """The check is part of lint: it must be silent about what is right."""
    monkeypatch.chdir(ROOT)

    assert check_paths([Path("function_app.py"), Path("orchestrations")]) == []


@pytest.mark.parametrize(("file", "anchor"), PLACES)
@pytest.mark.parametrize(("rule", "plant"), PLANTS)
def test_a_planted_fault_is_caught_where_it_is(orchestrations, rule, plant, file, anchor):
    """The real sagas must not lose their determinism unnoticed."""
    lines = (orchestrations / file).read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(anchor))
    indent = " " * (len(anchor) - len(anchor.lstrip()))
    lines.insert(at, indent + plant)
    (orchestrations / file).write_text("\n".join(lines))

    findings = check_paths([orchestrations])

    assert (rule, file, at + 1) in {(f.rule, f.path.name, f.line) for f in findings}


def test_a_fault_in_a_plain_function_is_caught_at_its_call(orchestrations):
    """Helpers do not yield, so only the calls of orchestrators show that they matter."""
    file = orchestrations / "retries.py"
    planted = "    import time; time.time()\n    return _PERMANENT"
    file.write_text(file.read_text().replace("    return _PERMANENT", planted))

    findings = check_paths([orchestrations])

    assert [f.rule for f in findings] == ["DET001"]
    assert "call_activity -> _is_permanent -> time.time" in findings[0].message
