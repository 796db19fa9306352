"""Limits: what is in force, and changes of them. A change may wait for another client with the right `risk`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from gateway.api.call import Call
from gateway.api.errors import ApiError, Problem
from gateway.api.invalid import invalid
from gateway.api.levels import is_visible
from gateway.api.off_loop import OffLoop
from gateway.api.rights import Caller
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limits
from gateway.v1 import risk_pb2 as risk

__all__ = ["LimitCalls", "LimitDesk"]

_Result = TypeVar("_Result")

_REASON_BYTES_MAX = 256


class Outcome(Protocol):
    """What became of a request."""

    @property
    def version(self) -> int: ...
    @property
    def lsn(self) -> int: ...
    @property
    def changed_count(self) -> int: ...
    @property
    def removed_count(self) -> int: ...
    @property
    def change_id(self) -> int: ...
    @property
    def is_pending(self) -> bool: ...
    @property
    def summary(self) -> str: ...


class Pending(Protocol):
    """A change that waits."""

    @property
    def change_id(self) -> int: ...
    @property
    def request(self) -> risk.SetLimitsRequest: ...
    @property
    def proposed_by(self) -> str: ...
    @property
    def proposed_ns(self) -> int: ...
    @property
    def expires_ns(self) -> int: ...
    @property
    def summary(self) -> str: ...
    @property
    def override_until_ns(self) -> int: ...
    @property
    def order(self) -> risk.OrderOverrideTerms | None: ...


class Override(Protocol):
    """Limits that are others for a time."""

    @property
    def override_id(self) -> int: ...
    @property
    def during(self) -> tuple[risk.Limit, ...]: ...
    @property
    def granted_by(self) -> str: ...
    @property
    def approved_by(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def until_ns(self) -> int: ...


class State(Protocol):
    """What waits, and what holds for a time."""

    @property
    def pending(self) -> Mapping[int, Pending]: ...
    @property
    def overrides(self) -> Mapping[int, Override]: ...


class LimitDesk(Protocol):
    """Changes limits: `gateway.risk.limits.desk.LimitDesk`.

    Raises ValueError with the place and the reason, PermissionError for the approval of an own change, KeyError where
    there is no such change.
    """

    @property
    def state(self) -> State: ...
    @property
    def order_overrides(self) -> Mapping[int, events.OrderOverrideGranted]: ...
    def limits(self) -> risk.ListLimitsResponse: ...
    def source_of(self, name: str) -> str: ...
    def utilization(self, level: str = "") -> risk.ListLimitUtilizationResponse: ...
    def set(
        self, request: risk.SetLimitsRequest, changed_by: str, *, override_for_ns: int = 0
    ) -> Outcome: ...
    def grant_order(
        self, order: risk.OrderOverrideTerms, reason: str, granted_by: str, hold_ns: int
    ) -> Outcome: ...
    def approve(self, change_id: int, approved_by: str, reason: str) -> Outcome: ...
    def end_pending(self, change_id: int, ended_by: str, reason: str) -> None: ...
    def end_override(self, override_id: int, ended_by: str, reason: str) -> None: ...
    def end_order_override(self, override_id: int, ended_by: str, reason: str) -> None: ...


class LimitCalls:
    """The calls of the service Risk that are about limits."""

    def __init__(self, off_loop: OffLoop, desk: LimitDesk | None) -> None:
        """`desk` None: limits are neither shown nor changed."""
        self._run = off_loop
        self._limit_desk = desk

    async def get_limits(self, call: Call, request: limits.GetLimitsRequest) -> limits.GetLimitsResponse:
        """Give the limits in force on levels that the caller may see."""
        desk = self._desk()

        def read() -> limits.GetLimitsResponse:
            listed = desk.limits()
            shown = [
                limits.LimitInForce(limit=limit, source=desk.source_of(limit.name))
                for limit in listed.limits
                if _is_reachable(call.caller, [limit])
                and request.level in ("", limit.level, limit.second_level)
            ]
            return limits.GetLimitsResponse(version=listed.version, limits=shown)

        return await self._run(read)

    async def list_limit_utilization(
        self, call: Call, request: risk.ListLimitUtilizationRequest
    ) -> risk.ListLimitUtilizationResponse:
        """Say how much of each limit is used, on levels that the caller may see."""
        desk = self._desk()
        found = await self._run(lambda: desk.utilization(request.level))
        # The levels of a pair are joined by "+".
        shown = [
            each
            for each in found.utilizations
            if all(is_visible(call.caller, level) for level in each.level.split("+"))
        ]
        return risk.ListLimitUtilizationResponse(utilizations=shown)

    async def set_limits(self, call: Call, request: risk.SetLimitsRequest) -> risk.SetLimitsResponse:
        """Change limits, at once or once a second person has approved."""
        return await self._change(call, request, 0)

    async def grant_override(
        self, call: Call, request: limits.GrantOverrideRequest
    ) -> limits.GrantOverrideResponse:
        """Change limits for a time."""
        hold_ns = _hold_ns(request.duration)
        change = risk.SetLimitsRequest(limits=request.limits, reason=request.reason)
        return limits.GrantOverrideResponse(change=await self._change(call, change, hold_ns))

    async def grant_order_override(
        self, call: Call, request: limits.GrantOrderOverrideRequest
    ) -> limits.GrantOrderOverrideResponse:
        """Let one order pass limits that it does not hold."""
        desk, hold_ns = self._desk(), _hold_ns(request.duration)
        _check_reason(request.reason)

        def grant() -> Outcome:
            if not _is_order_reachable(desk, call.caller, request.order):
                # As for what does not exist.
                raise ValueError("expected a client that is configured, and limits in force by name")
            return desk.grant_order(request.order, request.reason, call.caller.client, hold_ns)

        outcome = await self._run(lambda: _said(grant, request, "order"))
        return limits.GrantOrderOverrideResponse(change=_answer(outcome))

    async def list_limit_changes(
        self, call: Call, request: limits.ListLimitChangesRequest
    ) -> limits.ListLimitChangesResponse:
        """List what waits and what holds for a time."""
        desk = self._desk()

        def read() -> limits.ListLimitChangesResponse:
            state, caller = desk.state, call.caller
            return limits.ListLimitChangesResponse(
                pending=[
                    _pending(each)
                    for each in state.pending.values()
                    if _is_pending_reachable(desk, caller, each)
                ],
                overrides=[
                    _override(each) for each in state.overrides.values() if _is_reachable(caller, each.during)
                ],
                order_overrides=[
                    each
                    for each in desk.order_overrides.values()
                    if _is_order_reachable(desk, caller, each.order)
                ],
            )

        return await self._run(read)

    async def approve_limit_change(
        self, call: Call, request: limits.ApproveLimitChangeRequest
    ) -> limits.ApproveLimitChangeResponse:
        """Approve what another client has asked for, and make the change."""
        desk = self._desk()
        _check_reason(request.reason)

        def approve() -> Outcome:
            pending = desk.state.pending.get(request.change_id)
            if pending is None or not _is_pending_reachable(desk, call.caller, pending):
                raise KeyError(request.change_id)
            return desk.approve(request.change_id, call.caller.client, request.reason)

        outcome = await self._run(lambda: _said(approve, request, "change_id"))
        return limits.ApproveLimitChangeResponse(change=_answer(outcome))

    async def end_limit_change(
        self, call: Call, request: limits.EndLimitChangeRequest
    ) -> limits.EndLimitChangeResponse:
        """Refuse or withdraw a change that waits, or end an override."""
        desk = self._desk()
        _check_reason(request.reason)

        def end() -> int:
            state, number, client = desk.state, request.change_id, call.caller.client
            pending, override = state.pending.get(number), state.overrides.get(number)
            of_order = desk.order_overrides.get(number)
            if pending is not None and _is_pending_reachable(desk, call.caller, pending):
                desk.end_pending(number, client, request.reason)
            elif override is not None and _is_reachable(call.caller, override.during):
                desk.end_override(number, client, request.reason)
            elif of_order is not None and _is_order_reachable(desk, call.caller, of_order.order):
                desk.end_order_override(number, client, request.reason)
            else:
                raise KeyError(number)
            return desk.limits().version

        return limits.EndLimitChangeResponse(
            version=await self._run(lambda: _said(end, request, "change_id"))
        )

    async def _change(
        self, call: Call, request: risk.SetLimitsRequest, override_for_ns: int
    ) -> risk.SetLimitsResponse:
        desk = self._desk()
        _check_reason(request.reason)

        def change() -> Outcome:
            strange = next(
                (each for each in _touched(desk, request) if not _is_reachable(call.caller, [each])), None
            )
            if strange is not None:
                # As for what does not exist: whose accounts there are is nobody else's business.
                raise ValueError(f"'{strange.name}': level: '{strange.level}' is not configured")
            return desk.set(request, call.caller.client, override_for_ns=override_for_ns)

        return _answer(await self._run(lambda: _said(change, request, "limits")))

    def _desk(self) -> LimitDesk:
        if self._limit_desk is None:
            raise ApiError(
                Problem.FAILED_PRECONDITION, "this server was started without the control of limits"
            )
        return self._limit_desk


def _touched(desk: LimitDesk, request: risk.SetLimitsRequest) -> list[risk.Limit]:
    """Give the limits of a request, and those in force that it changes or removes."""
    asked = {limit.name for limit in request.limits} | set(request.removed)
    before = [limit for limit in desk.limits().limits if limit.name in asked or request.replace_all]
    return [*request.limits, *before]


def _is_reachable(caller: Caller, touched: Iterable[risk.Limit]) -> bool:
    return all(
        is_visible(caller, level) for limit in touched for level in (limit.level, limit.second_level) if level
    )


def _is_order_reachable(desk: LimitDesk, caller: Caller, order: risk.OrderOverrideTerms) -> bool:
    names = {limit.name for limit in order.limits}
    waived = [limit for limit in desk.limits().limits if limit.name in names]
    return is_visible(caller, f"client:{order.client}") and _is_reachable(caller, waived)


def _is_pending_reachable(desk: LimitDesk, caller: Caller, pending: Pending) -> bool:
    if pending.order is not None:
        return _is_order_reachable(desk, caller, pending.order)
    return _is_reachable(caller, _touched(desk, pending.request))


def _said(work: Callable[[], _Result], request: Message, otherwise: str) -> _Result:
    """Say in statuses what the desk says in exceptions; `otherwise` as of `invalid`."""
    try:
        return work()
    except PermissionError as error:
        raise ApiError(Problem.FAILED_PRECONDITION, str(error)) from error
    except KeyError as error:
        raise ApiError(
            Problem.NOT_FOUND, f"no change or override has the number {error.args[0]}; see ListLimitChanges"
        ) from error
    except ValueError as error:
        raise invalid(error, request, otherwise) from error


def _hold_ns(duration: Duration) -> int:
    try:
        length_ns = duration.ToNanoseconds()
    except ValueError as error:
        raise ApiError(Problem.INVALID_ARGUMENT, f"duration: {error}", field="duration") from error
    if length_ns <= 0:
        raise ApiError(
            Problem.INVALID_ARGUMENT, "expected a duration above zero: an override ends", field="duration"
        )
    return length_ns


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.strip().encode()) <= _REASON_BYTES_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected a reason of 1 to {_REASON_BYTES_MAX} bytes: it is kept in the journal",
            field="reason",
        )


def _answer(outcome: Outcome) -> risk.SetLimitsResponse:
    return risk.SetLimitsResponse(
        version=outcome.version,
        lsn=outcome.lsn,
        changed_count=outcome.changed_count,
        removed_count=outcome.removed_count,
        pending=outcome.is_pending,
        change_id=outcome.change_id,
        summary=outcome.summary,
    )


def _pending(each: Pending) -> limits.PendingLimitChange:
    message = limits.PendingLimitChange(
        change_id=each.change_id,
        proposed_by=each.proposed_by,
        reason=each.request.reason,
        summary=each.summary,
    )
    message.proposed_at.FromNanoseconds(each.proposed_ns)
    message.expires_at.FromNanoseconds(each.expires_ns)
    if each.override_until_ns:
        message.override_until.FromNanoseconds(each.override_until_ns)
    if each.order is not None:
        message.order.CopyFrom(each.order)
    return message


def _override(each: Override) -> limits.LimitOverride:
    message = limits.LimitOverride(
        change_id=each.override_id,
        granted_by=each.granted_by,
        approved_by=each.approved_by,
        reason=each.reason,
        limits=each.during,
    )
    message.until.FromNanoseconds(each.until_ns)
    return message
