"""An orchestrator's answers are read as if each were the first, though most of them is known."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulators.functions_host.durable.actions import AnswerReader, read_result

# Text that would mislead a reader that only looks for brackets and quotes.
_TEXTS = st.sampled_from(["step", "", ']], "output": 1}', '{"a": [[', '", ', "\\", "é\u2028", "]"])
_VALUES = st.none() | st.booleans() | st.integers() | _TEXTS
_ACTIONS = st.fixed_dictionaries(
    {"actionType": st.integers(0, 12)},
    optional={"input": _TEXTS, "isCanceled": st.booleans(), "compoundActions": st.lists(_VALUES)},
)


def answer(actions: list[Any], *, done: bool = False, **others: Any) -> str:
    """What the SDK answers, in its order of keys."""
    return json.dumps({"isDone": done, "schemaVersion": 2, "actions": [actions], **others})


@given(st.data())
def test_reads_every_answer_as_if_it_were_the_first(data: st.DataObject):
    """Whether the orchestrator goes on, changes its mind or ends: nothing may hide a change."""
    reader = AnswerReader()
    actions: list[Any] = []
    for _ in range(data.draw(st.integers(1, 6))):
        kept = data.draw(st.integers(0, len(actions)) | st.just(len(actions)))
        actions = [*actions[:kept], *data.draw(st.lists(_ACTIONS, max_size=3))]
        others = data.draw(st.dictionaries(st.sampled_from(["output", "customStatus"]), _VALUES))
        text = answer(actions, done=data.draw(st.booleans()), **others)

        result = reader.read(text)

        assert result == read_result(text)


def test_does_not_parse_a_known_action_again():
    """An orchestration of a thousand steps repeats a thousand actions at every step."""
    reader = AnswerReader()
    first = reader.read(answer([{"actionType": 0, "input": "1"}]))

    second = reader.read(answer([{"actionType": 0, "input": "1"}, {"actionType": 0}]))

    assert second.actions[0] is first.actions[0]


def test_notices_a_timer_that_was_cancelled():
    """The one change the SDK makes to an action that it has given before."""
    reader = AnswerReader()
    reader.read(answer([{"actionType": 5, "isCanceled": False}, {"actionType": 0}]))

    result = reader.read(answer([{"actionType": 5, "isCanceled": True}, {"actionType": 0}]))

    assert [one.get("isCanceled") for one in result.actions] == [True, None]


def test_reads_answers_in_any_other_form():
    """Orchestrators may be written without the SDK, or with another version of it."""
    reader = AnswerReader()
    loose = '{"actions":[[{"actionType":0},{"actionType":1}]],"isDone":false}'
    tight = (
        '{"isDone": false, "schemaVersion": 2, "actions": [[{"actionType":0},{"actionType":1}]]}'
    )

    results = [reader.read(text) for text in (loose, tight, loose)]

    assert results == [read_result(text) for text in (loose, tight, loose)]
