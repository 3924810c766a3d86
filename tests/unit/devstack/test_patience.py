import pytest

from devstack.storefront import NoProgressError, Patience


async def test_patience_ends_without_progress():
    """A run that nothing moves in has to end, and say so."""
    patience = Patience(seconds=-1)

    with pytest.raises(NoProgressError):
        await patience.pause(0)


async def test_patience_can_be_stretched():
    """Thousands of orders that go on in turns look like none for a while."""
    patience = Patience(seconds=-1)

    patience.stretch(60)

    await patience.pause(0)
