"""What every HTTP function does around its own work: log, and answer failures as problems."""

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import azure.functions as func
import structlog

from triggers.http.problems import BadRequest, problem

_log = structlog.get_logger("http")

Handler = Callable[..., Awaitable[func.HttpResponse]]


def answering(handler: Handler) -> Handler:
    """Let *handler* raise: its errors become problem documents, and nothing escapes to the host."""

    @wraps(handler)
    async def answered(*args: Any, **kwargs: Any) -> func.HttpResponse:
        began = time.perf_counter()
        try:
            response = await handler(*args, **kwargs)
        except Exception as error:
            response = problem(error)
            _log_failure(error, response.status_code)
        milliseconds = round(1000 * (time.perf_counter() - began), 1)
        _log.debug(
            "answered", handler=handler.__name__, status=response.status_code, ms=milliseconds
        )
        return response

    return answered


def _log_failure(error: Exception, status: int) -> None:
    if status == 500:
        _log.error("request_failed", exc_info=error)
    elif not isinstance(error, BadRequest):
        _log.info("request_refused", code=getattr(error, "code", ""), status=status)
