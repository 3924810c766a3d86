"""What the pages of the emulators look like, and how they show times and payloads."""

from pathlib import Path
from typing import Final

STYLE: Final = (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")
"""The style sheet of all pages; an emulator may add its own after it."""
