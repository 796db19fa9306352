"""Changes of limits of a fake gateway that wait for a second client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import grpc
from google.protobuf.message import Message

from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limits
from gateway.v1 import risk_pb2 as risk

__all__ = ["FakeApprovals"]

Make = Callable[[str, risk.SetLimitsRequest], risk.SetLimitsResponse]

_WAITS_NS = 24 * 3600 * 1_000_000_000


@dataclass
class _Pending:
    proposed_by: str
    request: risk.SetLimitsRequest
    summary: str
    proposed_ns: int


class FakeApprovals:
    """Keeps what waits. Which changes do is the script's to say; the gateway asks how much they loosen."""

    def __init__(self, ledger: FakeLedger, make: Make) -> None:
        """`make` makes a change. Raises AioRpcError."""
        self._ledger = ledger
        self._make = make
        self.required = False
        """Whether changes that clients ask for wait from now on."""
        self._pending: dict[int, _Pending] = {}
        self._newest_id = 0
        self.calls: dict[str, Callable[[str, Message], Message]] = {
            "Risk.ListLimitChanges": self._list_limit_changes,
            "Risk.ApproveLimitChange": self._approve_limit_change,
            "Risk.EndLimitChange": self._end_limit_change,
        }

    def propose(self, client: str, request: risk.SetLimitsRequest, version: int) -> risk.SetLimitsResponse:
        """Keep a change until another client approves it."""
        self._newest_id += 1
        names = [*(limit.name for limit in request.limits), *request.removed]
        pending = _Pending(client, risk.SetLimitsRequest(), ", ".join(names), self._ledger.now_ns())
        pending.request.CopyFrom(request)
        self._pending[self._newest_id] = pending
        lsn = self._record(events.RISK_DECISION_CHANGE_PROPOSED, self._newest_id, client, request.reason)
        return risk.SetLimitsResponse(
            version=version, lsn=lsn, pending=True, change_id=self._newest_id, summary=pending.summary
        )

    def _list_limit_changes(self, _client: str, _request: Message) -> Message:
        answer = limits.ListLimitChangesResponse()
        for change_id, pending in self._pending.items():
            if not self._waits(pending):
                continue
            shown = answer.pending.add(
                change_id=change_id,
                proposed_by=pending.proposed_by,
                reason=pending.request.reason,
                summary=pending.summary,
            )
            shown.proposed_at.FromNanoseconds(pending.proposed_ns)
            shown.expires_at.FromNanoseconds(pending.proposed_ns + _WAITS_NS)
        return answer

    def _approve_limit_change(self, client: str, request: Message) -> Message:
        assert isinstance(request, limits.ApproveLimitChangeRequest)
        pending = self._of(request.change_id)
        if client == pending.proposed_by:
            raise failure(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"change {request.change_id} was asked for by {client}; another client has to approve it",
            )
        self._record(events.RISK_DECISION_CHANGE_APPROVED, request.change_id, client, request.reason)
        made = self._make(pending.proposed_by, pending.request)
        del self._pending[request.change_id]
        made.change_id, made.summary = request.change_id, pending.summary
        return limits.ApproveLimitChangeResponse(change=made)

    def _end_limit_change(self, client: str, request: Message) -> Message:
        assert isinstance(request, limits.EndLimitChangeRequest)
        pending = self._of(request.change_id)
        own = client == pending.proposed_by
        decision = events.RISK_DECISION_CHANGE_WITHDRAWN if own else events.RISK_DECISION_CHANGE_REFUSED
        self._record(decision, request.change_id, client, request.reason)
        del self._pending[request.change_id]
        unchanged = self._make(pending.proposed_by, risk.SetLimitsRequest(validate_only=True))
        return limits.EndLimitChangeResponse(version=unchanged.version)

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
        return self._ledger.now_ns() < pending.proposed_ns + _WAITS_NS

    def _record(self, decision: events.RiskDecision, change_id: int, client: str, reason: str) -> int:
        recorded = events.RiskDecisionRecorded(
            decision=decision,
            change_id=change_id,
            changed_by=client,
            reason=reason,
            detail=self._pending[change_id].summary,
        )
        return self._ledger.record(events.Event(risk_decision_recorded=recorded))
