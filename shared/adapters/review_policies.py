"""The policy of reviews from App Configuration: ``orders:approval`` and ``orders:risk``."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from shared.adapters.configuration_source import ConfigurationSource
from shared.adapters.review_policy_messages import (
    ApprovalMessage,
    RiskMessage,
    money_by_currency,
)
from shared.domain.errors import Unavailable
from shared.domain.review_policy import ReviewPolicy

_log = structlog.get_logger(__name__)

APPROVAL_KEY = "orders:approval"
RISK_KEY = "orders:risk"
KEY_FILTER = "orders:*"

Kind = TypeVar("Kind", bound=BaseModel)


class AppConfigurationReviewPolicies:
    """The ``ReviewPolicies`` port."""

    def __init__(self, source: ConfigurationSource) -> None:
        self._source = source
        self._approval = _Value(APPROVAL_KEY, ApprovalMessage)
        self._risk = _Value(RISK_KEY, RiskMessage)

    async def current(self) -> ReviewPolicy:
        values: Mapping[str, Any] = await self._source.current()
        return _policy(self._approval.read(values), self._risk.read(values))


class _Value(Generic[Kind]):
    """One value of App Configuration, and the last one of it that was understood."""

    def __init__(self, key: str, kind: type[Kind]) -> None:
        self._key = key
        self._kind = kind
        self._seen: Any = None
        self._understood: Kind | None = None
        self._is_trusted = True

    def read(self, values: Mapping[str, Any]) -> Kind | None:
        """What is there, validated; what was there before, if that is not valid; None if nothing
        is there.

        Raises:
            Unavailable: it is not valid, and nothing before was.
        """
        raw = values.get(self._key)
        if raw != self._seen:
            self._take_over(raw)
        if not self._is_trusted:
            # An order must not get past a policy because nobody can read it.
            raise Unavailable("app-configuration", retry_after_seconds=5)
        return self._understood

    def _take_over(self, raw: Any) -> None:
        self._seen = raw
        try:
            self._understood = None if raw is None else self._kind.model_validate(raw)
        except ValidationError as error:
            wrong = [".".join(map(str, problem["loc"])) for problem in error.errors()]
            _log.warning("configuration_not_understood", key=self._key, wrong=wrong)
            self._is_trusted = self._understood is not None
        else:
            self._is_trusted = True


def _policy(approval: ApprovalMessage | None, risk: RiskMessage | None) -> ReviewPolicy:
    limits = approval or ApprovalMessage(thresholds={})
    if risk is None:
        return ReviewPolicy(money_by_currency(limits.thresholds), limits.deadline_hours)
    return ReviewPolicy(
        money_by_currency(limits.thresholds),
        limits.deadline_hours,
        risk.score_to_review,
        risk.order_rules(),
        risk.history_rules(),
    )
