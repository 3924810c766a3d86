"""Checks a Python function against its bindings with the rules of the Python worker.

Source: ``azure_functions_worker/functions.py``. A function that the real worker refuses must not
load here either.
"""

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.functions import meta
from azure.functions._thirdparty import typing_inspect

from emulators.functions_host.errors import FunctionLoadError, UnsupportedError
from emulators.functions_host.functions import DURABLE_CLIENT, Binding

_CONVERTERS: Any = meta.get_binding_registry()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Signature:
    """What loading learned about a function's parameters and return value."""

    requires_context: bool
    parameters: Mapping[str, Binding]
    converters: Mapping[str, Any]
    output: Any


def check_signature(
    name: str, function: Callable[..., Any], bindings: list[Binding], trigger: Binding
) -> Signature:
    """Match *function*'s parameters with *bindings*, both ways.

    Raises:
        FunctionLoadError: they do not match.
        UnsupportedError: a binding this host does not have.
    """
    parameters = dict(inspect.signature(function).parameters)
    annotations = _annotations(name, function)
    bound = {binding["name"]: binding for binding in bindings if binding["name"] != "$return"}
    requires_context = "context" in parameters and "context" not in bound
    if requires_context:
        del parameters["context"]
        _check_context(name, annotations)
    _check_names(name, set(parameters), set(bound))
    converters = {
        parameter: _converter(name, parameter, bound[parameter], annotations)
        for parameter in parameters
    }
    output = _output(name, bindings, trigger, annotations)
    return Signature(requires_context, bound, converters, output)


def _annotations(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError as error:
        # An import under TYPE_CHECKING: the worker resolves annotations at run time.
        raise FunctionLoadError(name, f"its annotations cannot be resolved: {error}") from error


def _check_context(name: str, annotations: Mapping[str, Any]) -> None:
    if "context" not in annotations:
        return
    annotation = annotations["context"]
    if not isinstance(annotation, type) or annotation.__name__ != "Context":
        raise FunctionLoadError(
            name,
            'the "context" parameter is expected to be of type azure.functions.Context, got '
            f"{annotation!r}",
        )


def _check_names(name: str, declared: set[str], bound: set[str]) -> None:
    if unbound := declared - bound:
        raise FunctionLoadError(
            name,
            "the following parameters are declared in Python but not in the function definition "
            f"(function.json or function decorators): {unbound!r}",
        )
    if undeclared := bound - declared:
        raise FunctionLoadError(
            name,
            "the following parameters are declared in the function definition (function.json or "
            f"function decorators) but not in Python: {undeclared!r}",
        )


def _converter(name: str, parameter: str, binding: Binding, annotations: Mapping[str, Any]) -> Any:
    type_ = binding["type"]
    if str(binding["direction"]).upper() != "IN":
        raise UnsupportedError(f"the output binding {type_} of function {name}")
    converter = _CONVERTERS.get(type_)
    if converter is None:
        raise UnsupportedError(f"the binding {type_} of function {name}")
    if parameter in annotations:
        _check_annotation(name, parameter, type_, annotations[parameter], converter)
    return converter


def _check_annotation(
    name: str, parameter: str, type_: str, annotation: Any, converter: Any
) -> None:
    # typing.Dict[str, str] passes, dict[str, str] and unions do not: the worker looks no closer.
    generic_alias = typing_inspect.is_generic_type(annotation)  # type: ignore[no-untyped-call]
    if not isinstance(annotation, type) and not generic_alias:
        raise FunctionLoadError(
            name, f"binding {parameter} has invalid non-type annotation {annotation!r}"
        )
    # str and bytes make a binding "generic" to the worker, unless its trigger returns something
    # of itself, as an activity does: then its own converter stays.
    if (
        annotation in (str, bytes)
        and not _has_implicit_output(converter)
        and type_ != DURABLE_CLIENT
    ):
        raise UnsupportedError(f"a {annotation.__name__} parameter for {type_} (function {name})")
    if not _accepts(converter, annotation):
        raise FunctionLoadError(
            name,
            f'type of {parameter} binding in function definition "{type_}" does not match its '
            f'Python annotation "{annotation.__name__}"',
        )


def _accepts(converter: Any, annotation: Any) -> bool:
    try:
        return bool(converter.check_input_type_annotation(annotation))
    except TypeError:  # a generic alias, where the converter asks for subclasses
        return False


def _output(
    name: str, bindings: list[Binding], trigger: Binding, annotations: Mapping[str, Any]
) -> Any:
    """The converter of the return value: that of ``$return``, or of a trigger that has one."""
    returned = next((binding for binding in bindings if binding["name"] == "$return"), None)
    if returned is None:
        converter = _CONVERTERS.get(trigger["type"])
        return converter if _has_implicit_output(converter) else None
    converter = _CONVERTERS.get(returned["type"])
    if converter is None:
        raise UnsupportedError(f"the output binding {returned['type']} of function {name}")
    _check_return(name, returned["type"], annotations, converter)
    return converter


def _has_implicit_output(converter: Any) -> bool:
    # Only converters for input know the question.
    return bool(getattr(converter, "has_implicit_output", lambda: False)())


def _check_return(name: str, type_: str, annotations: Mapping[str, Any], converter: Any) -> None:
    if "return" not in annotations:
        return
    annotation = annotations["return"]
    if not isinstance(annotation, type):
        raise FunctionLoadError(name, f"has invalid non-type return annotation {annotation!r}")
    if not converter.check_output_type_annotation(annotation):
        raise FunctionLoadError(
            name,
            f'Python return annotation "{annotation.__name__}" does not match binding type '
            f'"{type_}"',
        )
