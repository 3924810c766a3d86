"""The provider's time, which can be moved, and how long things take in it."""

import time
from collections.abc import Callable
from typing import Final

from emulators.payments.store import Store

SKIPPED: Final = "skippedSeconds"
HOLD: Final = "holdSeconds"
REFUND_FAILURE: Final = "refundFailureSeconds"
SEARCH_DELAY: Final = "searchDelaySeconds"

DEFAULTS: Final = {
    SKIPPED: 0.0,
    # What Stripe documents for most online card payments; the charge's capture_before counts.
    HOLD: 7 * 24 * 60 * 60.0,
    REFUND_FAILURE: 1.0,
    SEARCH_DELAY: 0.0,
}


class Clock:
    """Seconds since 1970, as far ahead of the real ones as it was told to be; kept in the state."""

    def __init__(self, store: Store, source: Callable[[], float] = time.time) -> None:
        self._store = store
        self._source = source
        self.settings = {**DEFAULTS, **store.settings()}

    def __call__(self) -> float:
        return self._source() + self.settings[SKIPPED]

    def advance(self, seconds: float) -> None:
        """Skip *seconds*; what falls due in them has to be settled by the caller."""
        self.set(SKIPPED, self.settings[SKIPPED] + seconds)

    def set(self, name: str, seconds: float) -> None:
        """Change how long something takes from now on."""
        with self._store.transaction():
            self._store.put_setting(name, seconds)
        self.settings[name] = seconds
