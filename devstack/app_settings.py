"""The app's settings on this machine: the committed sample, with the ports that are in use."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar, cast

from devstack.ports import LOOPBACK, Ports

T = TypeVar("T")

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


def pointed_at(ports: Ports, values: T) -> T:
    """*values*, which may be any JSON, with every default port on loopback replaced; nothing else
    is changed.
    """
    moved = {str(number): asdict(ports)[name] for number, name in Ports().by_number().items()}

    def replace_port(match: re.Match[str]) -> str:
        return str(moved.get(match.group(), match.group()))

    def moved_text(text: str) -> str:
        if text == DEVELOPMENT_STORAGE and not _storage_on_default_ports(ports):
            return _storage_connection(ports)
        return _LOCAL_PORT.sub(replace_port, text)

    return cast(T, _with_texts(values, moved_text))


def _with_texts(values: Any, change: Callable[[str], str]) -> Any:
    """JSON with every text in it changed, the names of properties excepted."""
    if isinstance(values, str):
        return change(values)
    if isinstance(values, Mapping):
        return {name: _with_texts(value, change) for name, value in values.items()}
    if isinstance(values, list):
        return [_with_texts(value, change) for value in values]
    return values


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
