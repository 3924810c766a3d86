"""Products, their stock level, and what one order holds of them."""

from dataclasses import dataclass

from shared.domain.money import Money


@dataclass(frozen=True, slots=True)
class Product:
    """What the catalogue says of a SKU: the only source of prices."""

    sku: str
    name: str
    price: Money


@dataclass(frozen=True, slots=True)
class StockItem:
    """A product and its level. Invariant: sum of held reservations == reserved <= on_hand."""

    product: Product
    on_hand: int
    reserved: int = 0

    @property
    def available(self) -> int:
        """Units that a new order can still reserve."""
        return self.on_hand - self.reserved
