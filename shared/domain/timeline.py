"""What an order's timeline may say has happened to it."""

from enum import StrEnum


class EventType(StrEnum):
    """Stored and published: add members, never rename."""

    SUBMITTED = "OrderSubmitted"
    APPROVAL_REQUESTED = "ApprovalRequested"
    STOCK_RESERVED = "StockReserved"
    PAYMENT_CAPTURED = "PaymentCaptured"
    CONFIRMED = "OrderConfirmed"
    SHIPPED = "OrderShipped"
    DELIVERED = "OrderDelivered"
    CANCELLED = "OrderCancelled"
    REFUNDED = "OrderRefunded"
    REJECTED = "OrderRejected"
    NEEDS_ATTENTION = "OrderNeedsAttention"

    APPROVAL_DECIDED = "ApprovalDecided"
    CANCELLATION_REQUESTED = "CancellationRequested"
    SHIPMENT_SETTLED = "ShipmentSettled"
    RENEWAL_BEGUN = "AuthorizationRenewalBegun"
    RENEWED = "AuthorizationRenewed"
    REFUND_REQUESTED = "RefundRequested"
    REFUND_PAID = "PaymentRefunded"
    REFUND_FAILED = "RefundFailed"
    REFUND_CLOSED = "RefundClosed"
    ATTENTION_STILL_NEEDED = "AttentionStillNeeded"
    ATTENTION_CLEARED = "AttentionCleared"
    ATTENTION_RESOLVED = "AttentionResolved"
