"""What the host and a worker process say to each other.

A worker begins with Hello. The host sends Load once, which Loaded or LoadFailed answers, and then
Invoke and Cancel; one Returned or Raised answers each Invoke that was not cancelled, or Forgotten,
after which the host sends it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from azure.functions.meta import Datum

from emulators.functions_host.functions import LoadedFunction

INVOCATION_HEADER = "x-emulator-invocation"
"""What a streamed request tells a worker: function, route values, inputs, and the secret (JSON)."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A worker is there."""


@dataclass(frozen=True, slots=True)
class Load:
    """Import the app in *app_directory* and say what functions it has.

    *only*, in lower case, are the ones that host.json lets through; None lets all.
    """

    app_directory: str
    log_levels: Mapping[str, str]
    colour: bool
    only: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The app's functions, and where those with HTTP streams are served."""

    functions: Sequence[LoadedFunction]
    stream_port: int = 0


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The app cannot be loaded, and why."""

    message: str


@dataclass(frozen=True, slots=True)
class RetryContext:
    """``context.retry_context``: which run this is, and why there was another before."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class Invoke:
    """Run *function* with *inputs*, one Datum for each of its input parameters.

    The value of one may be Continued, of which the worker has the beginning.
    """

    id: int
    function: str
    inputs: Mapping[str, Datum]
    metadata: Mapping[str, Datum]
    retry: RetryContext


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for the invocation *id* any more."""

    id: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The worker has not kept what an input of the invocation *id* goes on from."""

    id: int


@dataclass(frozen=True, slots=True)
class Returned:
    """A function returned *value*, a Datum without type if it has no return value.

    *outputs* are what it set on its ``func.Out`` parameters.
    """

    id: int
    value: Datum
    outputs: Mapping[str, Datum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raised:
    """A function raised: ``TypeName: message`` and the traceback of the user's frames."""

    id: int
    exception: str
    stack: str
