"""Changes of limits, by people and by the configuration file: who may, with whose approval, and until when.

Every change ends in one call of the core, which judges the request as a whole, journals `LimitsChanged` with old and
new terms, who and why, and applies it; or refuses it as a whole, and the limits in force stay. What the desk adds:

* a change that loosens a limit by more than `loosening_percent` waits for another client with the right `risk`, and
  expires. Small steps are added up: each is measured against the terms before the first of them, until a second person
  has approved a change of that limit or it was tightened below.
* an override is a change with an end, after which the terms before it come back, if nobody has changed them since.
* an override of one order changes no limit: the core lets that order pass, once. It loosens without bound, so it waits
  for another client wherever that is asked for at all, and the order's own client cannot approve it.
* a limit that was changed at run time stays as it is when the file is read again; `force` takes the file's.

One call at a time; any thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from gateway.config.risk_consistency import SECTION_LIMIT_NAMES
from gateway.risk.limits.core import (
    SECOND_NS,
    ApprovalTerms,
    LimitCore,
    LimitOutcome,
    LimitRefused,
    OwnChange,
)
from gateway.risk.limits.looseness import TIGHTENING, UNBOUNDED, loosening_percent
from gateway.risk.limits.order_overrides import OrderOverrides, granted_of, order_text
from gateway.risk.limits.requests import asks_the_same, client_of, without_approval
from gateway.risk.limits.state import LimitState, Override, PendingChange
from gateway.risk.limits.text import change_text
from gateway.v1 import events_pb2, risk_pb2

__all__ = ["ApprovalTerms", "LimitCore", "LimitDesk", "LimitOutcome", "LimitRefused", "OwnChange"]

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

Limit = risk_pb2.Limit


class LimitDesk:
    """The one place that changes limits."""

    def __init__(
        self, core: LimitCore, terms: ApprovalTerms, state_file: Path, *, now_ns: Callable[[], int]
    ) -> None:
        """Raises StateFileError, OSError."""
        self.terms = terms
        self._core = core
        self._file = state_file
        self._now_ns = now_ns
        self._lock = threading.RLock()
        self._state = LimitState.load(state_file)
        self._orders = OrderOverrides(core)

    @property
    def state(self) -> LimitState:
        """What waits, what holds for a time, and what was changed at run time."""
        with self._lock:
            self.expire()
            return self._state

    @property
    def kept(self) -> LimitState:
        """The same as of the last call, without ending what has expired since: for metrics, which change nothing."""
        return self._state

    @property
    def order_overrides(self) -> dict[int, events_pb2.OrderOverrideGranted]:
        """Overrides of one order that were not used, by number."""
        with self._lock:
            self.expire()
            return self._orders.all()

    def limits(self) -> risk_pb2.ListLimitsResponse:
        return risk_pb2.ListLimitsResponse.FromString(self._core.limits())

    def utilization(self, level: str = "") -> risk_pb2.ListLimitUtilizationResponse:
        """Ask how much of each limit on a level, or of all, is used."""
        return risk_pb2.ListLimitUtilizationResponse.FromString(self._core.limit_utilization(level))

    def set(
        self, request: risk_pb2.SetLimitsRequest, changed_by: str, *, override_for_ns: int = 0
    ) -> LimitOutcome:
        """Change limits, or have the change wait for a second person.

        Raises LimitRefused: garbage, another version in force, no reason, an override that is too long.
        """
        if not request.reason.strip():
            raise LimitRefused("expected a reason, was empty; say why, it is journalled")
        self._check_duration(override_for_ns)
        with self._lock:
            self.expire()
            request = without_approval(request)
            # Judged by the core first: garbage never waits for anybody.
            self._judge(request, changed_by)
            if override_for_ns:
                self._check_override(request)
            loosening, summary = self._loosening(request)
            if request.validate_only:
                return replace(self._unchanged(summary), is_pending=self._needs_approval(loosening))
            if self._needs_approval(loosening):
                return self._propose(request, changed_by, summary, override_for_ns)
            return self._apply(request, changed_by, "", summary, override_for_ns)

    def grant_order(
        self, order: risk_pb2.OrderOverrideTerms, reason: str, granted_by: str, hold_ns: int
    ) -> LimitOutcome:
        """Let one order pass limits that it does not hold, or have that wait for a second person.

        Raises LimitRefused: garbage, limits that no override waives, no reason, an override that is too long.
        """
        if not reason.strip():
            raise LimitRefused("expected a reason, was empty; say why, it is journalled")
        self._check_duration(hold_ns)
        with self._lock:
            self.expire()
            now_ns, change_id = self._now_ns(), self._next_id()
            granted = granted_of(order, change_id, now_ns + hold_ns, granted_by, reason)
            self._ask(lambda: self._orders.judge(granted))
            summary = order_text(order)
            if not self.terms.required:
                return self._grant_order(granted, summary)
            request = risk_pb2.SetLimitsRequest(reason=reason)
            expires_ns = min(now_ns + self.terms.expires_after_ns, now_ns + hold_ns)
            change = PendingChange(
                change_id, request, granted_by, now_ns, expires_ns, summary, now_ns + hold_ns, order
            )
            return self._keep_pending(change)

    def approve(self, change_id: int, approved_by: str, reason: str) -> LimitOutcome:
        """Approve a pending change and make it. Raises KeyError, OwnChange, LimitRefused."""
        with self._lock:
            self.expire()
            change = self._state.pending[change_id]
            if client_of(approved_by) == client_of(change.proposed_by):
                raise OwnChange(
                    f"change {change_id} was asked for by {change.proposed_by}; another client has to approve it"
                )
            if change.order is not None:
                return self._approve_order(change, change.order, approved_by, reason)
            hold_ns = max(0, change.override_until_ns - self._now_ns()) if change.override_until_ns else 0
            # The core refuses it where the limits are not those any more that it was judged against.
            self._judge(change.request, change.proposed_by)
            decision = events_pb2.RISK_DECISION_CHANGE_APPROVED
            self._record(decision, change_id, approved_by, reason, change.summary, 0)
            outcome = self._apply(
                change.request, change.proposed_by, approved_by, change.summary, hold_ns, change_id
            )
            self._keep(self._state.without_pending(change_id))
            return outcome

    def end_pending(self, change_id: int, ended_by: str, reason: str) -> None:
        """Refuse a pending change, or take the own one back. Raises KeyError."""
        with self._lock:
            self.expire()
            change = self._state.pending[change_id]
            is_own = client_of(ended_by) == client_of(change.proposed_by)
            decision = (
                events_pb2.RISK_DECISION_CHANGE_WITHDRAWN
                if is_own
                else events_pb2.RISK_DECISION_CHANGE_REFUSED
            )
            self._record(decision, change_id, ended_by, reason, change.summary, 0)
            self._keep(self._state.without_pending(change_id))

    def end_order_override(self, override_id: int, ended_by: str, reason: str) -> None:
        """End an override before its order has come. Raises KeyError."""
        with self._lock:
            self._orders.end(override_id, ended_by, reason)

    def end_override(self, override_id: int, ended_by: str, reason: str) -> None:
        """Set limits back before the override's time. Raises KeyError, LimitRefused."""
        with self._lock:
            self._end_override(self._state.overrides[override_id], ended_by, reason)

    def expire(self) -> None:
        """End what has come to its time. Called before every other call, and now and then."""
        with self._lock:
            now_ns = self._now_ns()
            for change in list(self._state.pending.values()):
                if change.expires_ns <= now_ns:
                    decision = events_pb2.RISK_DECISION_CHANGE_EXPIRED
                    self._record(
                        decision, change.change_id, "", "nobody approved it in time", change.summary, 0
                    )
                    self._keep(self._state.without_pending(change.change_id))
            for override in list(self._state.overrides.values()):
                if override.until_ns <= now_ns:
                    self._end_override(override, "", "its time is over")
            for number, granted in self._orders.all().items():
                if granted.expires_at.ToNanoseconds() <= now_ns:
                    self._orders.end(number, "", "its time is over")

    def apply_file(
        self, wanted: Iterable[Limit], changed_by: str, *, force: bool = False, dry_run: bool = False
    ) -> LimitOutcome:
        """Make the limits those of the configuration file, but for what was changed at run time.

        A limit of the file's that is gone from it is removed. What loosens beyond the threshold waits for approval as
        any change does, and the rest with it. Raises LimitRefused.
        """
        with self._lock:
            self.expire()
            runtime: frozenset[str] = frozenset() if force else self._state.runtime
            if force and not dry_run:
                self._keep(replace(self._state, runtime=frozenset()))
            in_force = self._named()
            file = {limit.name: limit for limit in wanted if limit.name not in runtime}
            request = risk_pb2.SetLimitsRequest(
                limits=[limit for name, limit in file.items() if in_force.get(name) != limit],
                removed=sorted(in_force.keys() - file.keys() - runtime),
                reason="the configuration file",
            )
            if not request.limits and not request.removed:
                return self._unchanged("")
            if any(asks_the_same(each.request, request) for each in self._state.pending.values()):
                return self._unchanged("the file's change waits for approval already")
            self._judge(request, changed_by)
            loosening, summary = self._loosening(request)
            # The first limits of a journal have nothing to be looser than.
            needs_approval = bool(in_force) and self._needs_approval(loosening)
            if dry_run:
                return replace(self._unchanged(summary), is_pending=needs_approval)
            if needs_approval:
                return self._propose(request, changed_by, summary, 0)
            return self._apply(request, changed_by, "", summary, 0, is_file=True)

    def source_of(self, name: str) -> str:
        """Where a limit comes from: "override", "runtime", "file" or "section" (the section `limits`)."""
        with self._lock:
            if any(limit.name == name for each in self._state.overrides.values() for limit in each.during):
                return "override"
            if name in SECTION_LIMIT_NAMES:
                return "section"
            return "runtime" if name in self._state.runtime else "file"

    def _check_duration(self, hold_ns: int) -> None:
        if not 0 <= hold_ns <= self.terms.override_max_ns:
            longest = self.terms.override_max_ns // SECOND_NS
            raise LimitRefused(f"expected an override of 1 to {longest} s, was {hold_ns // SECOND_NS} s")

    def _next_id(self) -> int:
        """Give a number that no change and no override has, also where the file beside the journal was lost."""
        return max([self._state.next_id, *(number + 1 for number in self._orders.all())])

    def _needs_approval(self, loosening: Decimal) -> bool:
        return self.terms.required and loosening > self.terms.loosening_percent

    def _judge(self, request: risk_pb2.SetLimitsRequest, changed_by: str) -> None:
        trial = risk_pb2.SetLimitsRequest()
        trial.CopyFrom(request)
        trial.validate_only = True
        self._set(trial, changed_by)

    def _set(self, request: risk_pb2.SetLimitsRequest, changed_by: str) -> risk_pb2.SetLimitsResponse:
        answer = self._ask(lambda: self._core.set_limits(request.SerializeToString(), changed_by))
        return risk_pb2.SetLimitsResponse.FromString(answer)

    def _ask(self, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except ValueError as error:
            raise LimitRefused(f"{error}; nothing was changed") from error

    def _changes(
        self, request: risk_pb2.SetLimitsRequest
    ) -> Iterator[tuple[str, Limit | None, Limit | None]]:
        """Give name, terms before and terms after of everything that the request changes."""
        in_force = self._named()
        asked = {limit.name: limit for limit in request.limits}
        removed = set(request.removed)
        if request.replace_all:
            removed |= in_force.keys() - asked.keys()
        for name in sorted(asked.keys() | removed):
            before, after = in_force.get(name), asked.get(name)
            if before != after:
                yield name, before, after

    def _named(self) -> dict[str, Limit]:
        """Give the limits that were set, by name: those of the section `limits` are not changed here."""
        return {limit.name: limit for limit in self.limits().limits if limit.name not in SECTION_LIMIT_NAMES}

    def _loosening(self, request: risk_pb2.SetLimitsRequest) -> tuple[Decimal, str]:
        worst, lines = TIGHTENING, []
        for name, before, after in self._changes(request):
            percent = loosening_percent(self._state.baseline.get(name, before), after)
            worst = max(worst, percent)
            lines.append(change_text(before, after, percent))
        return worst, "; ".join(lines)

    def _propose(
        self, request: risk_pb2.SetLimitsRequest, changed_by: str, summary: str, override_for_ns: int
    ) -> LimitOutcome:
        now_ns, change_id = self._now_ns(), self._state.next_id
        # Approved is what was looked at: other limits in force by then, and the core refuses the change.
        request.expected_version = request.expected_version or self.limits().version
        change = PendingChange(
            change_id,
            request,
            changed_by,
            now_ns,
            now_ns + self.terms.expires_after_ns,
            summary,
            now_ns + override_for_ns if override_for_ns else 0,
        )
        return self._keep_pending(change)

    def _keep_pending(self, change: PendingChange) -> LimitOutcome:
        decision = events_pb2.RISK_DECISION_CHANGE_PROPOSED
        number, summary, reason = change.change_id, change.summary, change.request.reason
        lsn = self._record(decision, number, change.proposed_by, reason, summary, change.expires_ns)
        self._keep(self._state.with_pending(change))
        _log.warning("change %d of limits waits for a second person: %s", number, summary)
        return replace(self._unchanged(summary), lsn=lsn, change_id=number, is_pending=True)

    def _approve_order(
        self, change: PendingChange, order: risk_pb2.OrderOverrideTerms, approved_by: str, reason: str
    ) -> LimitOutcome:
        if client_of(approved_by) == order.client:
            raise OwnChange(
                f"change {change.change_id} is about an order of {order.client}; another client has to approve it"
            )
        granted = granted_of(
            order, change.change_id, change.override_until_ns, change.proposed_by, change.request.reason
        )
        granted.approved_by = approved_by
        self._ask(lambda: self._orders.judge(granted))
        decision = events_pb2.RISK_DECISION_CHANGE_APPROVED
        self._record(decision, change.change_id, approved_by, reason, change.summary, 0)
        outcome = self._grant_order(granted, change.summary)
        self._keep(self._state.without_pending(change.change_id))
        return outcome

    def _grant_order(self, granted: events_pb2.OrderOverrideGranted, summary: str) -> LimitOutcome:
        lsn = self._ask(lambda: self._orders.grant(granted))
        next_id = max(self._state.next_id, granted.override_id + 1)
        self._keep(replace(self._state, next_id=next_id))
        return replace(self._unchanged(summary), lsn=lsn, change_id=granted.override_id)

    def _apply(
        self,
        request: risk_pb2.SetLimitsRequest,
        changed_by: str,
        approved_by: str,
        summary: str,
        override_for_ns: int,
        change_id: int = 0,
        *,
        is_file: bool = False,
    ) -> LimitOutcome:
        changes = list(self._changes(request))
        final = risk_pb2.SetLimitsRequest()
        final.CopyFrom(request)
        final.approved_by = approved_by
        answer = self._set(final, changed_by)
        baseline = dict(self._state.baseline)
        for name, before, after in changes:
            first = baseline.get(name, before)
            if approved_by or first is None or loosening_percent(first, after) in (TIGHTENING, UNBOUNDED):
                baseline.pop(name, None)
            else:
                baseline[name] = first
        state = replace(self._state, baseline=baseline)
        if override_for_ns:
            override_id = change_id or state.next_id
            state = state.with_override(
                self._override(override_id, changes, final, changed_by, override_for_ns)
            )
            change_id = override_id
        elif not is_file:
            state = replace(state, runtime=state.runtime | {name for name, _, _ in changes})
        self._keep(state)
        return LimitOutcome(
            answer.version, answer.lsn, answer.changed_count, answer.removed_count, change_id, False, summary
        )

    def _check_override(self, request: risk_pb2.SetLimitsRequest) -> None:
        held = {limit.name for each in self._state.overrides.values() for limit in each.during}
        for name, before, after in self._changes(request):
            if before is None or after is None:
                raise LimitRefused(
                    f"'{name}': an override changes limits that are in force; it adds and removes none"
                )
            if name in held:
                raise LimitRefused(f"'{name}': an override of it holds already; end that first")

    def _override(
        self,
        override_id: int,
        changes: list[tuple[str, Limit | None, Limit | None]],
        request: risk_pb2.SetLimitsRequest,
        granted_by: str,
        hold_ns: int,
    ) -> Override:
        until_ns = self._now_ns() + hold_ns
        detail = "; ".join(change_text(before, after, None) for _, before, after in changes)
        decision = events_pb2.RISK_DECISION_OVERRIDE_GRANTED
        self._record(decision, override_id, granted_by, request.reason, detail, until_ns)
        return Override(
            override_id,
            tuple(before for _, before, _ in changes if before is not None),
            tuple(after for _, _, after in changes if after is not None),
            granted_by,
            request.approved_by,
            request.reason,
            until_ns,
        )

    def _end_override(self, override: Override, ended_by: str, reason: str) -> None:
        in_force = self._named()
        back = [
            before
            for before, during in zip(override.before, override.during, strict=True)
            if in_force.get(during.name) == during  # else somebody has decided otherwise since
        ]
        if back:
            request = risk_pb2.SetLimitsRequest(
                limits=back, reason=f"end of override {override.override_id}: {reason}"
            )
            self._set(request, ended_by or override.granted_by)
        detail = "; ".join(change_text(in_force.get(limit.name), limit, None) for limit in back)
        decision = events_pb2.RISK_DECISION_OVERRIDE_ENDED
        self._record(decision, override.override_id, ended_by, reason, detail, 0)
        self._keep(self._state.without_override(override.override_id))

    def _record(
        self, decision: int, change_id: int, changed_by: str, reason: str, detail: str, expires_ns: int
    ) -> int:
        return self._core.record_risk_decision(
            decision=decision,
            change_id=change_id,
            changed_by=changed_by,
            reason=reason,
            detail=detail,
            expires_ns=expires_ns,
        )

    def _keep(self, state: LimitState) -> None:
        state.save(self._file)
        self._state = state

    def _unchanged(self, summary: str) -> LimitOutcome:
        return LimitOutcome(self.limits().version, 0, 0, 0, 0, False, summary)
