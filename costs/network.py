"""What network isolation adds: infra/bicep/network-isolation.bicep, priced."""

from collections.abc import Iterator

from costs.lines import Line

# Blob, queue, table, database, configuration, vault, each topic of infra/event-grid.json, and the
# app, for its callers.
PRIVATE_ENDPOINTS = 10
DNS_ZONES = 8


def isolation(hours: float) -> Iterator[Line]:
    """One network."""
    yield Line(
        "Network",
        f"{PRIVATE_ENDPOINTS} private endpoints: hours",
        "network.private-endpoint.hour",
        PRIVATE_ENDPOINTS * hours,
        True,
    )
    yield Line("Network", "private DNS zones", "network.dns-zone.month", DNS_ZONES, True)
    yield Line("Network", "NAT gateway: hours", "network.nat-gateway.hour", hours, True)
    yield Line("Network", "its address: hours", "network.public-ip.hour", hours, True)
