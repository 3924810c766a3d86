"""JSON as the host's own reader takes it: with comments and commas before a closing bracket.

Json.NET allows both, so published host.json and local.settings.json files have them.
"""

import json
import re
from typing import Any

_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)


def loads(text: str) -> Any:
    """Read *text*.

    Raises:
        ValueError: it is not JSON, even so.
    """
    # Strings match first and stay, so what only looks like a comment in them does, too. A comment
    # leaves a blank, which keeps what it separates apart.
    bare = _COMMENT.sub(lambda found: found[1] or " ", text)
    return json.loads(_LAST_COMMA.sub(lambda found: found[1] or "", bare))
