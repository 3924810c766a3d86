"""Approving orders over HTTP: what is taken, what is answered, and what nobody is told."""

import json
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.application.decide_approval import DecideApproval
from shared.domain.approval import request_approval
from shared.domain.review import Reason, Review
from tests.builders import ORDER_ID, order
from tests.fakes import FakeClock, InMemoryOrders
from tests.unit.triggers.requests import Client, problem_of, request
from tests.unit.triggers.test_order_actions import body_of
from tests.unit.triggers.test_principal import principal
from triggers.http.approvals import ApprovalsApi
from triggers.http.principal import Callers
from triggers.http.responses import event_json

REVIEW = Review((Reason.AMOUNT_THRESHOLD, Reason.VELOCITY), 60, 72)
APPROVE = {"decision": "approve"}


class Desk:
    """The endpoints, and one order that waits."""

    def __init__(self, *, trust_principal: bool = False) -> None:
        self.orders, self.client, clock = InMemoryOrders(), Client(), FakeClock()
        callers = Callers(trust_principal=trust_principal)
        decide = DecideApproval(self.orders, clock)
        self.api = ApprovalsApi(decide, self.orders, callers, "Orders.Approver", clock)
        self.wait(order(review=REVIEW))

    def wait(self, placed: Any, minutes: int = 60) -> None:
        """Put an order up for approval."""
        deadline = placed.placed_at + timedelta(minutes=minutes)
        changed = request_approval(placed, deadline, placed.placed_at)
        assert changed is not None
        self.orders.orders[placed.id] = changed[0]
        self.orders.timelines[placed.id] = [placed.submitted(), changed[1]]

    async def decide(self, body: Any, headers: dict[str, str] | None = None) -> Any:
        """``POST``."""
        asked = request(body=body, headers=headers or {}, orderId=ORDER_ID)
        return await self.api.decide_approval(asked, self.client)


@pytest.fixture
def desk() -> Desk:
    """Behind a function key alone."""
    return Desk()


async def test_a_decision_is_answered_with_the_order_and_goes_to_the_saga(desk):
    """Who decided and what they said is not for everybody who may see the order."""
    answered = await desk.decide(APPROVE | {"comment": "known for years"})

    shown = body_of(answered)
    assert answered.status_code == 202
    assert answered.headers["Location"] == f"/api/orders/{ORDER_ID}"
    assert shown["approval"] == {
        "requestedAt": "2026-11-23T12:00:00+00:00",
        "deadline": "2026-11-23T13:00:00+00:00",
        "reasons": ["amount-threshold", "velocity"],
        "riskScore": 60,
        "decision": "approved",
        "decidedAt": "2026-11-23T12:00:01+00:00",
    }
    assert desk.client.started == [ORDER_ID]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "approved"},
        {"decision": "maybe"},
        {"decision": True},
        APPROVE | {"comment": ""},
        APPROVE | {"comment": "x" * 501},
        APPROVE | {"comment": "a\nb"},
        APPROVE | {"by": "alice"},
    ],
)
async def test_a_body_that_is_no_decision_is_refused(desk, body):
    """What is wrong is named, and nothing is decided."""
    answered = await desk.decide(body)

    assert answered.status_code == 422
    assert problem_of(answered)["errors"]
    assert len(desk.orders.timelines[ORDER_ID]) == 2


async def test_a_different_decision_is_a_conflict_that_says_what_holds(desk):
    """The client learns what was decided, and where the order is."""
    await desk.decide(APPROVE)

    answered = await desk.decide({"decision": "reject"})

    assert answered.status_code == 409
    told = problem_of(answered)
    assert told["type"].endswith(":approval-decided")
    assert (told["decision"], told["orderStatus"]) == ("approved", "AwaitingApproval")


async def test_nobody_else_is_told_who_decided_or_why(desk):
    """Comments are free text about customers: neither logged nor published."""
    with capture_logs() as logs:
        await desk.decide(APPROVE | {"comment": "knows A. Person"})

    events = [event_json(event) for event in desk.orders.timelines[ORDER_ID]]
    assert "A. Person" not in json.dumps([logs, events], default=str)
    assert "function-key" not in json.dumps([logs, events], default=str)


async def test_approvers_are_told(desk):
    """Whoever has the role may ask what was decided, by whom, and why."""
    await desk.decide(APPROVE | {"comment": "known for years"})

    details = body_of(await desk.api.get_approval(request("GET", orderId=ORDER_ID)))

    assert (details["decidedBy"], details["comment"]) == ("function-key", "known for years")


async def test_the_role_decides_where_app_service_authentication_runs():
    """A function key alone approves nothing there, and reads nothing of it either."""
    desk = Desk(trust_principal=True)
    get = request("GET", orderId=ORDER_ID)

    refused = [
        await desk.decide(APPROVE),
        await desk.decide(APPROVE, principal(("roles", "Orders.Reader"))),
        await desk.api.get_approval(get),
        await desk.api.list_approvals(get),
    ]
    allowed = await desk.decide(APPROVE, principal(("roles", "Orders.Approver")))

    assert [answer.status_code for answer in refused] == [403] * 4
    assert allowed.status_code == 202
    approval = desk.orders.orders[ORDER_ID].milestones.approval
    assert approval
    assert approval.decided_by == "alice"


async def test_what_waits_is_listed_by_its_deadline(desk):
    """The one that runs out first is the one to look at first."""
    desk.wait(order(id="11111111-1111-5111-8111-111111111111", review=REVIEW), minutes=30)

    listed = body_of(await desk.api.list_approvals(request("GET")))["orders"]
    await desk.decide(APPROVE)
    rest = body_of(await desk.api.list_approvals(request("GET")))["orders"]

    assert [one["secondsLeft"] for one in listed] == [1_799, 3_599]
    assert listed[0]["reasons"] == ["amount-threshold", "velocity"]
    assert listed[1]["links"]["approval"] == f"/api/orders/{ORDER_ID}/approval"
    assert [one["id"][:8] for one in rest] == ["11111111"]
