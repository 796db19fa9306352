"""Limits and portfolio analytics."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.client.analytics import Analytics
from gateway.client.calls import Calls
from gateway.client.decode import decode
from gateway.client.limits import (
    Limit,
    LimitChanges,
    LimitsInForce,
    LimitsResult,
    LimitUtilization,
    OrderOverrideTerms,
    encode_limit,
    encode_order_override,
)
from gateway.v1 import analytics_pb2 as analytics
from gateway.v1 import control_pb2 as control
from gateway.v1 import limits_pb2 as limit_messages
from gateway.v1 import risk_pb2 as risk

__all__ = ["RiskCalls"]

_RISK = control.DESCRIPTOR.services_by_name["Risk"]


class RiskCalls(Calls):
    """Limits and analytics. All of them raise UnavailableError and RefusedError; changes take the right risk.

    What loosens limits beyond the configured threshold waits for a second client (`pending`). `reason` is kept in the
    journal.
    """

    async def limits(self, level: str = "") -> LimitsInForce:
        """Get the limits in force, at one level or at all that the client may see."""
        request = limit_messages.GetLimitsRequest(level=level)
        response = await self._connected().call(_RISK, "GetLimits", request, limit_messages.GetLimitsResponse)
        return decode(LimitsInForce, response)

    async def limit_utilization(self, level: str = "") -> list[LimitUtilization]:
        """Tell how much of each limit is used; limits on one order alone have none."""
        request = risk.ListLimitUtilizationRequest(level=level)
        response = await self._connected().call(
            _RISK, "ListLimitUtilization", request, risk.ListLimitUtilizationResponse
        )
        return [decode(LimitUtilization, each) for each in response.utilizations]

    async def set_limits(
        self,
        limits: Sequence[Limit],
        reason: str,
        *,
        removed: Sequence[str] = (),
        replace_all: bool = False,
        expected_version: int = 0,
        validate_only: bool = False,
    ) -> LimitsResult:
        """Change limits by name, and remove some: all of it or nothing.

        `replace_all` removes what is not in `limits`. `expected_version` refuses the change where another set is in
        force by then. `validate_only` says what would change.
        """
        request = risk.SetLimitsRequest(
            limits=[encode_limit(limit) for limit in limits],
            removed=removed,
            replace_all=replace_all,
            expected_version=expected_version,
            reason=reason,
            validate_only=validate_only,
        )
        response = await self._connected().call(_RISK, "SetLimits", request, risk.SetLimitsResponse)
        return decode(LimitsResult, response)

    async def grant_override(self, limits: Sequence[Limit], duration: timedelta, reason: str) -> LimitsResult:
        """Change limits that are in force for a time."""
        request = limit_messages.GrantOverrideRequest(
            limits=[encode_limit(limit) for limit in limits], reason=reason
        )
        request.duration.FromTimedelta(duration)
        response = await self._connected().call(
            _RISK, "GrantOverride", request, limit_messages.GrantOverrideResponse
        )
        return decode(LimitsResult, response.change)

    async def grant_order_override(
        self, order: OrderOverrideTerms, duration: timedelta, reason: str
    ) -> LimitsResult:
        """Let one order pass limits that it does not hold, once. The order's own client cannot approve it."""
        request = limit_messages.GrantOrderOverrideRequest(order=encode_order_override(order), reason=reason)
        request.duration.FromTimedelta(duration)
        response = await self._connected().call(
            _RISK, "GrantOrderOverride", request, limit_messages.GrantOrderOverrideResponse
        )
        return decode(LimitsResult, response.change)

    async def limit_changes(self) -> LimitChanges:
        """List changes that wait for a second client, and overrides that hold."""
        request = limit_messages.ListLimitChangesRequest()
        response = await self._connected().call(
            _RISK, "ListLimitChanges", request, limit_messages.ListLimitChangesResponse
        )
        return decode(LimitChanges, response)

    async def approve_limit_change(self, change_id: int, reason: str) -> LimitsResult:
        """Approve a change that another client has asked for."""
        request = limit_messages.ApproveLimitChangeRequest(change_id=change_id, reason=reason)
        response = await self._connected().call(
            _RISK, "ApproveLimitChange", request, limit_messages.ApproveLimitChangeResponse
        )
        return decode(LimitsResult, response.change)

    async def end_limit_change(self, change_id: int, reason: str) -> int:
        """Refuse or withdraw a change that waits, or end an override before its time; the version in force then."""
        request = limit_messages.EndLimitChangeRequest(change_id=change_id, reason=reason)
        response = await self._connected().call(
            _RISK, "EndLimitChange", request, limit_messages.EndLimitChangeResponse
        )
        return response.version

    async def analytics(self, level: str = "") -> Analytics:
        """Get the portfolio analytics of the last sample, at one level or at all that the client may see."""
        request = analytics.GetAnalyticsRequest(level=level)
        response = await self._connected().call(
            _RISK, "GetAnalytics", request, analytics.GetAnalyticsResponse
        )
        return decode(Analytics, response)
