"""Taking Event Grid's own dead letters over, minute by minute."""

import azure.functions as func
import structlog

from shared.application.adopt_dead_letters import AdoptDeadLetters

_log = structlog.get_logger(__name__)

EVERY_MINUTE = "0 * * * * *"


class DeadLetterTimer:
    """``adopt_dead_letters``."""

    def __init__(self, adopt: AdoptDeadLetters) -> None:
        self._adopt = adopt

    async def adopt_dead_letters(self, timer: func.TimerRequest) -> None:  # noqa: ARG002
        """Adopt what has come since. A failure is the run's; the next one takes it up again."""
        adopted = await self._adopt()
        if adopted.files:
            _log.warning("dead_letters_adopted", files=adopted.files, letters=adopted.letters)
