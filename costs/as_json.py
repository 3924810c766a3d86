"""Bills for programs."""

from dataclasses import asdict
from typing import Any

from costs.bill import Bill
from costs.variants import Variant


def bill_json(bill: Bill) -> dict[str, Any]:
    """One bill with all its lines."""
    return {
        "orders": bill.case.orders,
        "lines": bill.case.usage.lines,
        "choices": asdict(bill.case.choices),
        "currency": bill.prices.currency,
        "region": bill.prices.region,
        "total": round(bill.total, 4),
        "fixed": round(bill.fixed, 4),
        "perMillionOrders": round(bill.per_million, 4),
        "bill": [
            {
                "service": line.service,
                "what": line.what,
                "meter": bill.prices[line.price].meter,
                "confirmed": bill.prices[line.price].confirmed,
                "quantity": round(line.quantity, 4),
                "fixed": line.fixed,
                "cost": round(bill.cost(line), 4),
            }
            for line in bill.lines
        ],
        "assumptions": asdict(bill.case.month.assumptions),
    }


def variants_json(variants: list[Variant]) -> list[dict[str, Any]]:
    """All of them by name."""
    return [{"name": variant.name.strip(), **bill_json(variant.bill)} for variant in variants]
