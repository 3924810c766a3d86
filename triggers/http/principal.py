"""Who is calling, by App Service authentication, and which role they have.

It takes these headers from no caller, and sets its own; where it does not run, anybody could have
written them, and they are not read.
"""

import base64
import binascii

import azure.functions as func
from pydantic import BaseModel, ConfigDict, ValidationError

from triggers.http.problems import BadRequest, offence

PRINCIPAL_HEADER = "x-ms-client-principal"
PRINCIPAL_ID_HEADER = "x-ms-client-principal-id"

# Who calls with nothing but a key of the function app.
FUNCTION_KEY = "function-key"

# App Service maps claims to other names or leaves them, depending on provider and token: a role of
# the token is under the type that the principal itself says, under the token's, or under .NET's.
_ROLE_TYPES = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})


class _Claim(BaseModel):
    model_config = ConfigDict(strict=True)

    typ: str
    val: str


class _Principal(BaseModel):
    """What the header holds: base64 of JSON. Its other properties do not matter here."""

    model_config = ConfigDict(strict=True)

    claims: list[_Claim] = []
    role_typ: str | None = None

    def roles(self) -> frozenset[str]:
        types = _ROLE_TYPES | {self.role_typ}
        return frozenset(claim.val for claim in self.claims if claim.typ in types)


class Callers:
    """Tells who is calling."""

    def __init__(self, *, trust_principal: bool) -> None:
        """*trust_principal*: App Service authentication runs, so nobody else sets its headers."""
        self._trust_principal = trust_principal

    def principal_id(self, request: func.HttpRequest) -> str | None:
        """Who is calling, as the identity provider names them; None if nobody vouches for it."""
        if not self._trust_principal:
            return None
        principal_id: str | None = request.headers.get(PRINCIPAL_ID_HEADER)
        return principal_id or None

    def with_role(self, role: str, request: func.HttpRequest) -> str:
        """Who is calling, given that they have *role*. Without App Service authentication the key
        of the function app is all there is, and suffices.

        Raises:
            BadRequest: 403 without the role, 400 if it cannot be told.
        """
        if not self._trust_principal:
            return FUNCTION_KEY
        if role not in _roles(request):
            detail = f"This takes the role {role}, which the caller does not have"
            raise BadRequest(403, "approver-role-missing", detail)
        return self.principal_id(request) or "unnamed"


def _roles(request: func.HttpRequest) -> frozenset[str]:
    header: str | None = request.headers.get(PRINCIPAL_HEADER)
    if not header:
        return frozenset()
    try:
        return _Principal.model_validate_json(base64.b64decode(header, validate=True)).roles()
    except (binascii.Error, ValueError, ValidationError):
        detail = "must be base64 of the JSON that App Service authentication writes"
        raise BadRequest(
            400, "invalid-client-principal", detail, [offence("header", PRINCIPAL_HEADER, detail)]
        ) from None
