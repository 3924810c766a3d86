"""The HTTP surface of the payments emulator: authentication, idempotency, faults, JSON."""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from aiohttp import web

from emulators.faults import FaultPlan, add_fault_routes, meet
from emulators.payments.charges import Charges
from emulators.payments.clock import Clock
from emulators.payments.control import Control
from emulators.payments.courier import Courier
from emulators.payments.disputes import Disputes
from emulators.payments.errors import (
    ApiError,
    InvalidApiKeyError,
    InvalidParameterError,
    NotSupportedError,
    ServiceFaultError,
)
from emulators.payments.events import Events
from emulators.payments.expansion import Expansion
from emulators.payments.form import Form, parse_form
from emulators.payments.handlers import Parameters, PaymentIntents, Wire
from emulators.payments.idempotency import Answer, Call, Idempotency
from emulators.payments.operations import Operation, operations
from emulators.payments.outbox import Outbox
from emulators.payments.parameters import expandable, read_parameters
from emulators.payments.passing import Passing
from emulators.payments.refunds import Refunds
from emulators.payments.resources import new_id
from emulators.payments.search import Search
from emulators.payments.store import Store
from emulators.payments.subject import ORDER, order_of
from emulators.payments.webhook_endpoints import WebhookEndpoints

TICK_SECONDS = 1.0
READ, WRITE = "read", "write"
FORM_TYPE = "application/x-www-form-urlencoded"

REQUEST_ID = web.RequestKey("request_id", str)


class Api:
    """One request at a time from HTTP to an operation and back."""

    def __init__(
        self,
        store: Store,
        idempotency: Idempotency,
        passing: Passing,
        events: Events,
        expansion: Expansion,
        faults: FaultPlan,
    ) -> None:
        self._store = store
        self._idempotency = idempotency
        self._passing = passing
        self._events = events
        self._expansion = expansion
        self._faults = faults
        self.counts: Counter[str] = Counter()

    async def serve(self, operation: Operation, request: web.Request) -> web.StreamResponse:
        """Answer *request*; its key is held until the answer is out, however late that is."""
        authenticate(request)
        self.counts[operation.name] += 1
        form = await read_form(request)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        call = Call.of(key, request.path, form)
        answer = partial(self._answer, operation, call, form)
        with self._idempotency.claim(call):
            fault = self._faults.draw(self._facts(operation, request, form))
            if fault is None:
                return await answer(request)
            return await meet(fault, request, answer, partial(self._fail, call))

    def _facts(self, operation: Operation, request: web.Request, form: Form) -> dict[str, str]:
        """What a fault may match on."""
        return {
            "operation": operation.name,
            "kind": READ if operation.reads else WRITE,
            ORDER: order_of(self._store, request.match_info.get("id", ""), form),
        }

    async def _answer(
        self, operation: Operation, call: Call, form: Form, request: web.Request
    ) -> web.StreamResponse:
        answer = self._idempotency.replay(call)
        if answer is None:
            self._passing.settle()
            known = {**operation.parameters, "expand": expandable(operation.expandable)}
            parameters = read_parameters(form, known, operation.required, str(operation))
            run = partial(self._run, operation, request, call, parameters)
            answer = self._idempotency.execute(call, run)
        return respond(answer)

    def _run(
        self, operation: Operation, request: web.Request, call: Call, parameters: Parameters
    ) -> Wire:
        expand = parameters.pop("expand", ())
        with self._events.caused_by(request[REQUEST_ID], call.key):
            wire = operation.run(request.match_info.get("id", ""), parameters)
        return self._expansion.expand(wire, expand)

    async def _fail(self, call: Call, _: web.Request, status: int) -> web.StreamResponse:
        error = ServiceFaultError(status)
        if error.kept:
            # What fails is the execution, and a repetition is not executed.
            if answer := self._idempotency.replay(call):
                return respond(answer)
            self._idempotency.keep(call, Answer(status, json.dumps(error.body())))
        return respond_error(error)


def authenticate(request: web.Request) -> None:
    """Accept any test-mode secret key, as Bearer token or as Basic user name."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key).decode().partition(":")[0]
        except ValueError:
            key = "?"
    if not key.startswith("sk_test_"):
        raise InvalidApiKeyError(key)


async def read_form(request: web.Request) -> Form:
    """The parameters, wherever the method puts them."""
    if request.method != "POST":
        return parse_form(request.rel_url.raw_query_string)
    body = await request.read()
    if body and request.content_type != FORM_TYPE:
        raise InvalidParameterError(
            f"Invalid request (check that your POST content type is {FORM_TYPE})."
        )
    return parse_form(body.decode(errors="replace"))


def respond(answer: Answer) -> web.Response:
    """The HTTP form of *answer*."""
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return web.Response(
        text=answer.body, status=answer.status, headers=headers, content_type="application/json"
    )


def respond_error(error: ApiError) -> web.Response:
    """The HTTP form of *error*."""
    return web.json_response(error.body(), status=error.status, headers=error.headers)


@web.middleware
async def stripe_conventions(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every answer has a request id; every refusal is a Stripe error object."""
    request[REQUEST_ID] = new_id("req")
    try:
        response = await handler(request)
    except ApiError as error:
        response = respond_error(error)
    response.headers["Request-Id"] = request[REQUEST_ID]
    for echoed in ("Idempotency-Key", "Stripe-Version"):
        if echoed in request.headers:
            response.headers[echoed] = request.headers[echoed]
    return response


async def refuse(request: web.Request) -> web.StreamResponse:
    """Name the endpoint that is not emulated."""
    raise NotSupportedError(f"{request.method} {request.path}")


def create_app(
    state: str,
    clock: Callable[[], float] = time.time,
    webhook: tuple[str, str, Sequence[str]] | None = None,
) -> web.Application:
    """The emulator as an aiohttp application, with its state in the folder *state*.

    *clock* is what the emulator's own, which can be moved, starts from; *webhook* is a URL that is
    told of events, the secret that signs them, and which they are.
    """
    store = Store(state)
    outbox, time_here = Outbox(store.connection), Clock(store, clock)
    events = Events(outbox, time_here)
    intents, refunds = PaymentIntents(store, time_here, events), Refunds(store, time_here, events)
    charges, endpoints = Charges(store), WebhookEndpoints(outbox, time_here)
    passing, courier = Passing(store, time_here, events), Courier(outbox)
    if webhook is not None:
        endpoints.ensure(*webhook)

    table = operations(intents, Search(store, time_here), charges, refunds, events, endpoints)
    faults = FaultPlan(
        fields=("operation", "kind", ORDER),
        values={"operation": {operation.name for operation in table}, "kind": {READ, WRITE}},
    )
    expansion = Expansion(
        {"latest_charge": charges.wire, "charge": charges.wire, "payment_intent": intents.find}
    )
    api = Api(store, Idempotency(store, time_here), passing, events, expansion, faults)
    disputes = Disputes(store, time_here, events)
    app = web.Application(middlewares=[stripe_conventions])
    Control(store, outbox, time_here, passing, disputes, courier, api.counts).add_routes(app)
    add_fault_routes(app, faults)
    for operation in table:
        app.router.add_route(operation.method, operation.path, partial(api.serve, operation))
    app.router.add_route("*", "/{anything:.*}", refuse)
    app.cleanup_ctx.append(partial(_in_background, store, passing, courier))
    return app


async def _in_background(
    store: Store, passing: Passing, courier: Courier, _: web.Application
) -> AsyncIterator[None]:
    """What goes on without requests: time, and deliveries."""
    tasks = [asyncio.create_task(courier.run()), asyncio.create_task(_tick(passing))]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    store.close()


async def _tick(passing: Passing) -> None:
    while True:
        passing.settle()
        await asyncio.sleep(TICK_SECONDS)
