"""JSON with what Json.NET allows in it."""

import pytest

from emulators.functions_host import lenient_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, // one\n"b": 2}', {"a": 1, "b": 2}),
        ('/* first */ {"a": /* in\nbetween */ 1}', {"a": 1}),
        ('{"a": [1, 2,],\n}', {"a": [1, 2]}),
        ('{"url": "https://x/*y*/", "b": "\\",}"}', {"url": "https://x/*y*/", "b": '",}'}),
    ],
)
def test_reads_comments_and_last_commas(text: str, value: object):
    """Published host.json files have them, and strings that only look so stay as they are."""
    assert lenient_json.loads(text) == value


def test_refuses_a_second_document():
    """Json.NET does not read on either."""
    with pytest.raises(ValueError, match="Extra data"):
        lenient_json.loads("{} {}")
