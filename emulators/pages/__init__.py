"""What the pages of the emulators look like, and how they show times and payloads."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER: Final = Path(__file__).parent

BASE: Final = (_FOLDER / "base.css").read_text(encoding="utf-8")
"""Colours and type, light and dark."""
STYLE: Final = BASE + (_FOLDER / "pages.css").read_text(encoding="utf-8")
"""The style sheet of pages that watch something run; an emulator may add its own after it."""


def templates(folder: Path) -> Environment:
    """The templates in *folder*: everything that they show is escaped, and nothing is optional."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
