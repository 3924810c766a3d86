"""List prices, each with its meter, its date and where it was read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRICES = Path("infra/cost/prices.json")


@dataclass(frozen=True, slots=True)
class Price:
    """What *per* units of a meter are sold for."""

    key: str
    meter: str
    unit: str
    amount: float
    per: float
    free_each_month: float
    date: str
    source: str
    confirmed: bool
    note: str

    def cost(self, quantity: float, *, free_grants: bool = False) -> float:
        """Of so many units in a month."""
        free = self.free_each_month if free_grants else 0
        return max(0.0, quantity - free) / self.per * self.amount


@dataclass(frozen=True, slots=True)
class PriceList:
    """Of one region, in one currency."""

    region: str
    currency: str
    hours_per_month: float
    prices: Mapping[str, Price]

    def __getitem__(self, key: str) -> Price:
        return self.prices[key]

    @property
    def unconfirmed(self) -> list[Price]:
        """Those that the stored sources do not show as the API gives them."""
        return [price for price in self.prices.values() if not price.confirmed]

    @property
    def dates(self) -> tuple[str, str]:
        """Of the oldest price and of the newest."""
        dates = sorted(price.date for price in self.prices.values())
        return dates[0], dates[-1]


def read_prices(path: Path = PRICES) -> PriceList:
    """The list in the file; it is of one region and currency."""
    content = json.loads(path.read_text(encoding="utf-8"))
    entries = content["prices"]
    (place,) = {(entry["region"], entry["currency"]) for entry in entries.values()}
    prices = {
        key: Price(
            key=key,
            meter=f"{entry['product']}: {entry['meter']}",
            unit=entry["unit"],
            amount=entry["price"],
            per=entry["per"],
            free_each_month=entry.get("freeEachMonth", 0),
            date=entry["date"],
            source=entry["source"],
            confirmed=entry["confirmed"],
            note=entry.get("note", ""),
        )
        for key, entry in entries.items()
    }
    return PriceList(*place, content["hoursPerMonth"], prices)
