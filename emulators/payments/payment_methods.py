"""Stripe's test payment methods, and what using one leads to.

Source: https://docs.stripe.com/testing#cards and #declined-payments.
"""

from dataclasses import dataclass

from emulators.payments.errors import NotSupportedError, ResourceMissingError


@dataclass(frozen=True, slots=True)
class Decline:
    """Why an issuer refuses: the error's ``code``, ``decline_code`` and message."""

    code: str
    decline_code: str | None
    message: str


_DECLINED = "Your card was declined."

APPROVED = frozenset(
    {
        "pm_card_visa",
        "pm_card_visa_debit",
        "pm_card_mastercard",
        "pm_card_mastercard_debit",
        "pm_card_mastercard_prepaid",
        "pm_card_amex",
        "pm_card_discover",
        "pm_card_diners",
        "pm_card_jcb",
        "pm_card_unionpay",
    }
)

# The refund succeeds first and fails later.
REFUND_FAILS = frozenset({"pm_card_refundFail"})

DECLINED = {
    "pm_card_visa_chargeDeclined": Decline("card_declined", "generic_decline", _DECLINED),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Decline(
        "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    "pm_card_visa_chargeDeclinedLostCard": Decline("card_declined", "lost_card", _DECLINED),
    "pm_card_visa_chargeDeclinedStolenCard": Decline("card_declined", "stolen_card", _DECLINED),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": Decline(
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its"
        " amount limit.",
    ),
    "pm_card_chargeDeclinedExpiredCard": Decline("expired_card", None, "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": Decline(
        "incorrect_cvc", None, "Your card's security code is incorrect."
    ),
    "pm_card_chargeDeclinedProcessingError": Decline(
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "pm_card_chargeCustomerFail": Decline("card_declined", "generic_decline", _DECLINED),
}

# Real at Stripe: these lead to customer actions, disputes, reviews or pending refunds.
_UNSUPPORTED_PREFIXES = (
    "pm_card_authentication",
    "pm_card_threeDSecure",
    "pm_card_createDispute",
    "pm_card_radar",
    "pm_card_riskLevel",
    "pm_card_pendingRefund",
)


def require_known(payment_method: str) -> str:
    """Return *payment_method* if a payment may name it.

    Raises:
        NotSupportedError: Stripe documents it, but its behaviour is not emulated.
        ResourceMissingError: there is no such payment method.
    """
    if payment_method in APPROVED | REFUND_FAILS or payment_method in DECLINED:
        return payment_method
    if payment_method.startswith(_UNSUPPORTED_PREFIXES):
        raise NotSupportedError(f"the payment method {payment_method}", "payment_method")
    raise ResourceMissingError("PaymentMethod", payment_method, "payment_method")
