"""Stripe's request encoding: form fields whose names nest with brackets."""

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from emulators.payments.errors import InvalidParameterError

Form: TypeAlias = dict[str, "str | Form"]

MAX_DEPTH = 8  # far beyond any Stripe parameter; a hostile name could nest without end
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def parse_form(encoded: str) -> Form:
    """Read ``metadata[order]=42&items[]=a``; a list becomes an object with its indexes as names.

    Raises:
        InvalidParameterError: a name's brackets do not nest, or it is both a value and a parent.
    """
    form: Form = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _put(form, name, value)
    return form


def _put(form: Form, name: str, value: str) -> None:
    match = _NAME.fullmatch(name)
    if not match:
        raise InvalidParameterError(f"Invalid parameter name: {name}", name)
    *parents, leaf = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(parents) > MAX_DEPTH:
        raise InvalidParameterError(f"{match[1]} nests too deeply.", match[1])
    for parent in parents:
        child = form.setdefault(parent or str(len(form)), {})
        if isinstance(child, str):
            raise InvalidParameterError(f"Invalid hash: {parent} is a string.", name)
        form = child
    form[leaf or str(len(form))] = value
