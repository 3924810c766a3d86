"""Which captures Stripe has answered to this worker, so that it need not be told of them again.

Stripe tells of every capture by a webhook, too. Whoever got the answer does what is to be done, and
repeats it if that fails, so looking at the order once more is for the captures that are not here.
"""

from cachetools import TTLCache

_REMEMBERED = 10_000
# A webhook comes within seconds; a later repeat costs a look.
_SECONDS = 600


class CapturesAnswered:
    """The last of them."""

    def __init__(self) -> None:
        self._captures: TTLCache[str, bool] = TTLCache(_REMEMBERED, _SECONDS)

    def add(self, payment_id: str) -> None:
        """The capture of the payment was answered."""
        self._captures[payment_id] = True

    def __contains__(self, payment_id: str) -> bool:
        return payment_id in self._captures
