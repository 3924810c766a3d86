"""What the app measures of itself, by OpenTelemetry.

Only the API is used: without an SDK that somebody has set up, nothing is recorded and nothing sent.
"""

from collections.abc import Iterable

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

from shared.application.ports import CircuitBreaker, CircuitState

_meter = get_meter("orders")

_attention = _meter.create_counter(
    "orders.needs_attention", "{order}", "Orders handed to a person, by the work and its reason"
)


def count_attention(work: str, reason: str) -> None:
    """An order needs a person. *reason* is a stable code."""
    _attention.add(1, {"work": work, "reason": reason})


def observe_circuit(circuit: CircuitBreaker) -> None:
    """Measure *circuit* from now on: 1 for the state that it is in, 0 for the others."""

    def states(_: CallbackOptions) -> Iterable[Observation]:
        current = circuit.state
        for state in CircuitState:
            yield Observation(
                int(state is current), {"circuit": circuit.name, "state": state.value}
            )

    _meter.create_observable_gauge(
        "orders.circuit_state", [states], "1", "The state of each circuit breaker of the worker"
    )
