"""The states of an order, and the identity it is derived from."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import IllegalTransition
from shared.domain.identity import derive_order_id, is_order_id
from shared.domain.order import EVENT_TYPES, TRANSITIONS, OrderStatus, merge_lines
from tests.builders import order

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.data())
def test_every_walk_through_the_states_numbers_its_events_without_gaps(data: st.DataObject):
    """The event's number is its id: a gap or a repeat would lose or double a change."""
    current = order()
    while following := sorted(TRANSITIONS[current.status]):
        current, event = current.advance(data.draw(st.sampled_from(following)), NOW)
        assert event.number == current.version
        if current.version > 12:  # NeedsAttention and Confirmed lead back to each other
            return
    assert current.status.is_settled


@given(st.sampled_from(OrderStatus), st.sampled_from(OrderStatus))
def test_refuses_every_step_that_the_table_does_not_have(before: OrderStatus, after: OrderStatus):
    """An illegal step is an error, never a silent write."""
    at_start = order(status=before)
    if after in TRANSITIONS[before]:
        assert at_start.advance(after, NOW)[0].status is after
    else:
        with pytest.raises(IllegalTransition):
            at_start.advance(after, NOW)


def test_the_table_knows_every_state_and_every_change_has_an_event():
    """A state without rules or without an event would be invisible to other systems."""
    assert set(TRANSITIONS) == set(OrderStatus)
    assert set(EVENT_TYPES) == {after for targets in TRANSITIONS.values() for after in targets}


def test_a_reason_and_a_payment_stay_when_later_steps_do_not_mention_them():
    """Refunds need the payment's id long after the step that learned it."""
    paid, _ = order(status=OrderStatus.RESERVED).advance(OrderStatus.PAID, NOW, payment_id="pi_1")

    confirmed, _ = paid.advance(OrderStatus.CONFIRMED, NOW)

    assert confirmed.payment_id == "pi_1"


@given(st.text(max_size=50), st.text(min_size=1, max_size=50))
def test_the_same_submission_always_has_the_same_id(scope: str, key: str):
    """Everything that is idempotent rests on this."""
    assert derive_order_id(scope, key) == derive_order_id(scope, key)
    assert is_order_id(derive_order_id(scope, key))


def test_the_same_key_of_two_customers_is_two_orders():
    """Keys belong to whoever sends them; nobody can meet another's order by guessing."""
    assert derive_order_id("alice", "1") != derive_order_id("bob", "1")


@pytest.mark.parametrize(
    "text", ["", "42", "0D9F5B2E-6C1A-5F43-9A57-2F1C3D4E5F60", "../stock", "\x00"]
)
def test_tells_ids_from_other_text(text):
    """What is no id never reaches the database."""
    assert not is_order_id(text)


lines = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(1, 99)), max_size=30)


@given(lines)
def test_merging_keeps_every_unit_and_names_each_sku_once(given_lines: list[tuple[str, int]]):
    """One SKU is one reservation per order; no unit may get lost on the way to it."""
    merged = merge_lines(given_lines)

    assert sum(q for _, q in merged) == sum(q for _, q in given_lines)
    assert [sku for sku, _ in merged] == list(dict.fromkeys(sku for sku, _ in given_lines))
