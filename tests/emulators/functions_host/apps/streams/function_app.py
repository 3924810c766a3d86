"""Functions that take and give bodies in parts, by the fastapi extension."""
# mypy: ignore-errors
# ruff: noqa: D103

import asyncio

import azure.durable_functions as df
import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, Response, StreamingResponse

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="measure/{name}", methods=["POST"])
async def measure(req: Request) -> Response:
    """Count the bytes and the largest part, without ever holding them all."""
    total, largest = 0, 0
    async for part in req.stream():
        total, largest = total + len(part), max(largest, len(part))
    return Response(f"{req.path_params['name']} {total} {largest < total}")


@app.route(route="count", methods=["GET"])
async def count(req: Request) -> StreamingResponse:
    """Send a number, and the next one only when the client has asked for it."""

    async def numbers():
        for number in range(3):
            yield f"{number}\n"
            await TICKS.get()

    return StreamingResponse(numbers(), media_type="text/plain")


TICKS: asyncio.Queue[None] = asyncio.Queue()


@app.route(route="tick", methods=["POST"])
async def tick(req: Request) -> Response:
    TICKS.put_nowait(None)
    return Response(status_code=204)


@app.route(route="blocking")
def blocking(req: Request, context: func.Context) -> dict:
    return {"function": context.function_name, "query": req.query_params["q"]}


@app.route(route="broken")
async def broken(req: Request) -> Response:
    raise ValueError("it is broken")


@app.route(route="start", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: Request, client: df.DurableOrchestrationClient) -> Response:
    return Response(await client.start_new("greeting"), status_code=202)


@app.orchestration_trigger(context_name="context")
def greeting(context: df.DurableOrchestrationContext):
    return "hello"
    yield
