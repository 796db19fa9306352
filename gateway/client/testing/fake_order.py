"""An order of the fake gateway: what it shows, and what reports make of it."""

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.client.enums import OrderStatus
from gateway.client.proto_enums import enumerator
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeOrder", "FakeRequest", "ScriptError", "number"]


class ScriptError(Exception):
    """The script asks for what cannot be: a fill of an order that is not there, an answer to no request."""


def number(value: Decimal | None) -> str:
    """Write a decimal as the gateway does: plain, without trailing zeros; empty for none."""
    return "" if value is None else format(value.normalize() + 0, "f")


@dataclass
class FakeRequest:
    """A replace or cancel that the venue has not answered yet."""

    client_request_id: str
    cl_ord_id: str
    request_id: int
    replaces: bool
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None


@dataclass
class FakeOrder:
    """The state of one order."""

    order_id: int
    client: str
    command: order_entry.NewOrder
    venue: str
    cl_ord_id: str
    request_id: int
    time_ns: int
    quantity: Decimal
    price: Decimal | None
    lsn: int = 0
    updated_ns: int = 0
    denial: types.Denial | None = None
    execution: OrderStatus = OrderStatus.PENDING_NEW
    uncertain: bool = False
    cum_quantity: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    requests: list[FakeRequest] = field(default_factory=list)
    link_id: int = 0
    quantity_is_linked: bool = False
    """Its link decides it."""

    @property
    def is_held(self) -> bool:
        """True while its link keeps it from the venue."""
        return self.execution is OrderStatus.HELD

    @property
    def is_being_canceled(self) -> bool:
        """True while the venue has not answered a cancel."""
        return any(not request.replaces for request in self.requests)

    @property
    def is_open(self) -> bool:
        """True until it has ended."""
        return not self.execution.is_final

    @property
    def status(self) -> OrderStatus:
        """What it shows: its end, doubt, a pending cancel, a pending replace, or its execution."""
        if self.execution.is_final:
            return self.execution
        if self.uncertain:
            return OrderStatus.UNKNOWN
        if self.is_being_canceled:
            return OrderStatus.PENDING_CANCEL
        return OrderStatus.PENDING_REPLACE if self.requests else self.execution

    @property
    def leaves_quantity(self) -> Decimal:
        """What may still trade."""
        may_trade = self.is_open and not self.is_held
        return self.quantity - self.cum_quantity if may_trade else Decimal(0)

    @property
    def average_price(self) -> Decimal | None:
        """Of what has traded, to eight places."""
        return round(self.cost / self.cum_quantity, 8) if self.cum_quantity else None

    def take_fill(self, quantity: Decimal, price: Decimal) -> None:
        """Count a fill. It counts after the order's end, too, and does not bring the order back."""
        self.cum_quantity += quantity
        self.cost += quantity * price
        if self.is_open:
            self._settle()

    def take_terms(self, request: FakeRequest) -> None:
        """Put the terms of a replace in force."""
        self.quantity, self.price, self.cl_ord_id = request.quantity, request.price, request.cl_ord_id
        if self.is_open:
            self._settle()

    def end(self, execution: OrderStatus) -> None:
        """End it."""
        self.execution = execution
        self.requests.clear()

    @property
    def _reached_the_venue(self) -> bool:
        return self.execution not in (OrderStatus.DENIED, OrderStatus.HELD)

    def _settle(self) -> None:
        if self.cum_quantity >= self.quantity:
            self.end(OrderStatus.FILLED)
        elif self.cum_quantity:
            self.execution = OrderStatus.PARTIALLY_FILLED

    def accepted(self, quantity: Decimal) -> events.OrderAccepted:
        """Write that it was accepted, for so much."""
        command = self.command
        return events.OrderAccepted(
            order_id=self.order_id,
            client_order_id=command.client_order_id,
            cl_ord_id=self.cl_ord_id,
            client=self.client,
            account=command.account,
            strategy=command.strategy,
            instrument=command.instrument,
            venue=self.venue,
            side=command.side,
            order_type=command.order_type,
            time_in_force=command.time_in_force,
            quantity=number(quantity),
            price=number(self.price),
            request_id=self.request_id,
            terms=command.terms if command.HasField("terms") else None,
            link_id=self.link_id,
        )

    def message(self) -> types.Order:
        """Write it as the API does."""
        order = types.Order(
            order_id=self.order_id,
            client_order_id=self.command.client_order_id,
            client=self.client,
            account=self.command.account,
            strategy=self.command.strategy,
            instrument=self.command.instrument,
            venue=self.venue,
            side=self.command.side,
            order_type=self.command.order_type,
            time_in_force=self.command.time_in_force,
            status=enumerator(self.status),
            quantity=number(self.quantity),
            price=number(self.price),
            cum_quantity=number(self.cum_quantity),
            leaves_quantity=number(self.leaves_quantity),
            average_price=number(self.average_price),
            cl_ord_id=self.cl_ord_id,
            venue_order_id=f"V{self.order_id}" if self._reached_the_venue else "",
            denial=self.denial,
            lsn=self.lsn,
            pending_requests=len(self.requests),
            link_id=self.link_id,
            terms=self.command.terms if self.command.HasField("terms") else None,
        )
        order.created_at.FromNanoseconds(self.time_ns)
        order.updated_at.FromNanoseconds(self.updated_ns)
        return order
