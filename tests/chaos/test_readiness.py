"""``GET /ready`` while a backing service is away."""

import asyncio

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("service", "check"),
    [
        ("cosmos", "cosmos-db"),
        ("app_configuration", "app-configuration"),
        ("azurite", "storage"),
    ],
)
async def test_ready_names_the_service_that_is_away_and_recovers_with_it(
    stack, shop, service, check
):
    """Load balancers act on the status, people on the name; nobody restarts the app for it."""
    await asyncio.to_thread(stack.kill, service)
    try:
        away = await shop.ask("GET", "/api/ready")
        alive = await shop.ask("GET", "/api/health")
    finally:
        await asyncio.to_thread(stack.start, service)
    back = await shop.ask("GET", "/api/ready")

    failed = {name for name, result in away.body["checks"].items() if result["status"] != "ok"}
    assert (away.status, failed) == (503, {check})
    assert int(away.headers["Retry-After"]) > 0
    assert alive.status == 200
    assert back.status == 200, back.body
