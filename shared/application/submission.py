"""What a client may say when it submits an order or maintains the catalogue.

The bounds here are the input limits of the whole system: nothing larger gets past intake.
"""

import hashlib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from shared.domain.money import Money, minor_unit_digits
from shared.domain.order import Address, merge_lines
from shared.domain.stock import Product

MAX_LINES = 2_000
MAX_QUANTITY = 1_000_000
MAX_ON_HAND = 1_000_000_000
MAX_PRODUCTS_PER_IMPORT = 5_000

# No control characters, no line or paragraph separators, no lone surrogates: such text breaks logs,
# CSV exports and labels further down the line.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@:-]{0,127}$")]
Sku = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PRINTABLE),
]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class Message(BaseModel):
    """Strict camelCase JSON: no unknown fields, no numbers in strings, no strings in numbers."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, strict=True, validate_by_name=False
    )


class MoneyMessage(Message):
    """``{"amount": "12.50", "currency": "GBP"}``."""

    amount: Annotated[str, StringConstraints(max_length=20)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

    @model_validator(mode="after")
    def _is_an_amount(self) -> "MoneyMessage":
        Money.parse(self.amount, self.currency)
        return self

    def to_money(self) -> Money:
        """The domain's value."""
        return Money.parse(self.amount, self.currency)


class LineMessage(Message):
    """One line of a submission."""

    sku: Sku
    quantity: Quantity


class AddressMessage(Message):
    """Where the goods go, or the bill."""

    name: Text
    line1: Text
    line2: Text | None = None
    city: Text
    postal_code: Annotated[Text, StringConstraints(max_length=20)]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

    def to_address(self) -> Address:
        """The domain's value."""
        return Address(**self.model_dump())


class OrderSubmission(Message):
    """An order as a client submits it, over HTTP or as an event. It names no prices."""

    customer_id: Identifier
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[LineMessage], Field(min_length=1, max_length=MAX_LINES)]
    shipping_address: AddressMessage
    payment_method: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,255}$")]
    expected_total: MoneyMessage | None = None
    billing_address: AddressMessage | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "OrderSubmission":
        minor_unit_digits(self.currency)
        for sku, quantity in self.merged_lines():
            if quantity > MAX_QUANTITY:
                raise ValueError(
                    f"{sku} adds up to {quantity} units, at most {MAX_QUANTITY} allowed"
                )
        return self

    def merged_lines(self) -> list[tuple[str, int]]:
        """SKU and quantity, each SKU once."""
        return merge_lines([(line.sku, line.quantity) for line in self.lines])

    def fingerprint(self) -> str:
        """Equal for submissions that say the same, whatever the order and spacing of their JSON."""
        return hashlib.sha256(
            self.model_dump_json(by_alias=True, exclude_none=True).encode()
        ).hexdigest()


class ProductMessage(Message):
    """Name, price and on-hand count of a product."""

    name: Text
    price: MoneyMessage
    on_hand: Annotated[int, Field(ge=0, le=MAX_ON_HAND)]

    def to_product(self, sku: str) -> Product:
        """The domain's value."""
        return Product(sku, self.name, self.price.to_money())


class ImportedProduct(ProductMessage):
    """A product of an import, which names its SKU itself."""

    sku: Sku


class ProductImport(Message):
    """Many products at once, each SKU once."""

    products: Annotated[
        list[ImportedProduct], Field(min_length=1, max_length=MAX_PRODUCTS_PER_IMPORT)
    ]

    @model_validator(mode="after")
    def _names_each_sku_once(self) -> "ProductImport":
        seen: set[str] = set()
        repeated = {p.sku for p in self.products if p.sku in seen or seen.add(p.sku)}  # type: ignore[func-returns-value]
        if repeated:
            raise ValueError(f"listed more than once: {', '.join(sorted(repeated))}")
        return self
