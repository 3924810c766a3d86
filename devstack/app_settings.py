"""The app's settings on this machine: the committed sample, with the ports that are in use."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from devstack.ports import LOOPBACK, Ports

SAMPLE = Path("local.settings.sample.json")

# The account and key every Azurite has; Microsoft documents them.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true"

_LOCAL_PORT = re.compile(rf"(?<={re.escape(LOOPBACK)}:)\d+")


def app_settings(app: Path, ports: Ports) -> dict[str, str]:
    """The values of the sample settings in the folder *app*, pointed at *ports*."""
    sample = json.loads((app / SAMPLE).read_text(encoding="utf-8"))
    return pointed_at(ports, sample["Values"])


def pointed_at(ports: Ports, values: Mapping[str, str]) -> dict[str, str]:
    """*values* with every default port on loopback replaced; nothing else is changed."""
    moved = {str(number): asdict(ports)[name] for number, name in Ports().by_number().items()}

    def replace_port(match: re.Match[str]) -> str:
        return str(moved.get(match.group(), match.group()))

    return {
        name: _storage_connection(ports)
        if value == DEVELOPMENT_STORAGE and not _storage_on_default_ports(ports)
        else _LOCAL_PORT.sub(replace_port, value)
        for name, value in values.items()
    }


def _storage_on_default_ports(ports: Ports) -> bool:
    default = Ports()
    return (ports.blob, ports.queue, ports.table) == (default.blob, default.queue, default.table)


def _storage_connection(ports: Ports) -> str:
    """What DEVELOPMENT_STORAGE stands for, which knows no ports but Azurite's default ones."""
    endpoints = {"Blob": ports.blob, "Queue": ports.queue, "Table": ports.table}
    return ";".join(
        [
            "DefaultEndpointsProtocol=http",
            f"AccountName={AZURITE_ACCOUNT}",
            f"AccountKey={AZURITE_KEY}",
            *(
                f"{kind}Endpoint=http://{LOOPBACK}:{port}/{AZURITE_ACCOUNT}"
                for kind, port in endpoints.items()
            ),
        ]
    )
