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

from emulators.fault import BEFORE, Facts, Fault, InvalidFaultError, parse_fault

FAULTS_PATH = "/_emulator/faults"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Describe = Callable[[web.Request], Facts | None]
Refuse = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


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

    def clear(self, match: Facts | None = None) -> None:
        """End every fault that has all of *match* among what it matches on; without it, all.

        Raises:
            InvalidFaultError: no fault here could.
        """
        wanted = dict(match or {})
        if unknown := wanted.keys() - set(self.fields):
            raise InvalidFaultError(f"faults here do not match on {min(unknown)!r}")
        self.faults = [fault for fault in self.faults if not wanted.items() <= fault.match.items()]

    def draw(self, facts: Facts) -> Fault | None:
        """The fault a request with these *facts* meets, if any; it counts as fired."""
        for fault in self.faults:
            if fault.matches(facts) and self._dice.random() < fault.rate:
                fault.fire()
                return fault
        return None


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
    """Let *plan* be read, added to and cleared at ``/_emulator/faults``.

    ``DELETE ?NAME=VALUE`` clears the faults that match on just that, and leaves the others.
    """

    async def show(_: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.describe() for fault in plan.faults]})

    async def add(request: web.Request) -> web.Response:
        try:
            fault = plan.add(await request.json())
        except (InvalidFaultError, json.JSONDecodeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(fault.describe(), status=201)

    async def clear(request: web.Request) -> web.Response:
        try:
            plan.clear(request.query)
        except InvalidFaultError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.Response(status=204)

    app.router.add_get(FAULTS_PATH, show)
    app.router.add_post(FAULTS_PATH, add)
    app.router.add_delete(FAULTS_PATH, clear)
