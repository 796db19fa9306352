"""What operators set: trading states; and what risk says of orders and portfolios."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.levels import is_visible
from gateway.api.limits import LimitCalls, LimitDesk
from gateway.api.off_loop import OffLoop
from gateway.v1 import analytics_pb2 as analytics
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limits

__all__ = ["AnalyticsPort", "Risk"]

_STATES = (events.TRADING_STATE_ACTIVE, events.TRADING_STATE_REDUCING, events.TRADING_STATE_HALTED)
"""The least restrictive first."""
_REASON_BYTES_MAX = 256


class AnalyticsPort(Protocol):
    """Gives the analytics of one level, or (empty) of all, as far as the caller may see them."""

    def __call__(self, level: str, is_visible: Callable[[str], bool]) -> analytics.GetAnalyticsResponse: ...


class Risk(LimitCalls):
    """The kill switch, limits and analytics."""

    def __init__(
        self,
        core: Core,
        off_loop: OffLoop,
        analytics: AnalyticsPort | None,
        limit_desk: LimitDesk | None,
    ) -> None:
        """`analytics` None: none are made."""
        super().__init__(off_loop, limit_desk)
        self._core = core
        self._off_loop = off_loop
        self._analytics = analytics

    async def get_analytics(
        self, call: Call, request: analytics.GetAnalyticsRequest
    ) -> analytics.GetAnalyticsResponse:
        """Give the analytics of the last sample; nothing for a level that the caller may not see."""
        make = self._analytics
        if make is None:
            raise ApiError(Problem.FAILED_PRECONDITION, "this server was started without analytics")
        caller = call.caller
        return await self._off_loop(lambda: make(request.level, lambda level: is_visible(caller, level)))

    async def check_order(self, call: Call, request: limits.CheckOrderRequest) -> limits.CheckOrderResponse:
        """Say whether an order of the caller would pass now, and what each limit that it may see says of it."""
        caller, order = call.caller, request.order
        if caller.strategies and order.strategy not in caller.strategies:
            raise ApiError(
                Problem.PERMISSION_DENIED,
                f"client {caller.client!r} may not trade strategy {order.strategy!r}, only "
                f"{', '.join(sorted(caller.strategies))}",
            )
        try:
            data = await self._off_loop(
                lambda: self._core.check_order(caller.client, order.SerializeToString())
            )
        except KeyError as error:
            raise ApiError(
                Problem.UNKNOWN_CLIENT,
                f"the core knows no client {caller.client!r}; restart the gateway with it configured",
            ) from error
        except ValueError as error:
            raise ApiError(Problem.MALFORMED, str(error)) from error
        answer = limits.CheckOrderResponse.FromString(data)
        shown = sorted(
            (
                each
                for each in answer.limits
                if all(is_visible(caller, level) for level in each.level.split("+"))
            ),
            key=lambda each: (not each.decides, each.holds, -Decimal(each.share_percent or 0), each.name),
        )
        del answer.limits[:]
        answer.limits.extend(shown)
        return answer

    async def set_trading_state(
        self, call: Call, request: control.SetTradingStateRequest
    ) -> control.SetTradingStateResponse:
        """Halt or resume trading at a level."""
        if request.state not in _STATES:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                "expected state TRADING_STATE_ACTIVE, TRADING_STATE_REDUCING or TRADING_STATE_HALTED, "
                f"was {request.state}",
                field="state",
            )
        if len(request.reason.encode()) > _REASON_BYTES_MAX:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected a reason of at most {_REASON_BYTES_MAX} bytes",
                field="reason",
            )
        if not is_visible(call.caller, request.level):
            raise _no_level(request.level)
        if not request.reason.strip() and await self._off_loop(lambda: self._lifts(request)):
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected a reason: it lifts what holds at {request.level}, and why is kept in the journal",
                field="reason",
            )
        try:
            lsn, cancels_sent = await self._off_loop(
                lambda: self._core.set_trading_state(
                    request.level,
                    request.state,
                    request.reason,
                    call.caller.client,
                    request.cancel_open_orders,
                )
            )
        except KeyError as error:
            raise _no_level(request.level) from error
        return control.SetTradingStateResponse(lsn=lsn, cancels_sent=cancels_sent)

    def _lifts(self, request: control.SetTradingStateRequest) -> bool:
        """Tell whether more may be traded at the level than now."""
        answer = control.ListTradingStatesResponse.FromString(self._core.trading_states())
        before = next((each.state for each in answer.states if each.level == request.level), None)
        return before is not None and _STATES.index(request.state) < _STATES.index(before)

    async def list_trading_states(self, call: Call, request: control.ListTradingStatesRequest) -> bytes:
        """List the levels whose state was set, without those of others' accounts and clients."""
        answer = control.ListTradingStatesResponse.FromString(self._core.trading_states())
        visible = [state for state in answer.states if is_visible(call.caller, state.level)]
        return control.ListTradingStatesResponse(states=visible).SerializeToString()


def _no_level(level: str) -> ApiError:
    return ApiError(
        Problem.NOT_FOUND,
        "expected level firm, account:NAME, instrument:NAME, client:NAME or venue:NAME with a "
        f"configured name, was {level!r}",
    )
