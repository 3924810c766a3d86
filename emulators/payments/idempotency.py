"""Stripe's idempotency rules (https://docs.stripe.com/api/idempotent_requests).

A key's first answer is kept for 24 hours, errors included, once execution began; it is written in
the same transaction as the effect, so that neither exists without the other.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from emulators.payments.errors import (
    ExecutionError,
    IdempotencyError,
    InvalidParameterError,
    KeyInUseError,
)
from emulators.payments.form import Form
from emulators.payments.store import IdempotencyRecord, Store

RETENTION_SECONDS = 24 * 60 * 60
MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets; *replayed* when an earlier request caused it."""

    status: int
    body: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What makes two requests the same request."""

    key: str | None
    path: str
    parameters: str

    @classmethod
    def of(cls, key: str | None, path: str, form: Form) -> "Call":
        """Describe a request; the order of its parameters does not matter.

        Raises:
            InvalidParameterError: the key is too long or not printable.
        """
        if key and (len(key) > MAX_KEY_LENGTH or not key.isprintable()):
            raise InvalidParameterError(
                f"Idempotency keys are up to {MAX_KEY_LENGTH} printable characters."
            )
        canonical = json.dumps(form, sort_keys=True)
        return cls(key or None, path, hashlib.sha256(canonical.encode()).hexdigest())


class Idempotency:
    """Executes each keyed request once and answers its repetitions from the record."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._executing: set[str] = set()

    @contextmanager
    def claim(self, call: Call) -> Iterator[None]:
        """Hold the call's key until its answer is out.

        Raises:
            KeyInUseError: another request holds it.
        """
        if call.key is None:
            yield
            return
        if call.key in self._executing:
            raise KeyInUseError(call.key)
        self._executing.add(call.key)
        try:
            yield
        finally:
            self._executing.discard(call.key)

    def replay(self, call: Call) -> Answer | None:
        """The answer kept for the call's key, if there is one.

        Raises:
            IdempotencyError: the key was first used for another request.
        """
        if call.key is None:
            return None
        record = self._store.idempotency_record(call.key)
        if record is None or record.created < self._clock() - RETENTION_SECONDS:
            return None
        if record.path != call.path:
            raise IdempotencyError(call.key, record.path)
        if record.parameters != call.parameters:
            raise IdempotencyError(call.key)
        return Answer(record.status, record.body, replayed=True)

    def execute(self, call: Call, run: Callable[[], dict[str, Any]]) -> Answer:
        """Run, and keep the answer for the call's key, in one transaction.

        An :class:`ExecutionError` is an answer too: what was written before it is committed.
        """
        with self._store.transaction():
            try:
                answer = Answer(200, json.dumps(run()))
            except ExecutionError as error:
                answer = Answer(error.status, json.dumps(error.body()))
            self._keep(call, answer)
        return answer

    def keep(self, call: Call, answer: Answer) -> None:
        """Keep *answer* for the call's key although nothing was executed."""
        with self._store.transaction():
            self._keep(call, answer)

    def _keep(self, call: Call, answer: Answer) -> None:
        if call.key is None:
            return
        now = self._clock()
        self._store.forget_keys_before(now - RETENTION_SECONDS)
        self._store.keep(
            IdempotencyRecord(call.key, call.path, call.parameters, answer.status, answer.body, now)
        )
