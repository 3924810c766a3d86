"""Who is calling: only App Service authentication is believed, and only where it runs."""

import base64
import json
from typing import Any

import pytest

from tests.unit.triggers.requests import request
from triggers.http.principal import FUNCTION_KEY, Callers
from triggers.http.problems import BadRequest

ROLE = "Orders.Approver"
NET_ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
GUARDED, OPEN = Callers(trust_principal=True), Callers(trust_principal=False)


def principal(*claims: tuple[str, str], **more: Any) -> dict[str, str]:
    """The headers that App Service sets for somebody with *claims*."""
    document = {
        "auth_typ": "aad",
        "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "role_typ": NET_ROLE,
        "claims": [{"typ": kind, "val": value} for kind, value in claims],
    }
    encoded = base64.b64encode(json.dumps(document | more).encode()).decode()
    return {"x-ms-client-principal": encoded, "x-ms-client-principal-id": "alice"}


@pytest.mark.parametrize(
    ("claims", "more"),
    [
        ([("roles", ROLE)], {}),
        ([(NET_ROLE, ROLE)], {}),
        ([("groups", "a"), ("roles", "Orders.Reader"), ("roles", ROLE)], {}),
        ([("my-role", ROLE)], {"role_typ": "my-role"}),
        ([("roles", ROLE)], {"role_typ": None}),
    ],
)
def test_a_role_is_found_under_any_type_that_roles_have(claims, more):
    """Providers and tokens differ in what they call them."""
    caller = GUARDED.with_role(ROLE, request(headers=principal(*claims, **more)))

    assert caller == "alice"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ms-client-principal": ""},
        {"x-ms-client-principal-id": "alice"},
        principal(),
        principal(("roles", "Orders.Reader")),
        principal(("roles", "orders.approver")),
        principal(("groups", ROLE)),
        principal(("name", ROLE)),
    ],
)
def test_without_the_role_the_answer_is_no(headers):
    """Signed in, or known by name, is not enough."""
    with pytest.raises(BadRequest) as refusal:
        GUARDED.with_role(ROLE, request(headers=headers))

    assert (refusal.value.status, refusal.value.code) == (403, "approver-role-missing")


@pytest.mark.parametrize(
    "garbled",
    [
        "not base64!",
        "bm90IGpzb24=",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"claims": {"roles": "Orders.Approver"}}').decode(),
        base64.b64encode(b'{"claims": [{"typ": "roles", "val": ["Orders.Approver"]}]}').decode(),
        base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_garbled_principal_is_refused(garbled):
    """It is nothing that App Service writes."""
    with pytest.raises(BadRequest) as refusal:
        GUARDED.with_role(ROLE, request(headers={"x-ms-client-principal": garbled}))

    assert (refusal.value.status, refusal.value.code) == (400, "invalid-client-principal")


@pytest.mark.parametrize(
    "headers", [{}, principal(("roles", ROLE)), {"x-ms-client-principal": "!"}]
)
def test_where_nobody_guards_the_headers_they_are_not_read(headers):
    """Anybody could have written them; the function key is what there is."""
    assert OPEN.with_role(ROLE, request(headers=headers)) == FUNCTION_KEY
    assert OPEN.principal_id(request(headers=headers)) is None
