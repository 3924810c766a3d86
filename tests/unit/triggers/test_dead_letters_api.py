"""Looking at dead letters and settling them over HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.functions as func
import pytest
import structlog

from shared.application.ports import Judgement, StartSaga, Verdict
from shared.application.settle_letters import SettleLetters
from shared.domain.errors import Unavailable
from shared.domain.letter import Letter, LetterState, letter_id
from tests.fakes import FakeClock, InMemoryLetters
from tests.unit.triggers.requests import problem_of, request
from triggers.http.dead_letters import DeadLettersApi

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORIGINAL = b'{"id": "1", "price": 1.10, "data": {"name": "Zo\xc3\xab Secret"}}'
ABSENT = letter_id(NOW, "urn:tests", "absent")


def a_letter(number: int, **changes: Any) -> Letter:
    """A dead letter; higher numbers are newer."""
    facts: dict[str, Any] = {
        "id": letter_id(NOW + timedelta(seconds=number), "urn:shop", str(number)),
        "state": LetterState.DEAD,
        "reason": "unknown-skus",
        "detail": "Not in the catalogue: MUG",
        "at": NOW,
        "origin": "intake",
        "event_id": str(number),
        "event_type": "OrderSubmitted",
        "source": "urn:shop",
    }
    return Letter(**facts | changes)


FIVE = [
    a_letter(0),
    a_letter(1, reason="too-early", event_type="ShipmentDelivered", state=LetterState.WAITING),
    a_letter(2, source="urn:other"),
    a_letter(3, state=LetterState.APPLIED),
    a_letter(4, event_type="StockAdjusted"),
]


async def no_resend(letter: Letter) -> None:
    """Nothing of our own is sent again here."""
    raise AssertionError(letter)


@pytest.fixture
async def letters() -> InMemoryLetters:
    """Five of them."""
    letters = InMemoryLetters()
    for letter in FIVE:
        await letters.keep(letter, ORIGINAL)
    return letters


@pytest.fixture
def verdicts() -> list[Verdict]:
    """What the intake will say, one after the other; nothing at all is an outage."""
    return []


@pytest.fixture
def api(letters, verdicts: list[Verdict]) -> DeadLettersApi:
    """The API over *letters*."""

    async def take_in(original: bytes, start_saga: StartSaga) -> Verdict:
        if not verdicts:
            raise Unavailable("cosmos-db")
        return verdicts.pop(0)

    return DeadLettersApi(letters, SettleLetters(letters, take_in, no_resend, FakeClock()))


def listing(**parameters: str) -> func.HttpRequest:
    """A ``GET /ops/dead-letters``."""
    return func.HttpRequest(
        "GET", "http://localhost/api/ops/dead-letters", params=parameters, body=b""
    )


def posted(letter_id: str, body: Any = b"") -> func.HttpRequest:
    """A ``POST /ops/dead-letters/{letterId}/...``."""
    return request("POST", body=body, letterId=letter_id)


async def replay(api: DeadLettersApi, letter_id: str) -> func.HttpResponse:
    """A replay, with a Durable client that nobody calls."""
    client: Any = None
    return await api.replay_letter(posted(letter_id), client)


def body_of(response: func.HttpResponse) -> Any:
    """The JSON body."""
    return json.loads(response.get_body())


def numbers_in(response: func.HttpResponse) -> list[int]:
    """Which letters a listing has."""
    assert response.status_code == 200, response.get_body()
    return [int(letter["eventId"]) for letter in body_of(response)["deadLetters"]]


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({}, [0, 2, 4]),
        ({"state": "all"}, [0, 1, 2, 3, 4]),
        ({"state": "waiting"}, [1]),
        ({"state": "all", "reason": "too-early"}, [1]),
        ({"type": "StockAdjusted"}, [4]),
        ({"source": "urn:other"}, [2]),
        ({"source": "urn:other", "type": "StockAdjusted"}, []),
        ({"code": "function-key", "clientId": "default"}, [0, 2, 4]),
    ],
)
async def test_lists_what_is_asked_for(api, parameters, numbers):
    """Without a wish: what is dead, since that is what somebody has to look at."""
    assert numbers_in(await api.list_letters(listing(**parameters))) == numbers


async def test_says_what_is_known_but_not_what_the_event_says(api):
    """A listing is pasted into chats and tickets."""
    response = await api.list_letters(listing(limit="1"))

    first = FIVE[0]
    assert body_of(response)["deadLetters"] == [
        {
            "id": first.id,
            "state": "dead",
            "reason": "unknown-skus",
            "detail": "Not in the catalogue: MUG",
            "at": "2026-11-23T12:00:00+00:00",
            "origin": "intake",
            "eventId": "0",
            "eventType": "OrderSubmitted",
            "source": "urn:shop",
            "links": {"self": f"/api/ops/dead-letters/{first.id}"},
        }
    ]
    assert b"Secret" not in response.get_body()


async def test_pages_follow_each_other(api):
    """Until there is no continuation."""
    first = await api.list_letters(listing(limit="2"))

    second = await api.list_letters(listing(limit="2", continuation=body_of(first)["continuation"]))

    assert numbers_in(first) + numbers_in(second) == [0, 2, 4]
    assert "continuation" not in body_of(second)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"state": "deceased"}, {"state"}),
        ({"limit": "0"}, {"limit"}),
        ({"limit": "201"}, {"limit"}),
        ({"limit": "many"}, {"limit"}),
        ({"reasons": "too-early"}, {"reasons"}),
        ({"reason": "", "source": "x" * 1_025}, {"reason", "source"}),
    ],
)
async def test_names_every_parameter_that_is_wrong(api, parameters, named):
    """A misspelt filter that is ignored lists everything, and somebody replays it."""
    problem = problem_of(await api.list_letters(listing(**parameters)))

    assert (problem["status"], problem["type"].rpartition(":")[-1]) == (400, "invalid-query")
    assert {(error["in"], error["field"]) for error in problem["errors"]} == {
        ("query", name) for name in named
    }


async def test_a_token_of_somebody_else_is_refused(api):
    """It says so instead of starting over."""
    response = await api.list_letters(listing(continuation="nonsense"))

    assert problem_of(response)["status"] == 422


async def test_shows_the_event_as_it_came(api):
    """To the digit: what a program would write anew is not what was sent. And no cache keeps it."""
    response = await api.get_letter(request("GET", letterId=FIVE[0].id))

    assert body_of(response)["original"] == json.loads(ORIGINAL)
    assert ORIGINAL in response.get_body()
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("original", "text"),
    [
        (b"", ""),
        (b"[1, 2", "[1, 2"),
        (b'{"a": NaN}', '{"a": NaN}'),
        (b"caf\xe9", "caf\ufffd"),
        (b"[" * 50_000, "[" * 50_000),
    ],
)
async def test_shows_what_is_no_json_as_text(api, letters, original, text):
    """It is in the letters because it is broken; the answer must not be."""
    letter = a_letter(9)
    await letters.keep(letter, original)

    response = await api.get_letter(request("GET", letterId=letter.id))

    assert body_of(response)["originalText"] == text
    assert "original" not in body_of(response)


@pytest.mark.parametrize("judgement", [Judgement.DONE, Judgement.DUPLICATE])
async def test_replays_a_letter(api, verdicts, judgement):
    """And again the same, when the answer was lost."""
    verdicts.append(Verdict(judgement))

    first = await replay(api, FIVE[0].id)
    second = await replay(api, FIVE[0].id)

    assert (first.status_code, body_of(first)["state"]) == (200, "applied")
    assert (second.status_code, body_of(second)) == (200, body_of(first))


async def test_a_replay_that_is_refused_says_what_is_wrong_now(api, verdicts):
    """In a code for programs and in words for people."""
    verdicts.append(Verdict(Judgement.POISON, "price-mismatch", "Expected another total"))

    problem = problem_of(await replay(api, FIVE[0].id))

    assert (problem["status"], problem["type"].rpartition(":")[-1]) == (422, "replay-refused")
    assert problem["reason"] == "price-mismatch"
    assert "Expected another total" in problem["detail"]


async def test_a_replay_during_an_outage_is_to_be_repeated(api):
    """As everywhere."""
    response = await replay(api, FIVE[0].id)

    assert problem_of(response)["status"] == 503
    assert response.headers["Retry-After"]


async def test_discards_a_letter(api, letters):
    """With or without a word about why; twice is once."""
    for letter, body in ((FIVE[0], {"comment": "a test"}), (FIVE[1], b""), (FIVE[0], b"")):
        response = await api.discard_letter(posted(letter.id, body))

        assert (response.status_code, body_of(response)["state"]) == (200, "discarded")

    assert "a test" in letters.letters[FIVE[0].id].detail


async def test_settled_letters_stay_settled(api):
    """409 in both directions."""
    await api.discard_letter(posted(FIVE[0].id))

    for response in (
        await replay(api, FIVE[0].id),
        await api.discard_letter(posted(FIVE[3].id)),
    ):
        assert problem_of(response)["status"] == 409


@pytest.mark.parametrize("body", [{"comment": "x" * 501}, {"coment": "typo"}, [], b"{"])
async def test_a_comment_that_cannot_be_kept_discards_nothing(api, letters, body):
    """The comment is the record of the decision."""
    response = await api.discard_letter(posted(FIVE[0].id, body))

    assert problem_of(response)["status"] in (400, 422)
    assert letters.letters[FIVE[0].id].state is LetterState.DEAD


@pytest.mark.parametrize(("id_", "status"), [(ABSENT, 404), ("nonsense", 400), ("../secret", 400)])
async def test_only_letters_have_ids(api, id_, status):
    """What is no id never becomes the name of a blob."""
    for response in (
        await api.get_letter(request("GET", letterId=id_)),
        await replay(api, id_),
        await api.discard_letter(posted(id_)),
    ):
        assert problem_of(response)["status"] == status


async def test_nothing_an_event_says_is_logged(api, verdicts):
    """Names and addresses are in it."""
    verdicts += [Verdict(Judgement.POISON, "price-mismatch", ""), Verdict(Judgement.DONE)]

    with structlog.testing.capture_logs() as logs:
        await api.get_letter(request("GET", letterId=FIVE[0].id))
        await replay(api, FIVE[0].id)
        await replay(api, FIVE[0].id)
        await api.discard_letter(posted(FIVE[1].id))

    assert logs
    assert "Secret" not in str(logs)
