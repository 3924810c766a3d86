"""What the service refuses, and how it says so.

CosmosError
├── BadRequest            400   ├── PartitionKeyMismatch  400/1001
│                               ├── NeedsQueryPlan        400/1004
│                               └── StaleContainer        400/1024
├── Unauthorized          401
├── NotFound              404   └── OwnerNotFound         404/1003
├── Conflict              409
├── RangeGone             410/1002
├── PreconditionFailed    412
├── TooLarge              413
├── TooManyRequests       429/3200
└── Unsupported           501
"""

import json

MISSED_CHARGE = 1.24
"""Request units of an operation that changed nothing, because it was refused."""


class CosmosError(Exception):
    """An answer that is an error; *charge* is what finding out cost."""

    status = 500
    sub_status = 0
    code = "InternalServerError"

    def __init__(self, message: str, charge: float = MISSED_CHARGE) -> None:
        super().__init__(message)
        self.message = message
        self.charge = charge

    def body(self, activity_id: str) -> str:
        """The error document of the service; SDKs show its message."""
        errors = json.dumps({"Errors": [self.message]})
        text = f"Message: {errors}\r\nActivityId: {activity_id}, emulators.cosmos"
        return json.dumps({"code": self.code, "message": text})


class BadRequest(CosmosError):
    """The request itself is wrong; repeating it will not help."""

    status = 400
    code = "BadRequest"


class PartitionKeyMismatch(BadRequest):
    """The partition key in the header is not the one in the document."""

    sub_status = 1001

    def __init__(self) -> None:
        super().__init__(
            "Partition key provided either doesn't correspond to definition in the collection or "
            "doesn't match partition key field values specified in the document."
        )


class NeedsQueryPlan(BadRequest):
    """The client must ask for the query's plan, and then each range for its part."""

    sub_status = 1004

    def __init__(self) -> None:
        super().__init__(
            "The provided cross partition query can not be directly served by the gateway; newer "
            "clients ask for its plan."
        )


class StaleContainer(BadRequest):
    """The client's cached container is not the one that has this name now."""

    sub_status = 1024

    def __init__(self) -> None:
        super().__init__("Collection rid provided by the client does not match the collection.")


class CrossPartitionQueryDisabled(BadRequest):
    """The query would have to fan out, and was not allowed to."""

    def __init__(self) -> None:
        super().__init__(
            "Cross partition query is required but disabled. Please set "
            "x-ms-documentdb-query-enablecrosspartition to true, specify "
            "x-ms-documentdb-partitionkey, or revise your query to avoid this exception."
        )


class Unauthorized(CosmosError):
    """Nobody with the account's key signed this request."""

    status = 401
    code = "Unauthorized"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The input authorization token can't serve the request. The wrong key is being used or "
            f"the expected payload is not built as per the protocol: {reason}",
            charge=0,
        )


class NotFound(CosmosError):
    """What the request is about does not exist, or no more."""

    status = 404
    code = "NotFound"

    def __init__(self, message: str = "Resource Not Found.", charge: float = MISSED_CHARGE) -> None:
        super().__init__(message, charge)


class OwnerNotFound(NotFound):
    """The database or container a request is about does not exist."""

    sub_status = 1003

    def __init__(self) -> None:
        super().__init__("Owner resource does not exist")


class Conflict(CosmosError):
    """The id, or a unique key, is taken."""

    status = 409
    code = "Conflict"

    def __init__(self, message: str, charge: float = MISSED_CHARGE) -> None:
        super().__init__(message, charge)


class RangeGone(CosmosError):
    """The container has no such range; the client must read its ranges anew."""

    status = 410
    sub_status = 1002
    code = "Gone"

    def __init__(self) -> None:
        super().__init__("The requested partition key range is not one of the container.")


class PreconditionFailed(CosmosError):
    """The stored version, or its content, is not what the request insists on."""

    status = 412
    code = "PreconditionFailed"

    def __init__(self) -> None:
        super().__init__("One of the specified pre-condition is not met.")


class TooLarge(CosmosError):
    """An item, or a batch, is over 2 MB."""

    status = 413
    code = "RequestEntityTooLarge"

    def __init__(self) -> None:
        super().__init__("RequestEntityTooLarge: Request size is too large")


class TooManyRequests(CosmosError):
    """The container's throughput is used up; the client may come again after a time."""

    status = 429
    sub_status = 3200
    code = "TooManyRequests"

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("The request rate is too large: it is over the throughput.", charge=0.38)
        self.retry_after_ms = retry_after_ms


class Unsupported(CosmosError):
    """The service has it, this emulator has not."""

    status = 501
    code = "NotImplemented"

    def __init__(self, what: str) -> None:
        super().__init__(f"emulators.cosmos does not support {what}", charge=0)
