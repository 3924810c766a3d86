"""Plants a change in the saga: the text of it with one piece replaced, run as Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCE = (Path(__file__).parent / "saga.py").read_text(encoding="utf-8")

Orchestrator = Callable[[Any], Any]


def changed(*replacements: tuple[str, str]) -> Orchestrator:
    """The orchestrator with every first piece of *replacements* turned into the second."""
    source = SOURCE
    for old, new in replacements:
        assert source.count(old) == 1, f"{old!r} is not in the saga exactly once"
        source = source.replace(old, new)
    names: dict[str, Any] = {}
    exec(compile(source, "saga.py", "exec"), names)
    orchestrator: Orchestrator = names["fulfil_order"]
    return orchestrator


RESERVE = '    yield context.call_activity("reserve_stock", lines)\n'
RETURN = '        yield context.call_activity("return_payment", order)\n'
RELEASE = '        yield context.call_activity("release_stock", lines)\n'
CAPTURE = '    yield context.call_activity("capture_payment", payment)\n'
CONFIRM = '    yield context.call_activity("confirm_order", order)\n'
