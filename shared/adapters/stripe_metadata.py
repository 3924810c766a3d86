"""What we write on Stripe's objects, so as to know them again. Stored there: never rename."""

from collections.abc import Mapping

import stripe

ORDER_ID = "orderId"
RENEWAL = "renewal"
REFUND_ID = "refundId"


def metadata_of(found: stripe.PaymentIntent | stripe.Refund | stripe.Charge) -> Mapping[str, str]:
    """What is written on the object, by us or by others."""
    return found.metadata.to_dict() if found.metadata else {}
