"""``python -m devstack.event_schemas``: writes docs/events/ from what the app takes in."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from devstack.services import ROOT
from shared.application.events.messages import MESSAGES, schema_id

FOLDER = ROOT / "docs" / "events"


class _WithoutTitles(GenerateJsonSchema):
    """Names of fields need no second spelling."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def schema(event_type: str) -> dict[str, Any]:
    """The JSON Schema of the ``data`` of an event."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(event_type),
        **MESSAGES[event_type].model_json_schema(schema_generator=_WithoutTitles),
        "title": event_type,
    }


def file_of(event_type: str) -> Path:
    """Where the schema of an event is published."""
    return FOLDER / f"{event_type}.v1.schema.json"


def text_of(event_type: str) -> str:
    """What the file holds."""
    return json.dumps(schema(event_type), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in MESSAGES:
        file_of(name).write_text(text_of(name), encoding="utf-8")
