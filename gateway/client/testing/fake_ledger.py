"""What a fake gateway knows: its journal, its orders, and the answers that it gave."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from gateway.client.enums import ExecType, OrderStatus, Side
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_order import FakeOrder, FakeRequest, ScriptError, number
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeLedger"]


class FakeLedger:
    """The state that decisions are made on. Every change is an event. Guarded by `lock`."""

    def __init__(self, venue: str, now_ns: Callable[[], int]) -> None:
        self.lock = threading.RLock()
        self.venue = venue
        self.now_ns = now_ns
        self.journal: list[events.Event] = []
        self.oldest_lsn = 1
        self.orders: dict[int, FakeOrder] = {}
        self._by_name: dict[tuple[str, str], FakeOrder] = {}
        self._owners: dict[int, str] = {}
        """Whose event it is, by lsn; those that are not in it concern everyone."""
        self._cl_ord_ids = 0
        self._exec_ids = 0
        self.request_ids = 0

    @property
    def lsn(self) -> int:
        """Of the newest event."""
        return len(self.journal)

    def record(self, event: events.Event, owner: str | None = None) -> int:
        """Add an event; its lsn."""
        event.lsn = self.lsn + 1
        event.time.FromNanoseconds(self.now_ns())
        if owner is not None:
            self._owners[event.lsn] = owner
        self.journal.append(event)
        return event.lsn

    def record_for_audit(self, event: events.Event) -> int:
        """Add an event that no client's stream shows; its lsn."""
        return self.record(event, owner="")

    def events_after(
        self, client: str, lsn: int, limit: int, wanted: order_entry.Subscription
    ) -> tuple[Sequence[events.Event], int]:
        """Read what a client may see and wants, and the lsn that it reaches to."""
        with self.lock:
            found: list[events.Event] = []
            for event in self.journal[max(lsn, self.oldest_lsn - 1) :]:
                if len(found) == limit:
                    return found, found[-1].lsn
                if self._owners.get(event.lsn, client) == client and self._fits(event, wanted):
                    found.append(event)
            return found, self.lsn

    def _fits(self, event: events.Event, wanted: order_entry.Subscription) -> bool:
        name = event.WhichOneof("body") or ""
        if wanted.kinds and name not in wanted.kinds:
            return False
        body = getattr(event, name, None)
        order = self.orders.get(getattr(body, "order_id", 0))
        for field, allowed in (
            ("account", wanted.accounts),
            ("strategy", wanted.strategies),
            ("instrument", wanted.instruments),
        ):
            value = getattr(body, field, "") or (getattr(order.command, field) if order else "")
            if allowed and value not in allowed:
                return False
        return True

    def new_cl_ord_id(self) -> str:
        """Make a ClOrdID(11)."""
        self._cl_ord_ids += 1
        return f"FAKE{self._cl_ord_ids}"

    def next_request_id(self) -> int:
        """Count a request."""
        self.request_ids += 1
        return self.request_ids

    def add(self, order: FakeOrder) -> None:
        """Take a new order."""
        self.orders[order.order_id] = order
        self._by_name[order.client, order.command.client_order_id] = order

    def find(self, client: str, order_id: int, client_order_id: str) -> FakeOrder | None:
        """Find a client's order by either id."""
        if order_id:
            order = self.orders.get(order_id)
            return order if order is not None and order.client == client else None
        return self._by_name.get((client, client_order_id))

    def named(self, client_order_id: str) -> FakeOrder:
        """Find an order by the client's id, whichever client it is of. Raises ScriptError."""
        for (_, name), order in self._by_name.items():
            if name == client_order_id:
                return order
        raise ScriptError(f"expected the client_order_id of an order, was {client_order_id!r}")

    def open_orders(self, client: str | None = None) -> Iterator[FakeOrder]:
        """Those that have not ended, oldest first."""
        return (
            order for order in list(self.orders.values()) if order.is_open and client in (None, order.client)
        )

    def note(self, order: FakeOrder, event: events.Event) -> int:
        """Record what happened to an order, for its client."""
        order.lsn = self.record(event, order.client)
        order.updated_ns = self.now_ns()
        return order.lsn

    def report(
        self,
        order: FakeOrder,
        exec_type: ExecType,
        *,
        last_quantity: Decimal = Decimal(0),
        last_price: Decimal | None = None,
        cl_ord_id: str = "",
        text: str = "",
    ) -> int:
        """Record an ExecutionReport(8) on an order as it is now."""
        self._exec_ids += 1
        command = order.command
        reported = events.ExecutionReported(
            order_id=order.order_id,
            cl_ord_id=cl_ord_id or order.cl_ord_id,
            exec_id=f"E{self._exec_ids}",
            exec_type=enumerator(exec_type),
            venue_order_id=f"V{order.order_id}",
            last_quantity=number(last_quantity) if last_quantity else "",
            last_price=number(last_price),
            status=enumerator(order.status),
            execution_state=enumerator(order.execution),
            quantity=number(order.quantity),
            price=number(order.price),
            cum_quantity=number(order.cum_quantity),
            leaves_quantity=number(order.leaves_quantity),
            average_price=number(order.average_price),
            text=text,
            request_id=order.request_id,
            client_order_id=command.client_order_id,
            account=command.account,
            strategy=command.strategy,
            instrument=command.instrument,
            side=command.side,
            venue=order.venue,
        )
        reported.transact_time.FromNanoseconds(self.now_ns())
        return self.note(order, events.Event(execution_reported=reported))

    def take_request(self, order: FakeOrder, *, replaces: bool | None = None) -> FakeRequest:
        """Take the oldest request of an order that is not answered. Raises ScriptError where there is none."""
        for request in order.requests:
            if replaces is None or request.replaces is replaces:
                order.requests.remove(request)
                return request
        kind = {True: "replace", False: "cancel", None: "request"}[replaces]
        raise ScriptError(f"{order.command.client_order_id} has no {kind} that waits for an answer")

    def positions(self, account: str) -> list[types.Position]:
        """What the fills have come to, by account, strategy and instrument."""
        sums: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
        for order in self.orders.values():
            command = order.command
            if account in ("", command.account) and order.execution is not OrderStatus.DENIED:
                place = 0 if int(command.side) == Side.BUY.value else 1
                entry = sums[command.account, command.strategy, command.instrument]
                entry[place] += order.cum_quantity
                entry[place + 2] += order.leaves_quantity
        return [
            types.Position(
                account=key[0],
                strategy=key[1],
                instrument=key[2],
                net_quantity=number(bought - sold),
                bought_quantity=number(bought),
                sold_quantity=number(sold),
                open_buy_quantity=number(open_buy),
                open_sell_quantity=number(open_sell),
            )
            for key, (bought, sold, open_buy, open_sell) in sorted(sums.items())
        ]
