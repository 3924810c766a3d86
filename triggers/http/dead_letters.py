"""Looking at dead letters and settling them: for operators, behind a function key."""

from typing import Annotated, Any

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from shared.adapters.durable_sagas import saga_starter
from shared.application.ports import LetterFilter, Letters
from shared.application.settle_letters import SettleLetters
from shared.domain.letter import LetterState, is_letter_id
from triggers.http.answering import answering
from triggers.http.letters_json import letter_json, letter_with_original
from triggers.http.problems import BadRequest, offence
from triggers.http.requests import read_body
from triggers.http.responses import Json, answer

_log = structlog.get_logger(__name__)

ALL = "all"
MAX_LIMIT = 200
_MAX_COMMENT_BYTES = 8 * 1024

# In Azure the function key may come as a parameter, and is left there for the function.
_KEY_PARAMETERS = frozenset({"code", "clientid"})

Fact = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]


class _Listing(BaseModel):
    """The parameters of a listing. An unknown one is refused: misspelt, it would list too much."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Annotated[
        LetterState | None, BeforeValidator(lambda text: None if text == ALL else text)
    ] = LetterState.DEAD
    reason: Fact | None = None
    type: Fact | None = None
    source: Fact | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    continuation: str | None = None

    def which(self) -> LetterFilter:
        return LetterFilter(self.state, self.reason, self.type, self.source)


class _Discard(BaseModel):
    """Why a letter is discarded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class DeadLettersApi:
    """``/ops/dead-letters``."""

    def __init__(self, letters: Letters, settle: SettleLetters) -> None:
        self._letters = letters
        self._settle = settle

    @answering
    async def list_letters(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /ops/dead-letters``: oldest event first. A page may be empty and not the last."""
        listing = _listing(req)
        page = await self._letters.page(listing.which(), listing.limit, listing.continuation)
        body: Json = {"deadLetters": [letter_json(letter) for letter in page.items]}
        return _private(body | ({"continuation": page.continuation} if page.continuation else {}))

    @answering
    async def get_letter(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /ops/dead-letters/{letterId}``: with the event as it came, personal data and all.

        Nowhere else does the event leave storage, and it is never logged.
        """
        letter, original = await self._letters.get(_letter_id(req))
        return func.HttpResponse(
            letter_with_original(letter, original),
            headers={"Cache-Control": "no-store"},
            mimetype="application/json",
        )

    @answering
    async def replay_letter(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /ops/dead-letters/{letterId}/replay``: 200 once the event is taken in."""
        letter = await self._settle.replay(_letter_id(req), saga_starter(client))
        _log.info("dead_letter_replayed", letter_id=letter.id, state=letter.state)
        return _private(letter_json(letter))

    @answering
    async def discard_letter(self, req: func.HttpRequest) -> func.HttpResponse:
        """``POST /ops/dead-letters/{letterId}/discard``: 200; the letter and its event are kept."""
        letter_id = _letter_id(req)
        wish = read_body(req, _Discard, _MAX_COMMENT_BYTES) if req.get_body() else _Discard()
        letter = await self._settle.discard(letter_id, wish.comment)
        _log.info("dead_letter_discarded", letter_id=letter.id)
        return _private(letter_json(letter))


def _private(body: Json) -> func.HttpResponse:
    return answer(body, headers={"Cache-Control": "no-store"})


def _letter_id(req: func.HttpRequest) -> str:
    letter_id: str = req.route_params.get("letterId", "")
    if not is_letter_id(letter_id):
        detail = "An id of a dead letter is a time, a dash and 32 hexadecimal digits"
        raise BadRequest(400, "invalid-dead-letter-id", detail, [offence("path", "id", detail)])
    return letter_id


def _listing(req: func.HttpRequest) -> _Listing:
    given: dict[str, Any] = {
        name: value for name, value in req.params.items() if name.lower() not in _KEY_PARAMETERS
    }
    try:
        return _Listing.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        errors = [offence("query", str(p["loc"][0]), _explained(p)) for p in problems]
        named = ", ".join(entry["field"] for entry in errors)
        detail = f"The listing has wrong parameters: {named}"
        raise BadRequest(400, "invalid-query", detail, errors) from None


def _explained(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return f"There is no such parameter, only {', '.join(_Listing.model_fields)}"
    if problem["loc"][0] == "state":
        return f"One of {', '.join([*LetterState, ALL])}"
    return str(problem["msg"])
