"""What a parameter named ``context`` receives."""

import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from azure import functions as func

from emulators.functions_host.functions import UserFunction
from emulators.functions_host.messages import RetryContext


@dataclass(frozen=True, slots=True)
class TraceContext:
    """``context.trace_context``: a trace of the invocation's own, as W3C Trace Context has it."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def Traceparent(self) -> str:  # noqa: N802  # the deprecated names
        return self.trace_parent

    @property
    def Tracestate(self) -> str:  # noqa: N802
        return self.trace_state

    @property
    def Attributes(self) -> dict[str, str]:  # noqa: N802
        return self.attributes


class Context(func.Context):
    """One invocation, as its function sees it."""

    def __init__(self, function: UserFunction, retry: RetryContext) -> None:
        self._function = function
        self._retry = retry
        self._id = uuid.uuid4()
        self._thread_local = threading.local()

    @property
    def invocation_id(self) -> str:
        return str(self._id)

    @property
    def thread_local_storage(self) -> Any:
        return self._thread_local

    @property
    def function_name(self) -> str:
        return self._function.loaded.name

    @property
    def function_directory(self) -> str:
        return self._function.directory

    @property
    def trace_context(self) -> Any:
        # Nothing is sampled: there is no collector to send spans to.
        return TraceContext(f"00-{self._id.hex}-{self._id.hex[:16]}-00")

    @property
    def retry_context(self) -> Any:
        return self._retry
