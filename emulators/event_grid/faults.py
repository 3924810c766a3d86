"""Faults of publishing and of delivering: those of every emulator, duplicates and lost order."""

from typing import Any, Final

from emulators.fault import BEFORE, Fault, InvalidFaultError, parse_fault
from emulators.faults import FaultPlan

PUBLISH: Final = "publish"
DELIVER: Final = "deliver"
DUPLICATES: Final = "duplicates"
REORDER: Final = "reorder"
_DELIVERY_ONLY: Final = (DUPLICATES, REORDER)
_FIELDS: Final = ("operation", "topic", "subscription")


class EventGridFaults(FaultPlan):
    """The faults in force.

    Of a delivery, ``status`` and ``drop: "before"`` are told to nobody: nothing is sent, and the
    attempt counts as failed. With ``drop: "after"`` it counts as failed though it arrived.
    ``duplicates`` sends the request again so many times, and ``reorder: 1`` makes it one of the
    newest events instead of the oldest.
    """

    def __init__(self) -> None:
        super().__init__(
            fields=_FIELDS, values={"operation": {PUBLISH, DELIVER}}, details=_DELIVERY_ONLY
        )

    def add(self, document: object) -> Fault:
        if not isinstance(document, dict) or not document.keys() & set(_DELIVERY_ONLY):
            return super().add(document)
        if document.get("operation") != DELIVER:
            raise InvalidFaultError(
                f"'{DUPLICATES}' and '{REORDER}' need \"operation\": \"{DELIVER}\""
            )
        fault = _parse(document)
        self.faults.append(fault)
        return fault


def _parse(document: dict[str, Any]) -> Fault:
    alone = not document.keys() & {"status", "drop", "latencyMs"}
    # A fault has to do something that the parser knows; these two do enough.
    fault = parse_fault(
        {**document, "drop": BEFORE} if alone else document, _FIELDS, _DELIVERY_ONLY
    )
    if alone:
        fault.drop = None
    return fault
