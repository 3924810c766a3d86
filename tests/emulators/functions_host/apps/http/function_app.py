"""HTTP functions of every kind, and one per rule of the HTTP trigger."""
# mypy: ignore-errors
# ruff: noqa: D103

import json
import os
import sys
from http.cookies import SimpleCookie

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
WARM = []


@app.warm_up_trigger("warmup")
def warm(warmup) -> None:
    WARM.append(True)


@app.route(route="warm")
async def is_warm(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(bool(WARM)))


@app.route(route="echo/{id:int}/{part?}", methods=["POST"])
def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    body = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "params": dict(req.params),
        "route": dict(req.route_params),
        "body": req.get_body().decode(),
        "function": context.function_name,
    }
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


@app.route(route="text", methods=["GET"])
def text(req: func.HttpRequest) -> str:
    return "plain"


@app.route(route="response", methods=["GET"])
async def response(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("made", status_code=201, headers={"X-Made": "yes"})


@app.route(route="cookies", methods=["GET"])
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    reply = func.HttpResponse("")
    for name in ("one", "two"):
        cookie = SimpleCookie({name: "1"})
        reply.headers.add("Set-Cookie", cookie.output(header="").strip())
    return reply


@app.route(route="raise")
async def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("the details stay in the log")


@app.route(route="exit")
def exits(req: func.HttpRequest) -> str:
    sys.exit(3)


@app.route(route="dict")
def returns_dict(req: func.HttpRequest):
    return {"not": "allowed"}


@app.route(route="items/{id}", methods=["GET"])
def a_item(req: func.HttpRequest) -> str:
    return f"item {req.route_params['id']}"


@app.route(route="items/search", methods=["GET"])
def b_search(req: func.HttpRequest) -> str:
    return "search"


@app.route(route="keyed", auth_level=func.AuthLevel.FUNCTION)
def keyed(req: func.HttpRequest) -> str:
    return "open"


@app.route(route="guarded", auth_level=func.AuthLevel.ADMIN)
def guarded(req: func.HttpRequest) -> str:
    return "open"


@app.route(route="setting/{name}")
def setting(req: func.HttpRequest) -> str:
    return os.environ.get(req.route_params["name"], "unset")


@app.route(route="off")
def off(req: func.HttpRequest) -> str:
    return "ran"


@app.timer_trigger(schedule="* * * * * *", arg_name="timer")
def off_timer(timer: func.TimerRequest) -> None:
    raise AssertionError("off_timer ran")


@app.route(route="mirror", methods=["POST"])
def mirror(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), mimetype="application/octet-stream")


class UnspeakableError(Exception):
    """Its own text fails."""

    def __str__(self) -> str:
        raise RuntimeError("not even this")


@app.route(route="unspeakable")
async def unspeakable(req: func.HttpRequest) -> str:
    raise UnspeakableError


@app.route(route="traces")
def traces(req: func.HttpRequest, context: func.Context) -> str:
    trace = context.trace_context
    return json.dumps([trace.Traceparent == trace.trace_parent, trace.Attributes])


@app.route(route="status/{code}")
def status(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("", status_code=int(req.route_params["code"]))


@app.route(route="handed_on")
def handed_on(req: func.HttpRequest) -> func.HttpResponse:
    headers = {"Transfer-Encoding": "chunked", "Content-Length": "3"}
    return func.HttpResponse("all of it", headers=headers)


@app.route(route="trace")
def trace(req: func.HttpRequest, context: func.Context) -> str:
    return f"{context.invocation_id} {context.trace_context.trace_parent}"


@app.route(route="crash", methods=["POST"])
def crash(req: func.HttpRequest) -> str:
    os._exit(1)


@app.route(route="length", methods=["POST"])
def length(req: func.HttpRequest) -> str:
    return str(len(req.get_body()))
