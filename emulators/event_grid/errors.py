"""The errors Event Grid answers with, and those that stop the emulator's start.

ServiceError
├── UnauthorizedError      401
├── TopicNotFoundError     404
├── InvalidEventsError     400  one event is wrong, so none of the request is accepted
├── ContentTypeError       415
├── TooLargeError          413
├── NotSupportedError      501  the service can do this, the emulator cannot
└── ServiceFaultError      4xx, 5xx  shown on demand (``/_emulator/faults``)

StartError       the emulator cannot start
├── ConfigError      the configuration file makes no sense
└── StateInUseError  another emulator works with the same state
"""

from http import HTTPStatus
from typing import Any


class ServiceError(Exception):
    """A refusal; *code* is the general one, *detail* the particular one, both as the service's."""

    status = 400
    code = "BadRequest"
    detail = "InputJsonInvalid"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        details = [{"code": self.detail, "message": self.message}]
        return {"error": {"code": self.code, "message": self.message, "details": details}}


class UnauthorizedError(ServiceError):
    """The request does not prove that its sender knows the topic's key."""

    status = 401
    code = detail = "Unauthorized"


class TopicNotFoundError(ServiceError):
    """No topic has that name."""

    status = 404
    code = detail = "ResourceNotFound"

    def __init__(self, topic: str) -> None:
        super().__init__(f"There is no topic '{topic}'.")


class InvalidEventsError(ServiceError):
    """The body holds something that is no event of the topic's schema."""


class ContentTypeError(ServiceError):
    """The body is of a type that holds no events."""

    status = 415
    code = "UnsupportedMediaType"
    detail = "InvalidContentType"

    def __init__(self, content_type: str) -> None:
        super().__init__(f"A body of type '{content_type}' holds no events.")


class TooLargeError(ServiceError):
    """The request is larger than the service takes."""

    status = 413
    code = detail = "PayloadTooLarge"


class NotSupportedError(ServiceError):
    """The service can do this and the emulator cannot: the message names what."""

    status = 501
    code = detail = "NotImplemented"

    def __init__(self, what: str) -> None:
        super().__init__(f"emulators.event_grid does not support {what}")


class ServiceFaultError(ServiceError):
    """The service itself is in trouble, because a fault asked for it."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.code = self.detail = _code(status)
        super().__init__(f"An injected fault of emulators.event_grid, status {status}.")


def _code(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.title().replace(" ", "")
    except ValueError:
        return "Fault"


class StartError(Exception):
    """What keeps the emulator from starting; the message is for people."""


class StateInUseError(StartError):
    """Two emulators on one state would deliver and delete each other's events."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the state in {state} is in use by another emulator")


class ConfigError(StartError):
    """The configuration cannot be used; the message names each thing that is wrong."""
