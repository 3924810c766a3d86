"""What every kind of binding can do."""

from collections.abc import Callable

from azure.functions.meta import Datum

from emulators.functions_host.functions import Binding

# Replaces the expressions in a text by what the trigger says.
Resolve = Callable[[str], str]


class Adapter:
    """One kind of binding; directions it does not have stay unused, as loading refuses them."""

    def check(self, function: str, binding: Binding) -> None:
        """Look for the settings *binding* names, so that a missing one stops the start.

        Raises:
            StartError: one is missing.
        """

    async def read(self, binding: Binding, resolve: Resolve) -> Datum:
        """What the parameter receives."""
        raise NotImplementedError

    async def write(self, binding: Binding, datum: Datum, resolve: Resolve) -> None:
        """Put *datum* where *binding* says."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give up what was opened."""
