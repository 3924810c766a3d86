"""Loads ``function_app.py`` by path, as the Python worker does, and lists its functions."""

import importlib
import inspect
import json
import os
import sys
import traceback
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from azure.functions.decorators.function_app import FunctionRegister

from emulators.functions_host.binding_rules import check_binding
from emulators.functions_host.errors import FunctionLoadError, StartError, UnsupportedError
from emulators.functions_host.functions import (
    DURABLE_CLIENT,
    HTTP,
    ORCHESTRATION,
    Binding,
    LoadedFunction,
    UserFunction,
)
from emulators.functions_host.local_settings import resolve_percent
from emulators.functions_host.retry import read_function_policy
from emulators.functions_host.worker.signature import Signature, check_signature
from emulators.functions_host.worker.web_extension import web_extension


def load_functions(directory: Path, only: Collection[str] | None = None) -> list[UserFunction]:
    """Import the app in *directory* and return its functions, sorted by name.

    With *only*, names in lower case, others are left out.

    Raises:
        StartError: it does not load, with the reason the real worker would have.
    """
    app = _find_app(_import_app(directory))
    try:
        functions = app.get_functions()
    except (ValueError, TypeError) as error:
        raise StartError(f"the function app cannot be indexed: {error}") from error
    wanted = [one for one in functions if only is None or one.get_function_name().lower() in only]
    loaded = [_load(one, directory) for one in wanted]
    return sorted(loaded, key=lambda function: function.loaded.name.lower())


def _import_app(directory: Path) -> ModuleType:
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not (directory / script).is_file():
        if any(directory.glob("*/function.json")):
            raise UnsupportedError(f"the v1 programming model (function.json files in {directory})")
        raise StartError(f"there is no {script} in {directory}")
    # The real module name matters: custom classes in Durable payloads are looked up by it.
    sys.path.insert(0, str(directory))
    try:
        return importlib.import_module(Path(script).stem)
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        raise StartError(f"{script} cannot be imported:\n{trace}") from error


def _find_app(module: ModuleType) -> Any:
    found = {
        id(value): value
        for value in (getattr(module, name) for name in dir(module))
        if isinstance(value, FunctionRegister)
    }
    if len(found) != 1:
        what = "no top level function app" if not found else "more than one function app"
        raise StartError(
            f"{module.__name__} has {what}; it must define exactly one FunctionApp or DFApp"
        )
    return next(iter(found.values()))


def _is_disabled(function: Any) -> bool:
    name = function.get_function_name()
    # Not every shell takes dots in names; Azure's documentation has the underscores for Linux.
    settings = (f"AzureWebJobs{dot}{name}{dot}Disabled" for dot in (".", "__", "_"))
    return any(os.environ.get(one, "").lower() in ("true", "1") for one in settings)


def _load(function: Any, directory: Path) -> UserFunction:
    if not _is_disabled(function):
        return _load_enabled(function, directory)
    try:
        usable = _load_enabled(function, directory)
    except StartError:
        # Often the reason why it is switched off on this machine.
        return _unusable(function, directory)
    return replace(usable, loaded=replace(usable.loaded, disabled=True))


def _unusable(function: Any, directory: Path) -> UserFunction:
    """A disabled function that would not load: it is listed, and calling it fails."""
    bindings = [json.loads(text) for text in function.get_raw_bindings()]
    loaded = LoadedFunction(
        name=function.get_function_name(),
        is_async=False,
        bindings=tuple(bindings),
        trigger=next((one for one in bindings if _is_trigger(one)), {"type": "unknown"}),
        parameters={},
        outputs={},
        retry=None,
        disabled=True,
    )
    return UserFunction(
        loaded=loaded,
        directory=str(directory),
        call=function.get_user_function(),
        requires_context=False,
        converters={},
        output=None,
    )


def _load_enabled(function: Any, directory: Path) -> UserFunction:
    name = function.get_function_name()
    bindings = [_read_binding(text) for text in function.get_raw_bindings()]
    trigger = _find_trigger(name, bindings)
    for binding in bindings:
        check_binding(name, binding)
    user_function = function.get_user_function()
    signature = check_signature(name, user_function, bindings, trigger)
    retry = function.get_settings_dict("retry_policy")
    loaded = LoadedFunction(
        name=name,
        is_async=inspect.iscoroutinefunction(user_function),
        bindings=tuple(bindings),
        trigger=trigger,
        parameters=signature.parameters,
        outputs=signature.outputs,
        retry=read_function_policy(name, retry) if retry else None,
        streams=_streams(name, signature, trigger),
    )
    return UserFunction(
        loaded=loaded,
        directory=str(directory),
        call=user_function,
        requires_context=signature.requires_context,
        converters=signature.converters,
        output=signature.output,
    )


def _read_binding(text: str) -> Binding:
    binding: dict[str, Any] = json.loads(text)
    return {
        key: resolve_percent(value) if isinstance(value, str) else value
        for key, value in binding.items()
        if value is not None
    }


def _is_trigger(binding: Binding) -> bool:
    return str(binding["type"]).lower().endswith("trigger")


def _find_trigger(name: str, bindings: list[Binding]) -> Binding:
    trigger = next((one for one in bindings if _is_trigger(one)), None)
    if trigger is None:
        raise FunctionLoadError(name, "it has no trigger")
    durable_name = str(trigger.get("orchestration") or name)
    if trigger["type"] == ORCHESTRATION and durable_name.startswith("@"):
        raise FunctionLoadError(name, "the name of an orchestrator must not start with '@'")
    return trigger


def _streams(name: str, signature: Signature, trigger: Binding) -> bool:
    if trigger["type"] != HTTP or web_extension() is None:
        return False
    others = {one["type"] for one in signature.parameters.values()} - {HTTP, DURABLE_CLIENT}
    if others or signature.outputs:
        raise UnsupportedError(f"bindings beside an HTTP stream (function {name})")
    return True
