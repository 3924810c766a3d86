"""Topics and subscriptions, as the configuration file has them."""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Annotated, Any, Self

from azure.storage.blob import BlobServiceClient
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from yarl import URL

from emulators.event_grid.errors import ConfigError
from emulators.event_grid.filter_config import Filter, check_keys
from emulators.event_grid.schemas import DELIVERIES, EVENT_GRID, DeliverySchema, InputSchema

# Well known and no secret: the key of every topic that has none of its own.
DEFAULT_KEY = "bG9jYWwtZXZlbnQtZ3JpZC1lbXVsYXRvci1rZXk="


def _base64(key: str) -> str:
    b64decode(key, validate=True)
    return key


def _endpoint(url: str) -> str:
    parsed = URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("must be an http:// or https:// address")
    if not url.isascii() or any(character.isspace() for character in url):
        raise ValueError("must be percent-encoded: it has spaces or letters beyond ASCII")
    return url


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_default=True
    )


class RetryPolicy(_Part):
    """When to give an event up, whichever comes first."""

    max_delivery_attempts: int = Field(30, ge=1, le=30)
    event_time_to_live_in_minutes: int = Field(1440, ge=1, le=1440)


class Batching(_Part):
    """How many events, and about how many kilobytes, go into one request."""

    max_events_per_batch: int = Field(1, ge=1, le=5000)
    preferred_batch_size_in_kilobytes: int = Field(64, ge=1, le=1024)


class DeadLetter(_Part):
    """The blob container that undeliverable events go to."""

    connection_string: str
    container: str = Field(pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")

    @model_validator(mode="after")
    def _opens(self) -> Self:
        BlobServiceClient.from_connection_string(self.connection_string).close()
        return self


def _header_names(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise ValueError(f"{name!r} cannot be the name of a header")
        if name.lower().startswith("aeg-"):
            raise ValueError(f"{name!r}: headers that begin with aeg- are the service's own")
        if len(value.encode()) > 4096 or not value.isprintable():
            raise ValueError(f"{name!r}: a value has at most 4096 bytes, on one line")
    return headers


class Subscription(_Part):
    """Who gets which events of a topic, and how."""

    name: str = Field(pattern=r"^[A-Za-z0-9-]{3,64}$")
    endpoint: Annotated[str, AfterValidator(_endpoint)]
    event_delivery_schema: DeliverySchema | None = None
    filter: Filter = Filter()
    retry_policy: RetryPolicy = RetryPolicy()
    batching: Batching = Batching()
    dead_letter: DeadLetter | None = None
    delivery_headers: Annotated[
        dict[str, str], Field(max_length=10), AfterValidator(_header_names)
    ] = {}


class Topic(_Part):
    """Where events are published."""

    name: str = Field(pattern=r"^[A-Za-z0-9-]{3,50}$")
    key: Annotated[str, AfterValidator(_base64)] = DEFAULT_KEY
    input_schema: InputSchema = EVENT_GRID
    subscriptions: tuple[Subscription, ...] = ()

    @model_validator(mode="after")
    def _subscriptions_fit(self) -> Self:
        _refuse_twins([subscription.name for subscription in self.subscriptions])
        for subscription in self.subscriptions:
            delivery = subscription.event_delivery_schema
            if delivery and delivery not in DELIVERIES[self.input_schema]:
                raise ValueError(
                    f"subscription {subscription.name!r}: events of a topic with inputSchema"
                    f" {self.input_schema} cannot be delivered as {delivery}"
                )
            check_keys(subscription.filter, self.input_schema, subscription.name)
        return self

    def delivery_schema(self, subscription: Subscription) -> DeliverySchema:
        """The schema *subscription* gets events in."""
        return subscription.event_delivery_schema or DELIVERIES[self.input_schema][0]


class Config(_Part):
    """Everything the emulator serves."""

    topics: tuple[Topic, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _refuse_twins([topic.name for topic in self.topics])
        return self


def _refuse_twins(names: list[str]) -> None:
    lower = [name.lower() for name in names]
    for name in names:
        if lower.count(name.lower()) > 1:
            raise ValueError(f"the name {name!r} is there twice")


def read_config(path: Path) -> Config:
    """The configuration in the file *path*.

    Raises:
        ConfigError: it cannot be read or makes no sense; the message says where and why.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        return parse_config(document)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_config(document: Any) -> Config:
    """The configuration that *document* describes.

    Raises:
        ConfigError: it makes no sense; the message says where and why.
    """
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        problems = [f"{_place(e['loc'])}: {e['msg']}" for e in error.errors()]
        raise ConfigError("; ".join(problems)) from error


def _place(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "the whole"
