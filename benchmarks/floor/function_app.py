"""The floor: an HTTP function that does nothing, and an orchestration of four activities that do
nothing, which is what a confirmed order needs of the host at least.
"""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """The start-up probe."""
    return func.HttpResponse("ok")


@app.route("nothing", methods=["POST"])
async def nothing(req: func.HttpRequest) -> func.HttpResponse:
    """Reads the body and answers, as the cheapest POST possible does."""
    req.get_body()
    return func.HttpResponse("{}", status_code=202, mimetype="application/json")


@app.route("start", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:  # noqa: ARG001
    """Start the orchestration that does nothing."""
    return func.HttpResponse(await client.start_new("four_steps"), status_code=202)


@app.orchestration_trigger(context_name="context")
def four_steps(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """As many activities as a confirmed order has."""
    for step in range(4):
        yield context.call_activity("step", step)


@app.activity_trigger(input_name="number")
async def step(number: int) -> None:
    """Nothing."""
