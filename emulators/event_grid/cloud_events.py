"""CloudEvents 1.0 over HTTP: in batches, single ones as JSON, single ones in headers.

Sources: https://github.com/cloudevents/spec, ``formats/json-format.md`` and
``bindings/http-protocol-binding.md``.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from emulators.event_grid.errors import ContentTypeError, InvalidEventsError
from emulators.event_grid.events import Document, Event, is_time, parse_json

BATCH: Final = "application/cloudevents-batch+json"
SINGLE: Final = "application/cloudevents+json"
JSON: Final = "application/json"
_HEADER: Final = "ce-"
_REQUIRED: Final = ("specversion", "id", "source", "type")
_TEXTS: Final = ("subject", "datacontenttype", "dataschema")
_DATA: Final = ("data", "data_base64")
_NAME: Final = re.compile(r"[a-z0-9]+")


def parse(content_type: str, headers: Mapping[str, str], body: bytes) -> list[Event]:
    """The events of a request, in whichever of the three ways it has them.

    Raises:
        InvalidEventsError: one of them is wrong; the message names what.
        ContentTypeError: no CloudEvents come as this type.
    """
    if _HEADER + "specversion" in headers:
        documents = [_from_headers(content_type, headers, body)]
    elif content_type == BATCH:
        documents = _array(parse_json(body))
    elif content_type in (SINGLE, JSON):
        documents = [parse_json(body)]
    else:
        raise ContentTypeError(content_type)
    return [Event.of(_checked(document), "type") for document in documents]


def _array(document: Any) -> list[Any]:
    if not isinstance(document, list) or not document:
        raise _unfit("The JSON received is no array of at least one event.")
    return document


def _unfit(why: str) -> InvalidEventsError:
    return InvalidEventsError(
        f"This resource is configured to receive event in 'CloudEventV10' schema. {why}"
    )


def _from_headers(content_type: str, headers: Mapping[str, str], body: bytes) -> Document:
    document: Document = {
        name.lower().removeprefix(_HEADER): unquote(value)
        for name, value in headers.items()
        if name.lower().startswith(_HEADER)
    }
    if content_type:
        document["datacontenttype"] = headers.get("Content-Type", content_type)
    if not body:
        return document
    if content_type == JSON or content_type.endswith("+json"):
        return {**document, "data": parse_json(body)}
    if content_type.startswith("text/"):
        return {**document, "data": body.decode(errors="replace")}
    return {**document, "data_base64": base64.b64encode(body).decode()}


def _checked(document: Any) -> Document:
    if not isinstance(document, dict):
        raise _unfit("The JSON received is no object.")
    # An attribute that is null is one that is left out; data may be null.
    event = {name: value for name, value in document.items() if value is not None or name == "data"}
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidEventsError(
                "This resource is configured for 'CloudEventV10' schema and requires"
                f" '{name}' property to be set to a text."
            )
    if event["specversion"] != "1.0":
        raise InvalidEventsError(f"specversion '{event['specversion']}' is not '1.0'.")
    for name in event:
        if name not in _DATA:
            _check_attribute(name, event[name])
    _check_data(event)
    return event


def _check_attribute(name: str, value: Any) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidEventsError(
            f"'{name}' is no attribute: their names have lower-case letters and digits only."
        )
    if isinstance(value, dict | list | float):
        raise InvalidEventsError(f"{name}: {json.dumps(value)[:80]} is no value of an attribute.")
    if name in _TEXTS and (not isinstance(value, str) or not value):
        raise InvalidEventsError(f"{name}: must be a text that is not empty.")
    if name == "time" and not is_time(value):
        raise InvalidEventsError(f"time: '{value}' is no time.")


def _check_data(event: Document) -> None:
    if "data_base64" not in event:
        return
    if "data" in event:
        raise InvalidEventsError("An event has data or data_base64, not both.")
    try:
        base64.b64decode(event["data_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InvalidEventsError(f"data_base64 is not base64: {error}") from error
