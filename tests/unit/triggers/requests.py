"""HTTP requests as the Functions worker hands them over."""

import json
from typing import Any

import azure.functions as func


class Client:
    """A Durable client that starts whatever it is told to, and remembers it."""

    def __init__(self) -> None:
        self.started: list[str] = []

    async def start_new(self, name: str, *, instance_id: str, client_input: Any) -> None:
        self.started.append(instance_id)


def request(
    method: str = "POST",
    path: str = "/api/orders",
    body: Any = b"",
    headers: dict[str, str] | None = None,
    **route_params: str,
) -> func.HttpRequest:
    """A request; anything but bytes becomes a JSON body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return func.HttpRequest(
        method,
        f"http://localhost{path}",
        headers=headers or {},
        route_params=route_params,
        body=raw,
    )


def problem_of(response: func.HttpResponse) -> dict[str, Any]:
    """The problem document of *response*, checked for the parts that RFC 9457 asks for."""
    assert response.mimetype == "application/problem+json"
    document: dict[str, Any] = json.loads(response.get_body())
    assert document["status"] == response.status_code
    assert document["type"].startswith("urn:problem-type:orders:")
    assert document["title"]
    assert document["detail"]
    return document
