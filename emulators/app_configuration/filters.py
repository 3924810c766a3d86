r"""Filters of list requests: ``abc``, ``abc*``, ``*``, ``a,b``, ``\`` before ``* , \``, tags.

Source: https://learn.microsoft.com/azure/azure-app-configuration/rest-api-key-value#filtering
"""

from collections.abc import Iterable
from dataclasses import dataclass

from emulators.app_configuration.errors import InvalidArgumentError
from emulators.app_configuration.resources import KeyValue

MAX_ALTERNATIVES = 5
MAX_TAG_FILTERS = 5
NULL = "\0"  # stands for "no label" and "no tag value"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One alternative of a filter: an exact text, or everything that starts with it."""

    text: str
    prefix: bool = False

    def matches(self, subject: str) -> bool:
        return subject.startswith(self.text) if self.prefix else subject == self.text


Patterns = tuple[Pattern, ...]
ANYTHING: Patterns = (Pattern("", prefix=True),)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which key-values a list request asks for."""

    keys: Patterns = ANYTHING
    labels: Patterns = ANYTHING
    tags: tuple[tuple[str, str | None], ...] = ()

    def matches(self, item: KeyValue) -> bool:
        return (
            matches_any(self.keys, item.key)
            and matches_any(self.labels, item.label)
            and all(name in item.tags and item.tags[name] == value for name, value in self.tags)
        )


def matches_any(patterns: Patterns, subject: str | None) -> bool:
    """Whether one of the alternatives matches; None is matched as :data:`NULL`."""
    text = NULL if subject is None else subject
    return any(pattern.matches(text) for pattern in patterns)


def parse_patterns(name: str, text: str | None) -> Patterns:
    """Read the filter *text* of the parameter *name*; none means anything.

    Raises:
        InvalidArgumentError: too many alternatives, or ``*`` where it cannot stand.
    """
    if text is None:
        return ANYTHING
    patterns = tuple(_pattern(name, item) for item in _split(name, text))
    if len(patterns) > MAX_ALTERNATIVES:
        raise InvalidArgumentError(name, f"at most {MAX_ALTERNATIVES} alternatives are possible")
    return patterns


def _split(name: str, text: str) -> Iterable[list[str]]:
    """Cut at commas; an escaped character stays together with its backslash."""
    items: list[list[str]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == ",":
            items.append([])
        elif character == "\\":
            escaped = next(characters, None)
            if escaped is None:
                raise InvalidArgumentError(name, "nothing follows the escape character")
            items[-1].append(character + escaped)
        else:
            items[-1].append(character)
    return items


def _pattern(name: str, characters: list[str]) -> Pattern:
    prefix = characters[-1:] == ["*"]
    literal = characters[:-1] if prefix else characters
    if "*" in literal:
        raise InvalidArgumentError(name, "'*' can only stand at the end")
    text = "".join(NULL if item == "\\0" else item[-1] for item in literal)
    # An empty label is no label.
    return Pattern(text or ("" if prefix else NULL), prefix)


def parse_tags(values: list[str]) -> tuple[tuple[str, str | None], ...]:
    """Read ``name=value`` filters, all of which have to hold.

    Raises:
        InvalidArgumentError: one has no ``=``, or there are too many.
    """
    if len(values) > MAX_TAG_FILTERS:
        raise InvalidArgumentError("tags", f"at most {MAX_TAG_FILTERS} tag filters are possible")
    return tuple(_tag(value) for value in values)


def _tag(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidArgumentError("tags", "a tag filter is name=value")
    return name, None if value in (NULL, "\\0") else value
