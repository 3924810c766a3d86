"""Every type of event that an order's timeline may have. Stored and public: add, never rename."""

from shared.domain import approval, attention, cancellation, shipping
from shared.domain.order import EVENT_TYPES, SUBMITTED

# What happens to an order besides its changes of state.
BESIDE_STATES = (
    approval.DECIDED,
    cancellation.REQUESTED,
    shipping.SETTLED,
    attention.GIVEN_UP_AGAIN,
    attention.CLEARED,
)

ALL_TYPES = (SUBMITTED, *EVENT_TYPES.values(), *BESIDE_STATES)
