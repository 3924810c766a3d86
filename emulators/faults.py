"""Faults an emulator can be told to show: slow answers, error answers, connections cut.

A plan is a list of faults in memory; the first that matches a request and fires decides. An
emulator gives the facts a fault may match on (its operation, its container, ...) and the shape of
its error answers; everything else is the same for all of them.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

FAULTS_PATH = "/_emulator/faults"
BEFORE, AFTER = "before", "after"

Facts = Mapping[str, str]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Describe = Callable[[web.Request], Facts | None]
Refuse = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


class InvalidFaultError(ValueError):
    """What was asked for is no fault; the message says why."""


@dataclass
class Fault:
    """One fault and how often it still fires.

    ``status`` answers without any effect. ``drop`` cuts the connection instead of answering:
    ``before`` the request has any effect, or ``after`` it is committed. ``latency_ms`` passes
    between the effect and the answer, so that a client that gives up cannot know the outcome.
    ``details`` are what else the emulator's error answers can tell.
    """

    match: dict[str, str]
    status: int | None = None
    latency_ms: float = 0
    drop: str | None = None
    count: int | None = None
    rate: float = 1.0
    fired: int = 0
    details: dict[str, int] = field(default_factory=dict)

    def matches(self, facts: Facts) -> bool:
        return self.count != 0 and all(facts.get(name) == self.match[name] for name in self.match)

    def fire(self) -> None:
        self.fired += 1
        if self.count is not None:
            self.count -= 1

    def describe(self) -> dict[str, Any]:
        """The fault as ``GET /_emulator/faults`` shows it."""
        behaviour = {
            "status": self.status,
            "latencyMs": self.latency_ms,
            "drop": self.drop,
            "count": self.count,
            "rate": self.rate,
            "fired": self.fired,
        }
        return {**self.match, **behaviour, **self.details}


FAULT = web.RequestKey("fault", Fault)


@dataclass
class FaultPlan:
    """The faults in force.

    *fields* are the facts a fault may match on, *details* the numbers its error answer may carry.

    Where *values* lists a field's possible values, a fault with any other is refused. Dice for
    ``rate`` are seeded, so the same requests in the same order meet the same faults.
    """

    fields: Collection[str]
    seed: int = 0
    values: Mapping[str, Collection[str]] = field(default_factory=dict)
    details: Collection[str] = ()
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - faults, not secrets

    def add(self, document: object) -> Fault:
        """Put the fault that *document* describes in force.

        Raises:
            InvalidFaultError: it has a field or a value that no fault has; the message names it.
        """
        fault = parse_fault(document, self.fields, self.details)
        for name, allowed in self.values.items():
            if name in fault.match and fault.match[name] not in allowed:
                raise InvalidFaultError(f"{name!r} must be one of {sorted(allowed)}")
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        self.faults.clear()

    def draw(self, facts: Facts) -> Fault | None:
        """The fault a request with these *facts* meets, if any; it counts as fired."""
        for fault in self.faults:
            if fault.matches(facts) and self._dice.random() < fault.rate:
                fault.fire()
                return fault
        return None


def parse_fault(document: object, fields: Collection[str], details: Collection[str] = ()) -> Fault:
    """Read a fault as it is posted: match fields beside ``status``, ``latencyMs``, ``drop``, ..."""
    if not isinstance(document, dict):
        raise InvalidFaultError("a fault is a JSON object")
    given = dict(document)
    match = {name: str(given.pop(name)) for name in fields if name in given}
    fault = Fault(
        match,
        status=_number(given, "status", lowest=400, highest=599, whole=True),
        latency_ms=_number(given, "latencyMs", lowest=0, highest=600_000) or 0,
        drop=_drop(given),
        count=_number(given, "count", lowest=1, highest=10**9, whole=True),
        rate=_number(given, "rate", lowest=0, highest=1, default=1.0),
        details={
            name: _number(given, name, lowest=0, highest=10**6, whole=True)
            for name in details
            if name in given
        },
    )
    if given:
        raise InvalidFaultError(
            f"unknown field {min(given)!r}; a fault here matches on {sorted(fields)}"
        )
    if fault.status and fault.drop:
        raise InvalidFaultError("'status' answers and 'drop' does not: a fault has one of them")
    if not (fault.status or fault.drop or fault.latency_ms):
        raise InvalidFaultError("a fault needs 'status', 'drop' or 'latencyMs'")
    return fault


def _number(
    given: dict[str, Any],
    name: str,
    *,
    lowest: float,
    highest: float,
    whole: bool = False,
    default: float | None = None,
) -> Any:
    value = given.pop(name, None)
    if value is None:
        return default
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not lowest <= value <= highest:
        kind = "whole number" if whole else "number"
        raise InvalidFaultError(
            f"'{name}' must be a {kind} from {lowest} to {highest}, not {value!r}"
        )
    return value


def _drop(given: dict[str, Any]) -> str | None:
    value: str | None = given.pop("drop", None)
    if value not in (None, BEFORE, AFTER):
        raise InvalidFaultError(f"'drop' must be '{BEFORE}' or '{AFTER}', not {value!r}")
    return value


async def meet(
    fault: Fault,
    request: web.Request,
    handler: Handler,
    refuse: Refuse,
) -> web.StreamResponse:
    """Handle *request* the way *fault* wants it; *refuse* shapes the service's error answer.

    *refuse* finds the fault's details in ``request[FAULT]``.
    """
    request[FAULT] = fault
    try:
        response = await _react(fault, request, handler, refuse)
    except Exception:
        # Handlers raise refusals too, and those are answers like any other.
        await _delay_or_cut(fault, request)
        raise
    await _delay_or_cut(fault, request)
    return response


async def _react(
    fault: Fault, request: web.Request, handler: Handler, refuse: Refuse
) -> web.StreamResponse:
    if fault.drop == BEFORE:
        return web.Response()
    if fault.status:
        return await refuse(request, fault.status)
    return await handler(request)


async def _delay_or_cut(fault: Fault, request: web.Request) -> None:
    await asyncio.sleep(fault.latency_ms / 1000)
    if fault.drop and request.transport:
        # Aborted, not closed: nothing that is still buffered may reach the client. aiohttp finds
        # the connection gone and throws the response away.
        request.transport.abort()


def fault_middleware(plan: FaultPlan, describe: Describe, refuse: Refuse) -> Any:
    """A middleware that applies *plan* to every request *describe* knows facts about.

    *describe* answers None for a request that must never meet a fault. Give *refuse* answers that
    are already complete: middlewares further in do not see them.
    """

    @web.middleware
    async def inject(request: web.Request, handler: Handler) -> web.StreamResponse:
        facts = describe(request)
        fault = plan.draw(facts) if facts is not None else None
        if fault is None:
            return await handler(request)
        return await meet(fault, request, handler, refuse)

    return inject


def add_fault_routes(app: web.Application, plan: FaultPlan) -> None:
    """Let *plan* be read, added to and cleared at ``/_emulator/faults``."""

    async def show(_: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.describe() for fault in plan.faults]})

    async def add(request: web.Request) -> web.Response:
        try:
            fault = plan.add(await request.json())
        except (InvalidFaultError, json.JSONDecodeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(fault.describe(), status=201)

    async def clear(_: web.Request) -> web.Response:
        plan.clear()
        return web.Response(status=204)

    app.router.add_get(FAULTS_PATH, show)
    app.router.add_post(FAULTS_PATH, add)
    app.router.add_delete(FAULTS_PATH, clear)
