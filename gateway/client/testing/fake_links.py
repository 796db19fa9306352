"""Linked orders of a fake gateway: what each should be is worked out from what has traded, as the gateway does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import (
    DenialCode,
    LinkKind,
    LinkProblem,
    OrderStatus,
    PartialFillPolicy,
    ReleasePolicy,
)
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_limits import denial_of
from gateway.client.testing.fake_order import FakeOrder, FakeRequest, number
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeLinks"]

DenialOf = Callable[[str, order_entry.NewOrder], types.Denial | None]
_NOTHING = Decimal(0)


@dataclass
class _Leg:
    order: FakeOrder
    quantity: Decimal
    """As the link was submitted."""
    asked: Decimal = _NOTHING
    """What the venue was asked for last."""
    release_denied: bool = False


@dataclass
class _Link:
    link_id: int
    client: str
    kind: LinkKind
    on_partial_fill: PartialFillPolicy
    release: ReleasePolicy
    legs: list[_Leg]
    overfilled: Decimal = _NOTHING

    @property
    def exits(self) -> list[_Leg]:
        """Those whose quantity is the link's."""
        return self.legs if self.kind is LinkKind.OCO else self.legs[1:]

    @property
    def excludes(self) -> bool:
        """Whether a fill of one exit takes from the others."""
        return self.kind is not LinkKind.OTO

    def traded_by_others(self, leg: _Leg) -> Decimal:
        return sum((each.order.cum_quantity for each in self.exits if each is not leg), _NOTHING)

    def basis(self) -> Decimal:
        """What the parent has traded, as far as its children may follow it."""
        parent = self.legs[0].order
        follows = self.release is ReleasePolicy.IN_PROPORTION or any(each.asked for each in self.legs[1:])
        return parent.cum_quantity if follows or not parent.is_open else _NOTHING

    def target(self, leg: _Leg) -> Decimal:
        """The quantity that an order should have."""
        if leg not in self.exits:
            return leg.quantity
        if self.kind is LinkKind.OTO:
            return self._in_proportion(leg, self.basis())
        budget = self.legs[0].quantity if self.kind is LinkKind.OCO else self.basis()
        others = self.traded_by_others(leg)
        if self.on_partial_fill is PartialFillPolicy.CANCEL and others and not leg.order.cum_quantity:
            return _NOTHING
        return max(budget - others, _NOTHING)

    def excess(self) -> Decimal:
        """What was filled beyond what the link is for."""
        parent = self.legs[0]
        if not self.excludes:
            filled = parent.order.cum_quantity
            return sum(
                (
                    max(each.order.cum_quantity - self._in_proportion(each, filled), _NOTHING)
                    for each in self.exits
                ),
                _NOTHING,
            )
        budget = parent.quantity if self.kind is LinkKind.OCO else parent.order.cum_quantity
        return max(sum((each.order.cum_quantity for each in self.exits), _NOTHING) - budget, _NOTHING)

    def is_pointless(self, leg: _Leg) -> bool:
        """Whether an order that is held will never be sent."""
        if leg not in self.exits:
            return False
        if self.excludes and self.traded_by_others(leg):
            return True
        return self.kind is not LinkKind.OCO and not self.legs[0].order.is_open

    def is_uncertain(self, leg: _Leg) -> bool:
        """Whether an order that this one's quantity hangs on may have traded without anybody's knowing."""
        return leg in self.exits and any(
            each.order.is_open and each.order.uncertain
            for each in self.legs
            if each is not leg and (self.excludes or each is self.legs[0])
        )

    def _in_proportion(self, leg: _Leg, traded: Decimal) -> Decimal:
        """Lots of the fake gateway are whole."""
        return Decimal(leg.quantity * traded // self.legs[0].quantity)


class FakeLinks:
    """Accepts links, and does what follows from fills."""

    def __init__(self, ledger: FakeLedger, denial_of_order: DenialOf) -> None:
        self._ledger = ledger
        self._denial_of_order = denial_of_order
        self._links: list[_Link] = []

    def denial_of(self, client: str, command: order_entry.LinkedOrders) -> types.Denial | None:
        """Say why orders cannot hang together so, or which of them would be denied by itself."""
        ids = [order.client_order_id for order in command.orders]
        for at, each in enumerate(ids):
            known = self._ledger.find(client, 0, each) is not None
            if known or each == command.client_request_id or each in ids[:at]:
                return denial_of(
                    DenialCode.CLIENT_REQUEST_ID_REUSED,
                    limit_name="client_order_id",
                    observed=each,
                    allowed="a new id for each order",
                )
        refused = _fault_of(command)
        if refused is not None:
            name, allowed = refused
            return denial_of(DenialCode.INVALID_LINK, limit_name=name, allowed=allowed)
        denials = (self._denial_of_order(client, order) for order in command.orders)
        return next((denial for denial in denials if denial is not None), None)

    def accept(
        self, client: str, command: order_entry.LinkedOrders, orders: list[FakeOrder]
    ) -> order_entry.CommandResult:
        """Take orders that are held, send those that wait for nothing, and answer."""
        link = _Link(
            link_id=len(self._links) + 1,
            client=client,
            kind=LinkKind(int(command.kind)),
            on_partial_fill=PartialFillPolicy(int(command.on_partial_fill) or 1),
            release=ReleasePolicy(int(command.release) or 1),
            legs=[_Leg(order, order.quantity) for order in orders],
        )
        self._links.append(link)
        accepted = events.LinkAccepted(
            link_id=link.link_id,
            client_request_id=command.client_request_id,
            client=client,
            kind=enumerator(link.kind),
            on_partial_fill=enumerator(link.on_partial_fill),
            release=enumerator(link.release),
            request_id=self._ledger.next_request_id(),
        )
        for order in orders:
            order.link_id, order.quantity_is_linked = (
                link.link_id,
                link.kind is LinkKind.OCO or order is not orders[0],
            )
            order.request_id, order.cl_ord_id = self._ledger.next_request_id(), self._ledger.new_cl_ord_id()
            order.execution = OrderStatus.HELD
            accepted.orders.append(order.accepted(order.quantity))
            self._ledger.add(order)
        lsn = self._ledger.record(events.Event(link_accepted=accepted), client)
        for order in orders:
            order.lsn = lsn
        self._work(link)
        return order_entry.CommandResult(
            client_request_id=command.client_request_id,
            order_id=orders[0].order_id,
            lsn=lsn,
            link_id=link.link_id,
            linked_orders=[
                order_entry.LinkedOrderResult(order_id=order.order_id, cl_ord_id=order.cl_ord_id)
                for order in orders
            ],
        )

    def end_held(self, order: FakeOrder, reason: str, client_request_id: str = "") -> int:
        """End an order that the venue has not seen; the event's lsn."""
        order.end(OrderStatus.CANCELED)
        ended = events.HeldOrderEnded(
            order_id=order.order_id,
            link_id=order.link_id,
            reason=reason,
            client_request_id=client_request_id,
            request_id=self._ledger.next_request_id() if client_request_id else 0,
        )
        return self._ledger.note(order, events.Event(held_order_ended=ended))

    def work(self) -> None:
        """Do what follows from what has happened, for every link."""
        for link in self._links:
            self._work(link)

    def _work(self, link: _Link) -> None:
        excess = link.excess()
        if excess > link.overfilled:
            link.overfilled = excess
            self._report(link, LinkProblem.OVERFILLED, None, excess, "more was filled than the link was for")
        while any(self._shrink(link, leg) for leg in link.legs) or any(
            self._grow(link, leg) for leg in link.legs
        ):
            pass

    def _shrink(self, link: _Link, leg: _Leg) -> bool:
        """Make an order smaller where it should be; True where that was done."""
        order = leg.order
        if leg not in link.exits or order.is_held or not order.is_open or order.is_being_canceled:
            return False
        target = link.target(leg)
        if target <= order.cum_quantity:
            self._ask(order, None)
            return True
        if target < leg.asked and not order.requests:
            self._resize(leg, target)
            return True
        return False

    def _grow(self, link: _Link, leg: _Leg) -> bool:
        """Send an order, end it unsent, or make it bigger; True where that was done."""
        order, target = leg.order, link.target(leg)
        if order.is_held:
            if target > 0:
                return not link.is_uncertain(leg) and self._release(link, leg, target)
            if link.is_pointless(leg):
                self.end_held(order, "what the order waited for has ended without it")
                return True
            return False
        lives = order.is_open or order.execution is OrderStatus.FILLED
        settled = (
            not order.requests and not order.uncertain and order.execution is not OrderStatus.PENDING_NEW
        )
        wanted = leg in link.exits and target > leg.asked and target > order.cum_quantity
        if lives and settled and wanted and not link.is_uncertain(leg):
            self._resize(leg, target)
            return True
        return False

    def _release(self, link: _Link, leg: _Leg, target: Decimal) -> bool:
        order = leg.order
        proposal = order_entry.NewOrder()
        proposal.CopyFrom(order.command)
        proposal.quantity = number(target)
        denial = self._denial_of_order(order.client, proposal)
        if denial is not None:
            if not leg.release_denied and denial.code != DenialCode.SESSION_NOT_READY.value:
                leg.release_denied = True
                self._report(link, LinkProblem.RELEASE_DENIED, order, target, denial.limit_name)
            return False
        order.execution, order.quantity = OrderStatus.PENDING_NEW, target
        leg.asked, leg.release_denied = target, False
        self._ledger.note(order, events.Event(order_accepted=order.accepted(target)))
        return True

    def _resize(self, leg: _Leg, target: Decimal) -> None:
        leg.asked = target
        self._ask(leg.order, target)

    def _ask(self, order: FakeOrder, quantity: Decimal | None) -> None:
        """Ask the venue for another quantity, or (None) for a cancel."""
        request = FakeRequest(
            client_request_id="",
            cl_ord_id=self._ledger.new_cl_ord_id(),
            request_id=self._ledger.next_request_id(),
            replaces=quantity is not None,
            quantity=order.quantity if quantity is None else quantity,
            price=order.price,
        )
        order.requests.append(request)
        if quantity is None:
            canceled = events.CancelRequested(
                order_id=order.order_id,
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=order.cl_ord_id,
                request_id=request.request_id,
                link_id=order.link_id,
            )
            self._ledger.note(order, events.Event(cancel_requested=canceled))
            return
        replaced = events.ReplaceRequested(
            order_id=order.order_id,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=order.cl_ord_id,
            quantity=number(quantity),
            price=number(order.price),
            request_id=request.request_id,
            link_id=order.link_id,
        )
        self._ledger.note(order, events.Event(replace_requested=replaced))

    def _report(
        self, link: _Link, problem: LinkProblem, order: FakeOrder | None, quantity: Decimal, text: str
    ) -> None:
        reported = events.LinkReported(
            link_id=link.link_id,
            problem=enumerator(problem),
            order_id=order.order_id if order else 0,
            quantity=number(quantity),
            text=text,
        )
        self._ledger.record(events.Event(link_reported=reported), link.client)


def _fault_of(command: order_entry.LinkedOrders) -> tuple[str, str] | None:
    """Which part of a link cannot be, and what would be allowed."""
    orders = list(command.orders)
    same_place = len({(each.account, each.strategy, each.instrument, each.venue) for each in orders}) == 1
    same_quantity = len({each.quantity for each in orders}) == 1
    sides = [int(each.side) for each in orders]
    faults: tuple[tuple[bool, str, str], ...]
    match int(command.kind):
        case LinkKind.OCO.value:
            faults = (
                (len(orders) < 2, "orders", "two to four orders"),
                (not same_place, "orders", "the same account, strategy, instrument and venue in each"),
                (len(set(sides)) > 1, "side", "the same side in each"),
                (not same_quantity, "quantity", "the same quantity in each"),
            )
        case LinkKind.OTO.value:
            faults = ((len(orders) < 2, "orders", "an order and one to three that wait for it"),)
        case LinkKind.BRACKET.value:
            faults = (
                (len(orders) != 3, "orders", "an entry, a take profit and a stop"),
                (not same_place, "orders", "the entry's account, strategy, instrument and venue in each"),
                (sides[0] in sides[1:], "side", "exits on the other side of the entry"),
                (not same_quantity, "quantity", "the entry's quantity in each"),
            )
        case _:
            faults = ((True, "kind", "OCO, OTO or BRACKET"),)
    return next(((name, allowed) for is_so, name, allowed in faults if is_so), None)
