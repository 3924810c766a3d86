"""What docs/events/ promises to those who send events is what is taken in."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from devstack.event_schemas import file_of, text_of
from shared.application.events.messages import MESSAGES, schema_id
from shared.application.events.understanding import Event, Understanding
from tests.events import SOURCE

PAGE = Path("docs/events/README.md")
BLOCKS = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.S))
EXAMPLES = [event for event in BLOCKS if (event.get("type") or event["eventType"]) in MESSAGES]


@pytest.mark.parametrize("event_type", MESSAGES)
def test_the_published_schema_is_that_of_the_code(event_type):
    """`python -m devstack.event_schemas` writes it anew."""
    assert file_of(event_type).read_text() == text_of(event_type)


@pytest.mark.parametrize("event_type", MESSAGES)
def test_every_published_schema_is_one_and_has_its_page(event_type):
    """Senders validate with it, and name it as `dataschema`."""
    schema = json.loads(file_of(event_type).read_text())

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == schema_id(event_type)
    assert f"| `{event_type}` | [schema]({file_of(event_type).name})" in PAGE.read_text()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_valid_and_are_understood(example: dict[str, Any]):
    """They are what people copy."""
    now = datetime.fromisoformat(example.get("time") or example["eventTime"])
    schema = json.loads(file_of(example.get("type") or example["eventType"]).read_text())

    event = Understanding(frozenset({SOURCE}), lambda: now).one(json.dumps(example).encode())

    assert isinstance(event, Event)
    Draft202012Validator(schema).validate(example["data"])


def test_every_reason_that_intake_gives_is_explained():
    """The person on call looks it up there."""
    sources = "".join(path.read_text() for path in Path("shared/application/events").glob("*.py"))
    reasons = set(re.findall(r'MalformedEvent\(\s*"([a-z-]+)"', sources))

    assert reasons
    assert reasons <= set(re.findall(r"`([a-z-]+)`", PAGE.read_text()))
