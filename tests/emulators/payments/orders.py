"""What the payment tests pay for, and what they read from a refusal."""


def authorization(**changes):
    """Parameters that authorize 12.50 GBP for later capture."""
    return {
        "amount": 1250,
        "currency": "gbp",
        "capture_method": "manual",
        "confirm": True,
        "payment_method": "pm_card_visa",
        **changes,
    }


def keyed(key):
    """Request options that carry an idempotency key."""
    return {"idempotency_key": key}


def error_object(refused):
    """The ``error`` member of the answer behind a raised SDK error."""
    return refused.json_body["error"]


def header(refused, name):
    """A header of the answer behind a raised SDK error."""
    return refused.headers.get(name)
