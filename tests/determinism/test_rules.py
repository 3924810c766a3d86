from pathlib import Path

import pytest

from determinism.rules import RULES, table

HEAD = "import azure.durable_functions as df\napp = df.DFApp()\n"
TRIGGER = "@app.orchestration_trigger(context_name='context')\n"

# Rule, module-level code, and a line of the orchestrator; `!` marks where the finding must be.
FAULTS = [
    ("DET001", "import datetime as dt", "x = dt.datetime.now()"),
    ("DET001", "from time import time as now", "x = now()"),
    ("DET001", "from datetime import date", "x = date.today()"),
    ("DET001", "from datetime import datetime\nnow = datetime.utcnow", "x = now()"),
    ("DET001", "import time\nSTARTED = time.time()", "x = STARTED"),
    ("DET001", "import time\ndef stamp(at=time.time()): return at", "x = stamp()"),
    ("DET001", "import time", "import time as t; x = t.monotonic()"),
    ("DET001", "import time", "x = time.strftime('%Y')"),
    ("DET002", "import random", "x = list(map(random.choice, [[1]]))"),
    ("DET002", "import random", "x = random.Random().random()"),
    ("DET002", "import os", "x = os.urandom(4)"),
    ("DET002", "import numpy as np", "x = np.random.rand()"),
    ("DET002", "from secrets import token_hex", "x = token_hex()"),
    ("DET003", "import uuid", "x = uuid.uuid4()"),
    (
        "DET003",
        "from dataclasses import dataclass, field\nfrom uuid import uuid4\n"
        "@dataclass\nclass Item:\n    id: object = field(default_factory=uuid4)",
        "x = Item()",
    ),
    ("DET004", "import os", "x = os.environ['A']"),
    ("DET004", "import os\nLIMIT = int(os.getenv('A', '1'))", "x = LIMIT"),
    ("DET005", "", "x = open('a').read()"),
    ("DET005", "from pathlib import Path", "x = (Path('a') / 'b').read_text()"),
    ("DET005", "import requests", "x = requests.get('http://a')"),
    ("DET005", "from azure.cosmos import CosmosClient", "x = CosmosClient('a')"),
    ("DET005", "import os", "x = sorted(os.listdir('.'))"),
    ("DET006", "", "print('a')"),
    ("DET006", "import logging\nlog = logging.getLogger(__name__)", "log.info('a')"),
    ("DET006", "import logging", "logging.info('a')"),
    ("DET007", "", "async def inner(): pass"),
    ("DET008", "import threading", "threading.Thread().start()"),
    ("DET008", "from concurrent.futures import ThreadPoolExecutor", "x = ThreadPoolExecutor()"),
    ("DET009", "import time", "time.sleep(1)"),
    ("DET010", "SEEN = []", "SEEN.append(1)"),
    ("DET010", "SEEN = {}\ndef other(): SEEN['a'] = 1", "x = SEEN"),
    ("DET010", "import itertools\nIDS = itertools.count()", "x = next(IDS)"),
    ("DET010", "SEEN = []\ndef add(to): to.append(1)", "add(SEEN)"),
    ("DET010", "def add(to=[]): to.append(1)", "add()"),
    ("DET010", "class A:\n    seen = []\n    def add(self): self.seen.append(1)", "A().add()"),
    ("DET011", "N = 0", "global N; N = 1"),
    ("DET012", "", "x = [n for n in {'a', 'b'}]"),
    ("DET012", "", "x = set('ab'); y = list(x | {'c'})"),
    ("DET012", "", "x: frozenset[str] = frozenset('ab'); y = ','.join(x)"),
    ("DET012", "", "x = {'a'}; y = x.pop()"),
    ("DET013", "", "x = hash('a')"),
    ("DET014", "", "context.call_activity('a')"),
    ("DET014", "", "never = context.call_activity('a')"),
    ("DET014", "def steps(context): yield context.call_activity('a')", "steps(context)"),
    ("DET015", "", "yield [context.call_activity('a')]"),
    ("DET015", "", "x = yield context.get_input()"),
    ("DET015", "def steps(context): yield context.call_activity('a')", "yield steps(context)"),
    ("DET090", "import unheard_of", "x = unheard_of.compute()"),
    ("DET098", "import time", "x = 1  # determinism: ignore[DET001]"),
    ("DET098", "import time", "x = 1  # determinism: ignore[DET777] because"),
    ("DET099", "import time", "x = 1  # determinism: ignore[DET001] because"),
]

FINE = [
    ("import random", "x = random.Random(context.instance_id).random()"),
    ("import uuid", "x = uuid.uuid5(uuid.NAMESPACE_DNS, 'a'); y = context.new_uuid()"),
    ("TABLE = {'a': 1}", "x = TABLE['a']"),
    ("import re\nP = re.compile('a')", "x = P.search('a')"),
    ("from typing import Final\nNAMES: Final = ['a']", "x = list(NAMES)"),
    ("from types import MappingProxyType\nT = MappingProxyType({'a': 1})", "x = T['a']"),
    ("", "x = sorted({'a', 'b'}); y = 'a' in {'a'}; z = len({'a'})"),
    ("", "x = set('ab'); x = sorted(x); y = [n for n in x]"),
    ("", "x = sorted(n for n in {'a', 'b'})"),
    ("import logging", "if not context.is_replaying: logging.info('a')"),
    ("", "if not context.is_replaying: print('a')"),
    ("import json, math, zlib", "x = json.dumps(math.floor(zlib.crc32(b'a')))"),
    ("from datetime import datetime, timedelta", "x = datetime(2020, 1, 1) + timedelta(1)"),
    ("from pathlib import PurePosixPath", "x = PurePosixPath('a') / 'b'"),
    ("import time", "x = time.time()  # determinism: ignore[DET001] shown to people only"),
    ("", "context.signal_entity(df.EntityId('a', 'b'), 'add'); context.set_custom_status('a')"),
    ("def steps(context): yield context.call_activity('a')", "yield from steps(context)"),
    ("import time\ndef unused(): return time.time()", "x = 1"),
]


def app(module: str, line: str) -> str:
    """An app whose orchestrator has *line*, which is its last but one."""
    return (
        f"{HEAD}{module}\n{TRIGGER}def orchestrate(context):\n    {line}\n"
        "    yield context.call_activity('end')\n"
    )


@pytest.mark.parametrize(("rule", "module", "line"), FAULTS)
def test_a_fault_is_found_on_its_line(check, rule, module, line):
    """A checker that misses a kind of fault gives false peace."""
    source = app(module, line)

    findings = check(function_app=source)

    expected = source.count("\n") - 1
    at_default = "=[]" in module or ("at=" in module)
    assert any(f.rule == rule and (at_default or f.line == expected) for f in findings), findings


@pytest.mark.parametrize(("module", "line"), FINE)
def test_what_replays_the_same_is_not_flagged(check, module, line):
    """A checker that cries wolf is switched off."""
    assert check(function_app=app(module, line)) == []


@pytest.mark.parametrize("handler", ["except:", "except BaseException:"])
def test_a_swallowed_generator_exit_is_found(check, handler):
    """An abandoned orchestrator that goes on runs its code a second time."""
    source = (
        f"{HEAD}{TRIGGER}def orchestrate(context):\n    try:\n"
        f"        yield context.call_activity('a')\n    {handler}\n        pass\n"
    )

    assert [(f.rule, f.line) for f in check(function_app=source)] == [("DET016", 7)]


def test_an_async_orchestrator_is_found(check):
    """Newcomers write the async def that activities allow."""
    source = f"{HEAD}{TRIGGER}async def orchestrate(context):\n    await context.df.call()\n"

    assert {(f.rule, f.line) for f in check(function_app=source)} == {("DET007", 4), ("DET007", 5)}


def test_every_rule_has_a_planted_fault():
    """A rule nobody ever saw fire may not work."""
    assert {rule for rule, *_ in FAULTS} | {"DET016"} == set(RULES)


def test_the_documented_rules_are_those_of_the_code():
    """What a user looks up must be what the check says."""
    docs = Path(__file__).parents[2] / "docs" / "determinism.md"

    assert table() in docs.read_text()


def test_calls_are_followed_through_modules_and_the_way_is_told(check):
    """The clock hides two modules away as easily as in the next line."""
    findings = check(
        function_app=f"{HEAD}from lib.a import one\n{TRIGGER}def orchestrate(context):\n"
        "    x = one()\n    yield context.call_activity('a')\n",
        lib__a="from lib.b import two\ndef one(): return two()\n",
        lib__b="from datetime import datetime\ndef two(): return datetime.now()\n",
    )

    assert [(f.rule, f.line) for f in findings] == [("DET001", 6)]
    assert "orchestrate -> one -> two -> datetime.datetime.now (b.py:2)" in findings[0].message
    assert "use context.current_utc_datetime instead" in findings[0].message
