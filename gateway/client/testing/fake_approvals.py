"""Changes of limits and overrides of one order in a fake gateway, and that they wait for a second client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import grpc
import grpc.aio
from google.protobuf.message import Message

from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_overrides import FakeOverrides, order_text
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limits
from gateway.v1 import risk_pb2 as risk

__all__ = ["FakeApprovals"]

Make = Callable[[str, risk.SetLimitsRequest], risk.SetLimitsResponse]

_SECOND_NS = 1_000_000_000
_WAITS_NS = 24 * 3600 * _SECOND_NS
_OVERRIDE_MAX_NS = 24 * 3600 * _SECOND_NS


@dataclass
class _Pending:
    proposed_by: str
    request: risk.SetLimitsRequest
    summary: str
    proposed_ns: int
    expires_ns: int
    order: risk.OrderOverrideTerms | None = None
    """Whose order or replace may pass; None for a change of limits."""
    until_ns: int = 0
    """The end of that override."""


class FakeApprovals:
    """Keeps what waits. Which changes do is the script's to say; the gateway asks how much they loosen."""

    def __init__(self, ledger: FakeLedger, overrides: FakeOverrides, make: Make) -> None:
        """`make` makes a change. Raises AioRpcError."""
        self._ledger = ledger
        self._overrides = overrides
        self._make = make
        self.required = False
        """Whether changes that clients ask for wait from now on."""
        self._pending: dict[int, _Pending] = {}
        self._newest_id = 0
        self.calls: dict[str, Callable[[str, Message], Message]] = {
            "Risk.GrantOrderOverride": self._grant_order_override,
            "Risk.ListLimitChanges": self._list_limit_changes,
            "Risk.ApproveLimitChange": self._approve_limit_change,
            "Risk.EndLimitChange": self._end_limit_change,
        }

    def propose(self, client: str, request: risk.SetLimitsRequest, version: int) -> risk.SetLimitsResponse:
        """Keep a change until another client approves it."""
        names = [*(limit.name for limit in request.limits), *request.removed]
        now_ns = self._ledger.now_ns()
        pending = _Pending(client, risk.SetLimitsRequest(), ", ".join(names), now_ns, now_ns + _WAITS_NS)
        pending.request.CopyFrom(request)
        return self._keep(pending, version)

    def _keep(self, pending: _Pending, version: int) -> risk.SetLimitsResponse:
        number = self._next_id()
        self._pending[number] = pending
        lsn = self._record(
            events.RISK_DECISION_CHANGE_PROPOSED,
            number,
            pending.proposed_by,
            pending.request.reason,
            pending.expires_ns,
        )
        return risk.SetLimitsResponse(
            version=version, lsn=lsn, pending=True, change_id=number, summary=pending.summary
        )

    def _next_id(self) -> int:
        """Number a change, or an override that waits for nobody."""
        self._newest_id += 1
        return self._newest_id

    def _grant_order_override(self, client: str, request: Message) -> Message:
        assert isinstance(request, limits.GrantOrderOverrideRequest)
        hold_ns, now_ns = request.duration.ToNanoseconds(), self._ledger.now_ns()
        if hold_ns <= 0:
            raise _invalid("expected a duration above zero: an override ends")
        if not request.reason.strip():
            raise _invalid("expected a reason, was empty; say why, it is journalled")
        if hold_ns > _OVERRIDE_MAX_NS:
            longest = _OVERRIDE_MAX_NS // _SECOND_NS
            raise _invalid(f"expected an override of 1 to {longest} s, was {hold_ns // _SECOND_NS} s")
        self._overrides.expire()
        self._overrides.check(request.order)
        order = risk.OrderOverrideTerms()
        order.CopyFrom(request.order)
        wanted = risk.SetLimitsRequest(reason=request.reason)
        until_ns = now_ns + hold_ns
        pending = _Pending(
            client, wanted, order_text(order), now_ns, min(now_ns + _WAITS_NS, until_ns), order, until_ns
        )
        version = self._version(client)
        if self.required:
            return limits.GrantOrderOverrideResponse(change=self._keep(pending, version))
        change = self._grant(self._next_id(), pending, order, "", version)
        return limits.GrantOrderOverrideResponse(change=change)

    def _grant(
        self, number: int, pending: _Pending, order: risk.OrderOverrideTerms, approved_by: str, version: int
    ) -> risk.SetLimitsResponse:
        granted = events.OrderOverrideGranted(
            override_id=number,
            order=order,
            granted_by=pending.proposed_by,
            approved_by=approved_by,
            reason=pending.request.reason,
        )
        granted.expires_at.FromNanoseconds(pending.until_ns)
        lsn = self._overrides.grant(granted)
        return risk.SetLimitsResponse(version=version, lsn=lsn, change_id=number, summary=pending.summary)

    def _version(self, client: str) -> int:
        return self._make(client, risk.SetLimitsRequest(validate_only=True)).version

    def _list_limit_changes(self, _client: str, _request: Message) -> Message:
        self._overrides.expire()
        answer = limits.ListLimitChangesResponse(order_overrides=self._overrides.granted.values())
        for change_id, pending in self._pending.items():
            if not self._waits(pending):
                continue
            shown = answer.pending.add(
                change_id=change_id,
                proposed_by=pending.proposed_by,
                reason=pending.request.reason,
                summary=pending.summary,
                order=pending.order,
            )
            if pending.until_ns:
                shown.override_until.FromNanoseconds(pending.until_ns)
            shown.proposed_at.FromNanoseconds(pending.proposed_ns)
            shown.expires_at.FromNanoseconds(pending.expires_ns)
        return answer

    def _approve_limit_change(self, client: str, request: Message) -> Message:
        assert isinstance(request, limits.ApproveLimitChangeRequest)
        pending = self._of(request.change_id)
        if client == pending.proposed_by:
            raise failure(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"change {request.change_id} was asked for by {client}; another client has to approve it",
            )
        order = pending.order
        if order is not None and client == order.client:
            raise failure(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"change {request.change_id} is about an order of {order.client}; another client has to approve it",
            )
        if order is not None:
            self._overrides.check(order)
        self._record(events.RISK_DECISION_CHANGE_APPROVED, request.change_id, client, request.reason)
        if order is None:
            made = self._make(pending.proposed_by, pending.request)
        else:
            made = self._grant(request.change_id, pending, order, client, self._version(client))
        del self._pending[request.change_id]
        made.change_id, made.summary = request.change_id, pending.summary
        return limits.ApproveLimitChangeResponse(change=made)

    def _end_limit_change(self, client: str, request: Message) -> Message:
        assert isinstance(request, limits.EndLimitChangeRequest)
        self._overrides.expire()
        if request.change_id in self._overrides.granted:
            self._overrides.end(request.change_id, client, request.reason)
            return limits.EndLimitChangeResponse(version=self._version(client))
        pending = self._of(request.change_id)
        own = client == pending.proposed_by
        decision = events.RISK_DECISION_CHANGE_WITHDRAWN if own else events.RISK_DECISION_CHANGE_REFUSED
        self._record(decision, request.change_id, client, request.reason)
        del self._pending[request.change_id]
        return limits.EndLimitChangeResponse(version=self._version(client))

    def _of(self, change_id: int) -> _Pending:
        pending = self._pending.get(change_id)
        if pending is None or not self._waits(pending):
            raise failure(
                grpc.StatusCode.NOT_FOUND,
                f"no change or override has the number {change_id}; see ListLimitChanges",
            )
        return pending

    def _waits(self, pending: _Pending) -> bool:
        """Tell whether there is still time to approve it."""
        return self._ledger.now_ns() < pending.expires_ns

    def _record(
        self, decision: events.RiskDecision, change_id: int, client: str, reason: str, expires_ns: int = 0
    ) -> int:
        recorded = events.RiskDecisionRecorded(
            decision=decision,
            change_id=change_id,
            changed_by=client,
            reason=reason,
            detail=self._pending[change_id].summary,
        )
        if expires_ns:
            recorded.expires_at.FromNanoseconds(expires_ns)
        return self._ledger.record_for_audit(events.Event(risk_decision_recorded=recorded))


def _invalid(text: str) -> grpc.aio.AioRpcError:
    return failure(grpc.StatusCode.INVALID_ARGUMENT, text)
