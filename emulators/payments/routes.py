"""The HTTP surface of the payments emulator: authentication, idempotency, faults, JSON."""

import base64
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from emulators.faults import FaultPlan, add_fault_routes, meet
from emulators.payments.errors import (
    ApiError,
    InvalidApiKeyError,
    InvalidParameterError,
    NotSupportedError,
    ServiceFaultError,
)
from emulators.payments.form import Form, parse_form
from emulators.payments.handlers import PaymentIntents
from emulators.payments.idempotency import Answer, Call, Idempotency
from emulators.payments.operations import Operation, operations
from emulators.payments.parameters import read_parameters
from emulators.payments.refunds import Refunds
from emulators.payments.resources import new_id
from emulators.payments.store import Store

Clock = Callable[[], float]
FORM_TYPE = "application/x-www-form-urlencoded"


class Api:
    """One request at a time from HTTP to an operation and back."""

    def __init__(self, store: Store, clock: Clock, faults: FaultPlan) -> None:
        self._idempotency = Idempotency(store, clock)
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
            fault = self._faults.draw({"operation": operation.name})
            if fault is None:
                return await answer(request)
            return await meet(fault, request, answer, partial(self._fail, call))

    async def _answer(
        self, operation: Operation, call: Call, form: Form, request: web.Request
    ) -> web.StreamResponse:
        answer = self._idempotency.replay(call)
        if answer is None:
            parameters = read_parameters(
                form, operation.parameters, operation.required, str(operation)
            )
            identifier = request.match_info.get("id", "")
            answer = self._idempotency.execute(call, lambda: operation.run(identifier, parameters))
        return respond(answer)

    async def _fail(self, call: Call, _: web.Request, status: int) -> web.StreamResponse:
        error = ServiceFaultError(status)
        if error.kept and self._idempotency.replay(call) is None:
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
    try:
        response = await handler(request)
    except ApiError as error:
        response = respond_error(error)
    response.headers["Request-Id"] = new_id("req")
    for echoed in ("Idempotency-Key", "Stripe-Version"):
        if echoed in request.headers:
            response.headers[echoed] = request.headers[echoed]
    return response


async def refuse(request: web.Request) -> web.StreamResponse:
    """Name the endpoint that is not emulated."""
    raise NotSupportedError(f"{request.method} {request.path}")


def add_emulator_routes(app: web.Application, store: Store, api: Api) -> None:
    """What Stripe does not have: health, the ledger, request counts."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ledger(_: web.Request) -> web.Response:
        return web.json_response(
            {"payments": [intent.to_ledger() for intent in store.payment_intents()]}
        )

    async def stats(_: web.Request) -> web.Response:
        return web.json_response(
            {"requests": api.counts.total(), "operations": dict(sorted(api.counts.items()))}
        )

    app.router.add_get("/_emulator/health", health)
    app.router.add_get("/_emulator/ledger", ledger)
    app.router.add_get("/_emulator/stats", stats)


def create_app(state: str, clock: Clock = time.time) -> web.Application:
    """The emulator as an aiohttp application, with its state in the folder *state*."""
    store = Store(state)
    table = operations(PaymentIntents(store, clock), Refunds(store, clock))
    names = {operation.name for operation in table}
    faults = FaultPlan(fields=("operation",), values={"operation": names})
    api = Api(store, clock, faults)
    app = web.Application(middlewares=[stripe_conventions])
    add_emulator_routes(app, store, api)
    add_fault_routes(app, faults)
    for operation in table:
        app.router.add_route(operation.method, operation.path, partial(api.serve, operation))
    app.router.add_route("*", "/{anything:.*}", refuse)

    async def close(_: web.Application) -> None:
        store.close()

    app.on_cleanup.append(close)
    return app
