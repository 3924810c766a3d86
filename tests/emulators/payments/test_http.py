"""The HTTP around the payments: authentication, parameters, what is refused, what survives."""

import base64

import pytest
import stripe

from tests.emulators.payments.orders import authorization


@pytest.mark.parametrize("key", ["sk_live_x", "pk_test_x", "rubbish"])
async def test_only_test_mode_secret_keys_are_accepted(payments, key):
    """A live key sent here by mistake must not seem to work."""
    with pytest.raises(stripe.AuthenticationError):
        await payments.client(key).v1.payment_intents.list_async()


async def test_basic_authentication_works_as_curl_does_it(payments):
    """Stripe's own curl examples use ``-u sk_test_...:``."""
    credentials = base64.b64encode(b"sk_test_local:").decode()

    answer = await payments.post(
        "/v1/payment_intents",
        {"amount": "500", "currency": "eur"},
        Authorization=f"Basic {credentials}",
    )

    assert answer.status == 200


@pytest.mark.parametrize("credentials", ["\udcff", "!", "/w=="])
async def test_unreadable_basic_credentials_are_no_key(payments, credentials):
    """Rubbish in a header is a 401, never a 500."""
    answer = await payments.post("/v1/payment_intents", Authorization=f"Basic {credentials}")

    assert answer.status == 401


async def test_every_answer_has_a_request_id(intents):
    """Support asks for it first."""
    intent = await intents.create_async(authorization())

    assert intent.last_response.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": -5}, "amount", "parameter_invalid_integer"),
        ({"amount": "9" * 5000}, "amount", "parameter_invalid_integer"),
        ({"amount": "12.50"}, "amount", "parameter_invalid_integer"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"currency": "pounds"}, "currency", None),
        ({"capture_method": "later"}, "capture_method", None),
        ({"confirm": "perhaps"}, "confirm", None),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", None),
        ({"payment_method": ""}, "payment_method", "parameter_invalid_empty"),
    ],
)
async def test_a_bad_parameter_is_named(intents, payments, change, param, code):
    """The client's developer sees which one, and nothing happened."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.create_async(authorization(**change))

    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert refused.value.code == code
    assert await payments.ledger() == []


@pytest.mark.parametrize("missing", ["amount", "currency"])
async def test_a_missing_parameter_is_named(intents, missing):
    """As Stripe does, one at a time."""
    parameters = authorization()
    del parameters[missing]

    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.create_async(parameters)

    assert (refused.value.code, refused.value.param) == ("parameter_missing", missing)


@pytest.mark.parametrize(
    "body", ["amount[=5", "a[b]c=5", "metadata=x&metadata[a]=y", f"a{'[b]' * 5000}=5"]
)
async def test_brackets_that_do_not_nest_are_refused(payments, body):
    """A hostile body is a 400, never a 500."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await payments.post("/v1/payment_intents", body, **form)

    assert answer.status == 400


async def test_json_is_not_stripes_encoding(payments):
    """A client that posts JSON learns it here and not in production."""
    answer = await payments.post("/v1/payment_intents", b"{}", **{"Content-Type": "text/json"})

    assert answer.status == 400


async def test_what_is_not_emulated_names_itself(payments):
    """Silence about a missing feature would cost somebody an afternoon."""
    client = payments.client()

    with pytest.raises(stripe.APIError, match="does not support POST /v1/customers"):
        await client.v1.customers.create_async({"email": "a@example.com"})
    with pytest.raises(stripe.APIError, match="does not support the parameter 'customer'"):
        await client.v1.payment_intents.create_async(authorization(customer="cus_1"))


async def test_counts_requests_by_operation(intents, payments):
    """Budgets of requests per order are asserted against this."""
    authorized = await intents.create_async(authorization())
    await intents.capture_async(authorized.id)

    assert await payments.get_json("/_emulator/stats") == {
        "requests": 2,
        "operations": {"capture": 1, "create": 1},
    }
