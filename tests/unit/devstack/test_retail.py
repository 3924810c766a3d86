from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.retail import MAX_LINES, MAX_QUANTITY, Refusal, Row, judge, select


def fields(**changed: str) -> list[str]:
    """One sound row, with some of its fields changed."""
    sound = {
        "invoice": "536365",
        "code": "85123A",
        "description": "WHITE HANGING HEART",
        "quantity": "6",
        "date": "2010-12-01 08:26:00",
        "price": "2.55",
        "customer": "17850",
        "country": "United Kingdom",
    }
    return list((sound | changed).values())


def test_a_sound_row_is_ordered():
    """The rules exist to keep rows out; a good one must get through unchanged."""
    row = judge(fields())

    assert row == Row(
        "536365", "85123A", "WHITE HANGING HEART", 6, Decimal("2.55"), "17850", "United Kingdom"
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"invoice": "C536379", "quantity": "-1"}, Refusal.CANCELLATION),
        ({"invoice": "c536379"}, Refusal.CANCELLATION),
        ({"invoice": "A563185", "code": "B", "price": "-11062.06"}, Refusal.ADJUSTMENT),
        ({"code": "POST"}, Refusal.NO_PRODUCT),
        ({"code": "m"}, Refusal.NO_PRODUCT),
        ({"code": "BANK CHARGES"}, Refusal.NO_PRODUCT),
        ({"code": "gift_0001_20"}, Refusal.NO_PRODUCT),
        ({"code": "85123A/2"}, Refusal.NO_SKU),
        ({"quantity": "0"}, Refusal.QUANTITY_NOT_POSITIVE),
        ({"quantity": "-10", "price": "0"}, Refusal.QUANTITY_NOT_POSITIVE),
        ({"price": "0.0"}, Refusal.PRICE_NOT_POSITIVE),
        ({"price": "-1"}, Refusal.PRICE_NOT_POSITIVE),
        ({"price": "0.001"}, Refusal.PRICE_BELOW_A_PENNY),
        ({"quantity": "1000001"}, Refusal.OVER_LIMIT),
        ({"price": "1000000"}, Refusal.OVER_LIMIT),
        ({"country": "Unspecified"}, Refusal.UNKNOWN_COUNTRY),
        ({"quantity": "six"}, Refusal.UNREADABLE),
        ({"quantity": "6.5"}, Refusal.UNREADABLE),
        ({"price": "NaN"}, Refusal.UNREADABLE),
        ({"price": ""}, Refusal.UNREADABLE),
        ({"invoice": ""}, Refusal.UNREADABLE),
        ({"code": " "}, Refusal.UNREADABLE),
        ({"quantity": "9" * 5000}, Refusal.UNREADABLE),
    ],
)
def test_a_row_is_refused_for_the_first_rule_that_applies(changed, reason):
    """The report's counts mean something only if each row has one, predictable reason."""
    assert judge(fields(**changed)) is reason


@pytest.mark.parametrize("count", [0, 1, 7, 9])
def test_a_row_with_the_wrong_number_of_columns_is_unreadable(count):
    """A missing or extra comma shifts every field, so none of them can be believed."""
    assert judge((fields() * 2)[:count]) is Refusal.UNREADABLE


def test_stock_codes_are_compared_without_case():
    """The file writes one article as 85099b and 85099B; two SKUs would split its stock."""
    row = judge(fields(code="85099b"))

    assert isinstance(row, Row)
    assert row.sku == "85099B"


def test_an_order_without_a_customer_belongs_to_a_guest():
    """A quarter of all rows name no customer; they are sales nevertheless."""
    selection = select([fields(customer="")], limit=10)

    assert selection.invoices[0].customer == "guest-536365"


def test_the_first_invoices_are_taken_whatever_their_fate():
    """--limit counts what is in the file, so that it means the same for every file."""
    rows = [fields(invoice=number) for number in ("C1", "2", "3", "2")]

    selection = select(rows, limit=2)

    assert selection.invoices_read == 2
    assert [(invoice.number, len(invoice.rows)) for invoice in selection.invoices] == [("2", 2)]
    assert selection.refused == {Refusal.CANCELLATION: 1}


def test_lines_beyond_what_an_order_may_have_are_refused():
    """The app takes 2,000 lines; a longer invoice keeps its first ones rather than failing."""
    selection = select([fields()] * (MAX_LINES + 3), limit=1)

    assert selection.rows_ordered == MAX_LINES
    assert selection.refused == {Refusal.OVER_LIMIT: 3}


def test_a_quantity_that_adds_up_beyond_the_limit_is_refused():
    """The app merges equal SKUs and limits their sum, so the sum is what has to fit."""
    rows = [fields(quantity=str(MAX_QUANTITY)), fields(quantity="1")]

    assert select(rows, limit=1).refused == {Refusal.OVER_LIMIT: 1}


texts = st.text(max_size=12)
odd_fields = st.lists(texts, max_size=10)
likely_fields = st.tuples(
    st.sampled_from(["1", "2", "C3", "A4", "", "\x00", "ß"]) | texts,
    st.sampled_from(["85123A", "POST", "gift_0001_20", ""]) | texts,
    texts,
    st.integers(-5, MAX_QUANTITY * 2).map(str) | texts,
    texts,
    st.decimals(-5, 10**7, places=3).map(str) | texts,
    texts,
    st.sampled_from(["United Kingdom", "EIRE", "Unspecified"]) | texts,
).map(list)


@given(st.lists(likely_fields | odd_fields, max_size=30), st.integers(1, 5))
def test_every_row_is_ordered_or_refused_exactly_once(rows, limit):
    """No row is dropped silently, and none counts twice, whatever the file holds."""
    selection = select(rows, limit)

    assert selection.rows_ordered + sum(selection.refused.values()) == selection.rows_read
    assert selection.invoices_read <= limit


@given(st.lists(likely_fields, max_size=30))
def test_all_rows_are_read_when_the_limit_is_out_of_reach(rows):
    """Rows may only be left out by the limit, never by what they contain."""
    assert select(rows, limit=1_000).rows_read == len(rows)
