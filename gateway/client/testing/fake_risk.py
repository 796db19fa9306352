"""The service Risk of a fake gateway: trading states, limits, whether an order would pass, analytics."""

from collections.abc import Callable
from decimal import Decimal

import grpc
from google.protobuf.message import Message

from gateway.client.enums import DenialCode, Side, TradingState
from gateway.client.testing.fake_approvals import FakeApprovals
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_limits import FakeLimits, Proposal, denial_of, is_at
from gateway.client.testing.fake_order import FakeOrder, number
from gateway.client.testing.fake_overrides import FakeOverrides, Verdict
from gateway.v1 import analytics_pb2 as analytics
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limits
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import types_pb2 as types

__all__ = ["FakeRisk"]

CancelAll = Callable[[list[FakeOrder]], int]
JudgeOrder = Callable[[str, order_entry.NewOrder], Verdict]
ReferencePrice = Callable[[str], Decimal | None]


class FakeRisk:
    """What is denied for risk, and the calls about it."""

    def __init__(
        self,
        ledger: FakeLedger,
        reference_price: ReferencePrice,
        cancel_all: CancelAll,
        judge_order: JudgeOrder,
        is_taken: Callable[[str, str], bool],
    ) -> None:
        """`judge_order` says whether an order would pass; it asks `judge` among others. `is_taken` tells whether
        a client has made a request with an id.
        """
        self._ledger = ledger
        self._reference_price = reference_price
        self._cancel_all = cancel_all
        self._judge_order = judge_order
        self._states: dict[str, events.TradingStateChanged] = {}
        self.limits = FakeLimits(ledger)
        self.overrides = FakeOverrides(ledger, self.limits, is_taken)
        self.approvals = FakeApprovals(ledger, self.overrides, self._change_limits)
        self.analytics: analytics.GetAnalyticsResponse | None = None
        self.calls: dict[str, Callable[[str, Message], Message]] = {
            "Risk.SetTradingState": self._set_trading_state,
            "Risk.ListTradingStates": self._list_trading_states,
            "Risk.GetLimits": self._get_limits,
            "Risk.SetLimits": self._set_limits,
            "Risk.ListLimitUtilization": self._list_limit_utilization,
            "Risk.CheckOrder": self._check_order,
            "Risk.GetAnalytics": self._get_analytics,
            **self.approvals.calls,
        }

    def judge(self, client: str, command: order_entry.NewOrder, quantity: Decimal) -> Verdict:
        """Judge an order by trading states, then by limits; by an override of its own where it has one."""
        return self._judge(self._proposal(client, command, quantity), command.client_order_id)

    def judge_replace(self, order: FakeOrder, name: str, quantity: Decimal, price: Decimal | None) -> Verdict:
        """Judge the terms that a replace of this name would give an order, as of `judge`."""
        price = self._reference_price(order.command.instrument) if price is None else price
        return self._judge(Proposal(order.client, order.command, order.venue, quantity, price, order), name)

    def denial_of(self, client: str, command: order_entry.NewOrder, quantity: Decimal) -> types.Denial | None:
        """Judge an order that passes by no override."""
        order = self._proposal(client, command, quantity)
        return self._denial_of_state(order) or self.limits.denial_of(order)

    def _judge(self, order: Proposal, name: str) -> Verdict:
        if denial := self._denial_of_state(order):
            return Verdict(denial)
        denial = self.limits.denial_of(order)
        if denial is None:
            return Verdict()
        command = order.command
        granted = self.overrides.find(
            order.client, name, command.instrument, int(command.side), order.quantity
        )
        if granted is None:
            return Verdict(denial)
        waived = frozenset(each.name for each in granted.order.limits)
        if denial := self.limits.denial_of(order, waived):
            return Verdict(denial)
        return Verdict(None, granted.override_id, tuple(self.limits.breaches_of(order)))

    def _denial_of_state(self, order: Proposal) -> types.Denial | None:
        restricted = [
            state
            for level, state in self._states.items()
            if is_at(level, order.client, order.command, order.venue)
            and state.state != TradingState.ACTIVE.value
        ]
        for state in restricted:
            if state.state == TradingState.HALTED.value:
                return denial_of(DenialCode.TRADING_HALTED, limit_name="trading_state", level=state.level)
        if restricted and not self._reduces(order):
            level = restricted[0].level
            return denial_of(DenialCode.TRADING_REDUCING, limit_name="trading_state", level=level)
        return None

    def _proposal(self, client: str, command: order_entry.NewOrder, quantity: Decimal) -> Proposal:
        price = Decimal(command.price) if command.price else self._reference_price(command.instrument)
        return Proposal(client, command, command.venue or self._ledger.venue, quantity, price)

    def _reduces(self, order: Proposal) -> bool:
        """Tell whether the position shrinks even if everything that is open on this side is filled."""
        command = order.command
        more = order.quantity - (order.replaced.quantity if order.replaced else 0)
        for position in self._ledger.positions(command.account):
            if (position.strategy, position.instrument) == (command.strategy, command.instrument):
                net = Decimal(position.net_quantity)
                if int(command.side) == Side.BUY.value:
                    return Decimal(position.open_buy_quantity) + more <= -net
                return Decimal(position.open_sell_quantity) + more <= net
        return False

    # --- calls

    def _set_trading_state(self, client: str, request: Message) -> Message:
        assert isinstance(request, control.SetTradingStateRequest)
        changed = events.TradingStateChanged(
            level=request.level, state=request.state, reason=request.reason, changed_by=client
        )
        self._states[request.level] = changed
        lsn = self._ledger.record(events.Event(trading_state_changed=changed))
        sent = 0
        if request.cancel_open_orders:
            level = request.level
            found = self._ledger.open_orders()
            sent = self._cancel_all(
                [each for each in found if is_at(level, each.client, each.command, each.venue)]
            )
        return control.SetTradingStateResponse(lsn=lsn, cancels_sent=sent)

    def _list_trading_states(self, _client: str, _request: Message) -> Message:
        return control.ListTradingStatesResponse(states=self._states.values())

    def _get_limits(self, _client: str, request: Message) -> Message:
        assert isinstance(request, limits.GetLimitsRequest)
        shown = sorted(self.limits.limits.values(), key=lambda each: each.name)
        return limits.GetLimitsResponse(
            version=self.limits.version,
            limits=[
                limits.LimitInForce(limit=limit, source="runtime")
                for limit in shown
                if request.level in ("", limit.level)
            ],
        )

    def _set_limits(self, client: str, request: Message) -> Message:
        assert isinstance(request, risk.SetLimitsRequest)
        version = self.limits.version
        if request.expected_version not in (0, version):
            raise failure(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"expected_version: the set in force is {version}, not {request.expected_version}",
            )
        if self.approvals.required and not request.validate_only:
            self.limits.change(
                request.limits, request.removed, replace_all=request.replace_all
            )  # that it can be
            return self.approvals.propose(client, request, version)
        return self._change_limits(client, request)

    def _change_limits(self, client: str, request: risk.SetLimitsRequest) -> risk.SetLimitsResponse:
        version = self.limits.version
        changes = self.limits.change(request.limits, request.removed, replace_all=request.replace_all)
        lsn = 0
        if changes and not request.validate_only:
            self.limits.take(changes)
            version = self.limits.version
            changed = risk.LimitsChanged(
                version=version, changes=changes, changed_by=client, reason=request.reason, part=1
            )
            lsn = self._ledger.record_for_audit(events.Event(limits_changed=changed))
        removed = sum(not change.HasField("after") for change in changes)
        return risk.SetLimitsResponse(
            version=version, lsn=lsn, changed_count=len(changes) - removed, removed_count=removed
        )

    def _list_limit_utilization(self, _client: str, request: Message) -> Message:
        assert isinstance(request, risk.ListLimitUtilizationRequest)
        return risk.ListLimitUtilizationResponse(utilizations=self.limits.utilizations(request.level))

    def _check_order(self, client: str, request: Message) -> Message:
        assert isinstance(request, limits.CheckOrderRequest)
        verdict = self._judge_order(client, request.order)
        denial = verdict.denial
        answer = limits.CheckOrderResponse(
            passes=denial is None, denial=denial, override_id=verdict.override_id
        )
        waived = {each.limit_name for each in verdict.breached}
        if denial is not None and denial.code == DenialCode.INVALID_QUANTITY.value:
            return answer
        proposal = self._proposal(client, request.order, Decimal(request.order.quantity))
        for limit, value, holds in self.limits.checks_of(proposal):
            answer.limits.add(
                name=limit.name,
                level=limit.level,
                kind=limit.kind,
                action=limit.action,
                holds=holds,
                decides=denial is not None and denial.limit_name == limit.name,
                waived=limit.name in waived,
                value=number(value),
                limit=limit.value or str(limit.count),
            )
        return answer

    def _get_analytics(self, _client: str, request: Message) -> Message:
        assert isinstance(request, analytics.GetAnalyticsRequest)
        if self.analytics is None:
            raise failure(
                grpc.StatusCode.FAILED_PRECONDITION,
                "the fake gateway makes no analytics; have it show some with show_analytics",
            )
        shown = analytics.GetAnalyticsResponse()
        shown.CopyFrom(self.analytics)
        if request.level:
            for each in [level for level in shown.levels if level.level != request.level]:
                shown.levels.remove(each)
        return shown
