"""The two envelopes that events arrive in, read as one.

Sources: CloudEvents 1.0 (JSON event format), and the Event Grid event schema.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.application.json_elements import elements, is_array
from shared.application.submission import PRINTABLE
from shared.domain.errors import MalformedEvent

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_024, pattern=PRINTABLE)]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who says what, and when; ``data`` is not looked at yet."""

    id: str
    source: str
    type: str
    version: str
    """Of the data: a number, or the URI of a schema. Empty when the sender does not say."""
    time: datetime | None
    data: Any


class _CloudEvent(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"]
    id: Text
    source: Text
    type: Text
    time: AwareDatetime | None = None
    dataschema: Text | None = None
    data: Any = None
    data_base64: str | None = None

    def envelope(self) -> Envelope:
        data = self.data if self.data_base64 is None else _decoded(self.data_base64)
        return Envelope(self.id, self.source, self.type, self.dataschema or "", self.time, data)


class _EventGridEvent(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Text
    topic: Text
    subject: Annotated[str, Field(max_length=1_024)]
    event_type: Annotated[Text, Field(alias="eventType")]
    event_time: Annotated[AwareDatetime, Field(alias="eventTime")]
    data_version: Annotated[str, Field(alias="dataVersion", max_length=64)] = ""
    data: Any = None

    def envelope(self) -> Envelope:
        version = self.data_version
        return Envelope(self.id, self.topic, self.event_type, version, self.event_time, self.data)


def split(text: str) -> Iterator[str]:
    """The text of each event of a delivery, exactly as it stands there.

    Raises:
        MalformedEvent: the delivery as a whole is no JSON.
    """
    if not is_array(text):
        yield text
        return
    try:
        for _, element in elements(text):
            yield element
    except ValueError as error:
        raise MalformedEvent("not-json", str(error)) from None


def read(text: str) -> Envelope:
    """The envelope of one event.

    Raises:
        MalformedEvent: it is in neither shape; the message names what is wrong.
    """
    event = _json(text)
    if not isinstance(event, Mapping):
        raise MalformedEvent("not-an-event", "it is no JSON object")
    if "specversion" in event:
        return _validated(_CloudEvent, event)
    if "eventType" in event:
        return _validated(_EventGridEvent, event)
    detail = "it has neither `specversion` (CloudEvents) nor `eventType` (Event Grid schema)"
    raise MalformedEvent("not-an-event", detail)


def _validated(kind: type[_CloudEvent | _EventGridEvent], event: Mapping[str, Any]) -> Envelope:
    try:
        return kind.model_validate(event).envelope()
    except ValidationError as error:
        raise MalformedEvent("not-an-event", explained(error)) from None


def explained(error: ValidationError) -> str:
    """Which fields are wrong and why; never their values, which may be personal."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    named = [f"{'.'.join(map(str, p['loc'])) or 'all of it'}: {p['msg']}" for p in problems[:10]]
    more = len(problems) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MalformedEvent("not-json", str(error)) from None
    except RecursionError:
        raise MalformedEvent("not-json", "it is nested too deeply") from None


def _decoded(data_base64: str) -> Any:
    try:
        return _json(base64.b64decode(data_base64, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        raise MalformedEvent("not-an-event", "data_base64 is no base64 of JSON text") from None
