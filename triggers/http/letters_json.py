"""How dead letters look on the wire."""

import json
from typing import Any

from shared.domain.letter import Letter
from triggers.http.responses import Json

LETTERS_PATH = "/api/ops/dead-letters"


def letter_json(letter: Letter) -> Json:
    """What is known of a letter. What its event says is not in it."""
    return {
        "id": letter.id,
        "state": letter.state.value,
        "reason": letter.reason,
        "detail": letter.detail,
        "at": letter.at.isoformat(),
        "origin": letter.origin,
        "eventId": letter.event_id,
        "eventType": letter.event_type,
        "source": letter.source,
        "links": {"self": f"{LETTERS_PATH}/{letter.id}"},
    }


def letter_with_original(letter: Letter, original: bytes) -> str:
    """The same with the event as it came, as JSON text: under ``original`` if it is JSON, else
    under ``originalText``.

    The event is not written anew: numbers, order and repeated names are what the sender wrote.
    """
    text = original.decode(errors="replace")
    name, value = ("original", text) if _is_json(text) else ("originalText", json.dumps(text))
    facts = json.dumps(letter_json(letter))
    return f'{facts[:-1]}, "{name}": {value}}}'


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
