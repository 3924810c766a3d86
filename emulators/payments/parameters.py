"""Checks a request's parameters before it executes, as Stripe words them."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from emulators.payments.errors import InvalidParameterError, NotSupportedError
from emulators.payments.form import Form

_INTEGER = re.compile(r"-?[0-9]{1,18}")

Convert = Callable[[str, Any], Any]

MAX_AMOUNT = 99_999_999  # eight digits: https://docs.stripe.com/currencies#minimum-and-maximum
MAX_METADATA_KEYS, MAX_METADATA_KEY, MAX_METADATA_VALUE = 50, 40, 500


def read_parameters(
    form: Form, known: Mapping[str, Convert], required: Collection[str], where: str
) -> dict[str, Any]:
    """The parameters of *form*, converted by *known*.

    Raises:
        InvalidParameterError: one is malformed or a *required* one is missing.
        NotSupportedError: one is not in *known*; *where* says whose parameter it is.
    """
    for name in form:
        if name not in known:
            raise NotSupportedError(f"the parameter '{name}' of {where}", name)
    for name in required:
        if name not in form:
            raise InvalidParameterError(
                f"Missing required param: {name}.", name, "parameter_missing"
            )
    return {name: known[name](name, value) for name, value in form.items()}


def text(name: str, value: Any) -> str:
    """A string that is not empty."""
    if not isinstance(value, str):
        raise InvalidParameterError(f"Invalid string: {dict(value)}", name)
    if not value:
        raise InvalidParameterError(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to"
            f" unset a parameter; however '{name}' cannot be unset.",
            name,
            "parameter_invalid_empty",
        )
    return value


def integer(name: str, value: Any) -> int:
    """A whole number."""
    digits = text(name, value)
    if not _INTEGER.fullmatch(digits):
        raise InvalidParameterError(f"Invalid integer: {digits}", name, "parameter_invalid_integer")
    return int(digits)


def amount(name: str, value: Any) -> int:
    """A positive number of minor units, within what Stripe takes."""
    number = integer(name, value)
    if number < 1:
        raise InvalidParameterError(
            "This value must be greater than or equal to 1.", name, "parameter_invalid_integer"
        )
    if number > MAX_AMOUNT:
        raise InvalidParameterError(
            f"Amount must be no more than {MAX_AMOUNT} minor units.", name, "amount_too_large"
        )
    return number


def currency(name: str, value: Any) -> str:
    """An ISO 4217 code, in lower case as Stripe stores it."""
    code = text(name, value).lower()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise InvalidParameterError(f"Invalid currency: {code}.", name)
    return code


def boolean(name: str, value: Any) -> bool:
    """``true`` or ``false``."""
    if value not in ("true", "false"):
        raise InvalidParameterError(f"Invalid boolean: {value}", name)
    return bool(value == "true")


def one_of(*allowed: str) -> Convert:
    """A check for one of the *allowed* strings."""

    def convert(name: str, value: Any) -> str:
        if value not in allowed:
            raise InvalidParameterError(
                f"Invalid {name}: must be one of {', '.join(allowed)}", name
            )
        return str(value)

    return convert


def page_size(name: str, value: Any) -> int:
    """How many items a list page holds."""
    number = integer(name, value)
    if not 1 <= number <= 100:
        raise InvalidParameterError(
            "This value must be between 1 and 100.", name, "parameter_invalid_integer"
        )
    return number


def moments(name: str, value: Any) -> dict[str, int]:
    """``created``: seconds since 1970, or bounds for them."""
    if isinstance(value, str):
        moment = integer(name, value)
        return {"gte": moment, "lte": moment}
    bounds = dict.fromkeys(("gt", "gte", "lt", "lte"), integer)
    return read_parameters(value, bounds, (), name)


def texts(name: str, value: Any) -> list[str]:
    """A list of strings."""
    if not isinstance(value, dict) or not value:
        raise InvalidParameterError("Invalid array", name)
    return [text(name, item) for item in value.values()]


def expandable(paths: Collection[str]) -> Convert:
    """``expand``: which members of the answer are objects and not ids."""

    def convert(name: str, value: Any) -> list[str]:
        asked = texts(name, value)
        for path in asked:
            if path not in paths:
                raise NotSupportedError(f"expanding '{path}'", name)
        return asked

    return convert


def cards_only(name: str, value: Any) -> list[str]:
    """``payment_method_types``: the emulated account has cards enabled and nothing else."""
    types = list(value.values()) if isinstance(value, dict) else [value]
    if types != ["card"]:
        raise NotSupportedError(f"the payment method types {types}", name)
    return ["card"]


def automatic_payment_methods(name: str, value: Any) -> dict[str, Any]:
    """``enabled`` and ``allow_redirects``."""
    if not isinstance(value, dict):
        raise InvalidParameterError("Invalid object", name)
    known = {"enabled": boolean, "allow_redirects": one_of("always", "never")}
    read = read_parameters(value, known, ("enabled",), name)
    return {"allow_redirects": "always", **read}


def metadata(name: str, value: Any) -> dict[str, str]:
    """Changes to metadata: an empty value removes its key, an empty string removes all."""
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise InvalidParameterError("Invalid metadata: a flat object of strings is needed.", name)
    _check_metadata_size(name, value)
    return dict(value)


def _check_metadata_size(name: str, value: dict[str, str]) -> None:
    if len(value) > MAX_METADATA_KEYS:
        raise InvalidParameterError(f"Metadata can have up to {MAX_METADATA_KEYS} keys.", name)
    for key, item in value.items():
        if len(key) > MAX_METADATA_KEY or len(item) > MAX_METADATA_VALUE:
            raise InvalidParameterError(
                f"Metadata keys can be up to {MAX_METADATA_KEY} characters long and values up to"
                f" {MAX_METADATA_VALUE}.",
                f"{name}[{key}]",
            )
