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

from emulators.functions_host.binding_rules import is_output
from emulators.functions_host.errors import FunctionLoadError, UnsupportedError
from emulators.functions_host.functions import DURABLE_CLIENT, HTTP, RETURN, Binding
from emulators.functions_host.worker.generic_converter import GenericConverter
from emulators.functions_host.worker.web_extension import WebExtension, web_extension

_CONVERTERS: Any = meta.get_binding_registry()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Signature:
    """What loading learned about a function's parameters and return value."""

    requires_context: bool
    parameters: Mapping[str, Binding]
    outputs: Mapping[str, Binding]
    converters: Mapping[str, Any]
    output: Any


def check_signature(
    name: str, function: Callable[..., Any], bindings: list[Binding], trigger: Binding
) -> Signature:
    """Match *function*'s parameters with *bindings*, both ways.

    Raises:
        FunctionLoadError: they do not match.
        UnsupportedError: a parameter this host cannot fill.
    """
    parameters = dict(inspect.signature(function).parameters)
    annotations = _annotations(name, function)
    bound = {binding["name"]: binding for binding in bindings if binding["name"] != RETURN}
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
    outputs = {parameter: one for parameter, one in bound.items() if is_output(one)}
    inputs = {parameter: one for parameter, one in bound.items() if parameter not in outputs}
    return Signature(requires_context, inputs, outputs, converters, output)


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
    converter = _CONVERTERS.get(binding["type"])
    if parameter not in annotations:
        return converter
    if binding["type"] == HTTP and (extension := web_extension()):
        _check_request(name, parameter, extension, annotations[parameter])
        return converter
    annotation = _inner_type(name, parameter, binding, annotations[parameter])
    # typing.Dict[str, str] passes, dict[str, str] and unions do not: the worker looks no closer.
    if not isinstance(annotation, type) and not _is_generic(annotation):
        raise FunctionLoadError(
            name, f"binding {parameter} has invalid non-type annotation {annotation!r}"
        )
    if _is_generic_binding(binding["type"], annotation, converter):
        if binding["type"] == HTTP:
            # The worker loads it, and fails at every request.
            raise UnsupportedError(
                f"a {annotation.__name__} parameter for {HTTP} (function {name})"
            )
        return GenericConverter
    if not _accepts(converter, annotation, is_out=is_output(binding)):
        raise FunctionLoadError(
            name,
            f'type of {parameter} binding in function definition "{binding["type"]}" does not '
            f'match its Python annotation "{annotation.__name__}"',
        )
    return converter


def _check_request(name: str, parameter: str, extension: WebExtension, annotation: Any) -> None:
    if not extension.takes(annotation):
        raise FunctionLoadError(
            name,
            f"the app imports an HTTP extension, so {parameter} has to be that one's Request, "
            f"not {annotation!r}",
        )


def _inner_type(name: str, parameter: str, binding: Binding, annotation: Any) -> Any:
    """The annotation, for an output what stands in ``func.Out[...]``."""
    origin = typing.get_origin(annotation) or annotation
    is_out = isinstance(origin, type) and origin.__name__ == "Out"
    if is_out != is_output(binding):
        says = "a subclass of" if is_output(binding) else "no"
        raise FunctionLoadError(
            name,
            f'binding {parameter} is declared to have the "{str(binding["direction"]).lower()}" '
            f"direction, so its annotation in Python must be {says} azure.functions.Out",
        )
    if not is_out:
        return annotation
    arguments = typing.get_args(annotation)
    if len(arguments) != 1:
        raise FunctionLoadError(
            name, f"binding {parameter} has invalid Out annotation {annotation!r}"
        )
    return arguments[0]


def _is_generic(annotation: Any) -> bool:
    return bool(typing_inspect.is_generic_type(annotation))  # type: ignore[no-untyped-call]


def _is_generic_binding(type_: str, annotation: Any, converter: Any) -> bool:
    # str and bytes make a binding "generic" to the worker, unless its trigger returns something
    # of itself, as an activity does: then its own converter stays.
    is_text = annotation in (str, bytes)
    return is_text and not _has_implicit_output(converter) and type_ != DURABLE_CLIENT


def _accepts(converter: Any, annotation: Any, *, is_out: bool) -> bool:
    check = (
        converter.check_output_type_annotation if is_out else converter.check_input_type_annotation
    )
    try:
        return bool(check(annotation))
    except TypeError:  # a generic alias, where the converter asks for subclasses
        return False


def _output(
    name: str, bindings: list[Binding], trigger: Binding, annotations: Mapping[str, Any]
) -> Any:
    """The converter of the return value: that of ``$return``, or of a trigger that has one."""
    returned = next((binding for binding in bindings if binding["name"] == RETURN), None)
    if returned is None:
        converter = _CONVERTERS.get(trigger["type"])
        return converter if _has_implicit_output(converter) else None
    converter = _CONVERTERS.get(returned["type"])
    if trigger["type"] == HTTP and web_extension():
        return converter
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
