"""Limits and portfolio analytics, of the blocking client."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.client.analytics import Analytics
from gateway.client.blocking_calls import BlockingCalls
from gateway.client.limits import (
    Limit,
    LimitChanges,
    LimitsInForce,
    LimitsResult,
    LimitUtilization,
    OrderOverrideTerms,
)

__all__ = ["BlockingRisk"]


class BlockingRisk(BlockingCalls):
    """Limits and analytics, as of RiskCalls."""

    def limits(self, level: str = "") -> LimitsInForce:
        """Get the limits in force."""
        return self._run(self._client.limits(level))

    def limit_utilization(self, level: str = "") -> list[LimitUtilization]:
        """Tell how much of each limit is used."""
        return self._run(self._client.limit_utilization(level))

    def set_limits(
        self,
        limits: Sequence[Limit],
        reason: str,
        *,
        removed: Sequence[str] = (),
        replace_all: bool = False,
        expected_version: int = 0,
        validate_only: bool = False,
    ) -> LimitsResult:
        """Change limits by name, and remove some: all of it or nothing."""
        return self._run(
            self._client.set_limits(
                limits,
                reason,
                removed=removed,
                replace_all=replace_all,
                expected_version=expected_version,
                validate_only=validate_only,
            )
        )

    def grant_override(self, limits: Sequence[Limit], duration: timedelta, reason: str) -> LimitsResult:
        """Change limits that are in force for a time."""
        return self._run(self._client.grant_override(limits, duration, reason))

    def grant_order_override(
        self, order: OrderOverrideTerms, duration: timedelta, reason: str
    ) -> LimitsResult:
        """Let one order pass limits that it does not hold, once."""
        return self._run(self._client.grant_order_override(order, duration, reason))

    def limit_changes(self) -> LimitChanges:
        """List changes that wait for a second client, and overrides that hold."""
        return self._run(self._client.limit_changes())

    def approve_limit_change(self, change_id: int, reason: str) -> LimitsResult:
        """Approve a change that another client has asked for."""
        return self._run(self._client.approve_limit_change(change_id, reason))

    def end_limit_change(self, change_id: int, reason: str) -> int:
        """Refuse or withdraw a change that waits, or end an override before its time."""
        return self._run(self._client.end_limit_change(change_id, reason))

    def analytics(self, level: str = "") -> Analytics:
        """Get the portfolio analytics of the last sample."""
        return self._run(self._client.analytics(level))
