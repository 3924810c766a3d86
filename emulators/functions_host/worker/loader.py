"""Loads ``function_app.py`` by path, as the Python worker does, and lists its functions."""

import importlib
import inspect
import json
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from azure.functions.decorators.function_app import FunctionRegister

from emulators.functions_host.binding_rules import check_binding
from emulators.functions_host.errors import FunctionLoadError, StartError
from emulators.functions_host.functions import (
    ORCHESTRATION,
    Binding,
    LoadedFunction,
    UserFunction,
)
from emulators.functions_host.local_settings import resolve_percent
from emulators.functions_host.retry import read_function_policy
from emulators.functions_host.worker.signature import check_signature


def load_functions(directory: Path) -> list[UserFunction]:
    """Import the app in *directory* and return its functions, sorted by name.

    Those that a setting ``AzureWebJobs.NAME.Disabled`` switches off are left out.

    Raises:
        StartError: it does not load, with the reason the real worker would have.
    """
    app = _find_app(_import_app(directory))
    try:
        functions = app.get_functions()
    except (ValueError, TypeError) as error:
        raise StartError(f"the function app cannot be indexed: {error}") from error
    loaded = [_load(one, directory) for one in functions if not _is_disabled(one)]
    return sorted(loaded, key=lambda function: function.loaded.name.lower())


def _import_app(directory: Path) -> ModuleType:
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not (directory / script).is_file():
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
    name = f"AzureWebJobs.{function.get_function_name()}.Disabled"
    return os.environ.get(name, "").lower() in ("true", "1")


def _load(function: Any, directory: Path) -> UserFunction:
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


def _find_trigger(name: str, bindings: list[Binding]) -> Binding:
    trigger = next((one for one in bindings if str(one["type"]).lower().endswith("trigger")), None)
    if trigger is None:
        raise FunctionLoadError(name, "it has no trigger")
    durable_name = str(trigger.get("orchestration") or name)
    if trigger["type"] == ORCHESTRATION and durable_name.startswith("@"):
        raise FunctionLoadError(name, "the name of an orchestrator must not start with '@'")
    return trigger
