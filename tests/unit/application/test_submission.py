"""What gets past intake: nothing that is not exactly an order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.application.submission import OrderSubmission, ProductImport
from tests.builders import submission, submission_json


def offending(body: object) -> set[str]:
    """The fields that validation names for *body*."""
    with pytest.raises(ValidationError) as refusal:
        OrderSubmission.model_validate_json(json.dumps(body))
    return {".".join(str(part) for part in error["loc"]) for error in refusal.value.errors()}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customerId": ""}, "customerId"),
        ({"customerId": "a b"}, "customerId"),
        ({"customerId": 7}, "customerId"),
        ({"customerId": None}, "customerId"),
        ({"currency": "pounds"}, "currency"),
        ({"lines": []}, "lines"),
        ({"lines": "none"}, "lines"),
        ({"lines": [{"sku": "A/B", "quantity": 1}]}, "lines.0.sku"),
        ({"lines": [{"sku": "A", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": 1_000_001}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": "2"}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": 1.5}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": True}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "A", "quantity": 1, "price": "0.01"}]}, "lines.0.price"),
        ({"paymentMethod": "pm card"}, "paymentMethod"),
        ({"expectedTotal": {"amount": "1.001", "currency": "GBP"}}, "expectedTotal"),
        ({"expectedTotal": {"amount": 5, "currency": "GBP"}}, "expectedTotal.amount"),
        ({"discount": "100%"}, "discount"),
    ],
)
def test_names_the_field_that_is_wrong(change, field):
    """A client that is told which field it was can fix it without a support call."""
    assert offending(submission_json(**change)) == {field}


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\x1b[31m", "a\u2028b", " ", "x" * 201])
def test_refuses_text_that_breaks_labels_and_logs(text):
    """An address ends up on a label, in a CSV file and in a terminal."""
    address = submission_json()["shippingAddress"] | {"city": text}

    assert offending(submission_json(shippingAddress=address)) == {"shippingAddress.city"}


def test_refuses_a_lone_surrogate():
    """It cannot be stored as UTF-8, and would fail much later than here."""
    body = json.dumps(submission_json()).replace("London", "\\ud800")

    with pytest.raises(ValidationError):
        OrderSubmission.model_validate_json(body)


def test_takes_2000_lines_and_not_one_more():
    """The bound of an order is stated, and holds."""
    lines = [{"sku": f"SKU-{n}", "quantity": 1} for n in range(2001)]

    assert len(submission(lines=lines[:2000]).lines) == 2000
    assert offending(submission_json(lines=lines)) == {"lines"}


def test_equal_skus_may_not_add_up_to_more_than_one_line_may_have():
    """Splitting a line does not get around its limit."""
    lines = [{"sku": "A", "quantity": 600_000}, {"sku": "A", "quantity": 600_000}]

    assert offending(submission_json(lines=lines)) == {""}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(submission_json())), json_values)
def test_any_json_in_any_field_is_taken_or_refused_never_a_crash(field: str, value: object):
    """Whatever a client sends, the answer is not a 500."""
    body = json.dumps(submission_json(**{field: value}))
    try:
        taken = OrderSubmission.model_validate_json(body)
    except ValidationError:
        return
    assert taken.merged_lines()


@given(st.permutations(sorted(submission_json())))
def test_the_same_body_spelt_differently_has_the_same_fingerprint(order_of_fields: list[str]):
    """JSON objects have no order: a client's serializer may shuffle them between repeats."""
    body = submission_json()
    shuffled = json.dumps({field: body[field] for field in order_of_fields}, indent=2)

    assert OrderSubmission.model_validate_json(shuffled).fingerprint() == submission().fingerprint()


def test_another_quantity_is_another_fingerprint():
    """Otherwise a changed order would be taken for a repeat."""
    other = submission(lines=[{"sku": "MUG-BLUE", "quantity": 3}])

    assert other.fingerprint() != submission().fingerprint()


def test_an_import_names_each_sku_once():
    """Of two prices for one SKU, the winner would be a matter of luck."""
    price = {"amount": "1.00", "currency": "GBP"}
    product = {"sku": "A", "name": "A", "price": price, "onHand": 1}

    with pytest.raises(ValidationError, match="listed more than once: A"):
        ProductImport.model_validate({"products": [product, product]})
