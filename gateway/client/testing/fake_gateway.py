"""The fake gateway: what a test tells it to do."""

import asyncio
import time
from collections.abc import Callable, Sequence
from decimal import Decimal

import grpc
from google.protobuf.message import Message

from gateway.client.aio import AsyncClient
from gateway.client.blocking import Client
from gateway.client.commands import IdFactory, random_id
from gateway.client.connection import Connection, Settings
from gateway.client.decimals import Number, to_text
from gateway.client.enums import DenialCode, ExecType, OrderStatus, SessionState
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_desk import FakeDesk
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_order import FakeOrder, ScriptError
from gateway.client.testing.fake_watch import FakeWatch
from gateway.client.testing.fake_wire import FakeConnection, FakeStream
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeGateway"]

_START_NS = 1_767_623_400_000_000_000
"""2026-01-05 14:30 UTC."""

Reaction = Callable[[str], None]
"""What the venue does with a request; it is given the order's client_order_id."""


class FakeGateway:
    """A gateway with one venue, in memory. Decides like the real one; what the venue does, the test says.

    By default the venue acknowledges orders and confirms replaces and cancels at once, and fills nothing. `on_order`,
    `on_replace` and `on_cancel` are what it does instead: one of the methods (`gateway.on_order = gateway.fill`), a
    function of a client_order_id, or None for silence. Methods may be called from any thread. Where a method asks for
    what cannot be, it raises ScriptError.
    """

    def __init__(self, *, venue: str = "VENUE", start_ns: int = _START_NS) -> None:
        """Make a gateway whose time is `start_ns` now and goes on with the event loop's, virtual or not."""
        self.on_order: Reaction | None = self.acknowledge
        self.on_replace: Reaction | None = self.confirm_replace
        self.on_cancel: Reaction | None = self.confirm_cancel
        self._start_ns = start_ns
        self._began_s: float | None = None
        self._ledger = FakeLedger(venue, self.now_ns)
        self._desk = FakeDesk(self._ledger, self._scripted_denial)
        self._denials: list[types.Denial] = []
        self._streams: set[FakeStream] = set()
        self._watches: set[FakeWatch] = set()
        self._reachable = True
        self._lost_answers = 0
        self._journals = 1

    # --- clients

    def client(
        self,
        client: str = "test",
        *,
        account: str = "",
        strategy: str = "",
        track_orders: bool = True,
        make_id: IdFactory = random_id,
        settings: Settings | None = None,
    ) -> AsyncClient:
        """Make an asyncio client of this gateway."""
        return _FakeAsyncClient(
            self,
            client,
            account=account,
            strategy=strategy,
            track_orders=track_orders,
            make_id=make_id,
            settings=settings,
        )

    def blocking_client(
        self,
        client: str = "test",
        *,
        account: str = "",
        strategy: str = "",
        track_orders: bool = True,
        make_id: IdFactory = random_id,
        settings: Settings | None = None,
    ) -> Client:
        """Make a blocking client of this gateway. Its thread lives in real time."""
        return _FakeClient(
            lambda: self.client(
                client,
                account=account,
                strategy=strategy,
                track_orders=track_orders,
                make_id=make_id,
                settings=settings,
            )
        )

    def now_ns(self) -> int:
        """The gateway's time."""
        now_s = _loop_time_s()
        if self._began_s is None:
            self._began_s = now_s
        return self._start_ns + int((now_s - self._began_s) * 1e9)

    # --- what the venue does with an order

    def acknowledge(self, client_order_id: str) -> None:
        """Report the order as NEW; where it has traded or ended before, it stays what it is."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            if order.execution is OrderStatus.PENDING_NEW:
                order.execution = OrderStatus.NEW
            order.uncertain = False
            self._ledger.report(order, ExecType.NEW)
        self._wake()

    def fill(self, client_order_id: str, quantity: Number | None = None, price: Number | None = None) -> None:
        """Fill it, by default all that is left, at its limit. Counts before the acknowledgment and after a cancel, too.

        A market order needs a price.
        """
        with self._ledger.lock:
            order = self._sent(client_order_id)
            filled = order.leaves_quantity if quantity is None else Decimal(to_text(quantity, "quantity"))
            at = order.price if price is None else Decimal(to_text(price, "price"))
            if filled <= 0 or at is None:
                raise ScriptError(
                    f"expected a quantity and a price to fill {client_order_id!r}, had {filled} at {at}"
                )
            order.uncertain = False
            order.take_fill(filled, at)
            self._ledger.report(order, ExecType.TRADE, last_quantity=filled, last_price=at)
        self._wake()

    def reject(self, client_order_id: str, text: str = "") -> None:
        """Reject the order."""
        self._end(client_order_id, OrderStatus.REJECTED, ExecType.REJECTED, text)

    def cancel(self, client_order_id: str, text: str = "") -> None:
        """Cancel it unasked."""
        self._end(client_order_id, OrderStatus.CANCELED, ExecType.CANCELED, text)

    def expire(self, client_order_id: str) -> None:
        """Expire what is left of it."""
        self._end(client_order_id, OrderStatus.EXPIRED, ExecType.EXPIRED, "")

    def lose_track_of(self, client_order_id: str, reason: str = "no answer from the venue") -> None:
        """Make its outcome UNKNOWN, until the venue says something."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            order.uncertain = True
            doubt = events.OrderUncertain(order_id=order.order_id, reason=reason)
            self._ledger.note(order, events.Event(order_uncertain=doubt))
        self._wake()

    # --- what the venue does with a request

    def confirm_cancel(self, client_order_id: str) -> None:
        """Cancel it as asked for."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            request = self._ledger.take_request(order, replaces=False)
            order.end(OrderStatus.CANCELED)
            self._ledger.report(order, ExecType.CANCELED, cl_ord_id=request.cl_ord_id)
        self._wake()

    def confirm_replace(self, client_order_id: str) -> None:
        """Put the terms of the oldest replace in force."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            request = self._ledger.take_request(order, replaces=True)
            order.take_terms(request)
            self._ledger.report(order, ExecType.REPLACED, cl_ord_id=request.cl_ord_id)
        self._wake()

    def reject_request(self, client_order_id: str, text: str = "") -> None:
        """Refuse its oldest replace or cancel; the order is what it was."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            request = self._ledger.take_request(order)
            rejected = events.RequestRejected(
                order_id=order.order_id,
                cl_ord_id=request.cl_ord_id,
                client_request_id=request.client_request_id,
                replace=request.replaces,
                text=text,
                status=enumerator(order.status),
                request_id=request.request_id,
            )
            self._ledger.note(order, events.Event(request_rejected=rejected))
        self._wake()

    # --- what the gateway itself does

    def deny_next(
        self,
        code: DenialCode,
        *,
        orders: int = 1,
        limit_name: str = "",
        level: str = "",
        observed: str = "",
        allowed: str = "",
    ) -> None:
        """Deny so many new orders from now on."""
        denial = types.Denial(
            code=enumerator(code),
            limit_name=limit_name,
            level=level,
            observed=observed,
            allowed=allowed,
        )
        self._denials += [denial] * orders

    def set_session_state(self, state: SessionState, reason: str = "") -> None:
        """Change the state of the session to the venue; new orders are denied unless it is READY."""
        with self._ledger.lock:
            self._desk.session_state = state
            changed = events.SessionChanged(
                session=self._ledger.venue,
                state=enumerator(state),
                reason=reason,
            )
            self._ledger.record(events.Event(session_changed=changed))
        self._wake()

    def forget_events(self) -> None:
        """Let go of the journal so far: who resumes from before gets EventsLostError."""
        with self._ledger.lock:
            self._ledger.oldest_lsn = self._ledger.lsn + 1

    def repeat_events(self, count: int) -> None:
        """Send the newest events again over the streams that are open, as no gateway should."""
        with self._ledger.lock:
            for stream in list(self._streams):
                everything = order_entry.Subscription()
                newest, _ = self._ledger.events_after(stream.client, 0, self._ledger.lsn, everything)
                stream.send_again(newest[-count:])

    # --- the connection

    def disconnect(self) -> None:
        """Break all connections; nobody gets in until `reconnect`. The venue goes on."""
        self._reachable = False
        self._break_streams()

    def reconnect(self) -> None:
        """Let clients in again; they come by themselves."""
        self._reachable = True

    def break_connections(self) -> None:
        """Break all connections; whoever comes is let in."""
        self._break_streams()

    def lose_next_answer(self) -> None:
        """Do the next command, and break the connection before its answer is sent."""
        self._lost_answers += 1

    def start_another_journal(self) -> None:
        """Become a gateway that knows nothing: what an operator does by starting over an empty folder."""
        with self._ledger.lock:
            self._journals += 1
            self._ledger = FakeLedger(self._ledger.venue, self.now_ns)
            self._desk = FakeDesk(self._ledger, self._scripted_denial)
        self._break_streams()

    # --- the far side of the wire

    @property
    def journal_id(self) -> str:
        """The name of the journal."""
        return f"FAKE{self._journals}"

    def attach(self, stream: FakeStream) -> None:
        """Take a stream on."""
        self._check_reachable()
        self._streams.add(stream)

    def detach(self, stream: FakeStream) -> None:
        """Let go of a stream, and cancel what its client asked to have canceled then."""
        if stream not in self._streams:
            return
        self._streams.discard(stream)
        if stream.cancel_grace_s is not None:
            stream.later(stream.cancel_grace_s, lambda: self._cancel_of(stream.client))

    def attach_watch(self, watch: FakeWatch) -> None:
        """Take a watch on."""
        self._check_reachable()
        self._watches.add(watch)

    def detach_watch(self, watch: FakeWatch) -> None:
        """Let go of a watch."""
        self._watches.discard(watch)

    def look(self, client: str, method: str, request: Message) -> Message:
        """Answer a call that changes nothing, and wake nobody."""
        with self._ledger.lock:
            return self._desk.call(client, method, request)

    def start_of(self, subscription: order_entry.Subscription) -> int:
        """Find from where a subscription's events count."""
        with self._ledger.lock:
            if subscription.from_now:
                return self._ledger.lsn
            if subscription.journal not in ("", self.journal_id):
                raise failure(
                    grpc.StatusCode.OUT_OF_RANGE,
                    f"expected after_lsn of journal {self.journal_id!r}, was of {subscription.journal!r}",
                )
            after, oldest = subscription.after_lsn, self._ledger.oldest_lsn
            if after and not oldest - 1 <= after <= self._ledger.lsn:
                raise failure(
                    grpc.StatusCode.OUT_OF_RANGE,
                    f"events after lsn {after} were asked for, the journal has {oldest} to {self._ledger.lsn}",
                )
            return max(after, oldest - 1)

    def command(self, stream: FakeStream, command: order_entry.Command) -> order_entry.CommandResult | None:
        """Decide on a command of a stream; None where its answer is lost."""
        with self._ledger.lock:
            result = self._decide(stream.client, command)
        if self._lost_answers:
            self._lost_answers -= 1
            stream.end(failure(grpc.StatusCode.UNAVAILABLE, "the connection broke"))
            return None
        return result

    def events_after(
        self, client: str, lsn: int, limit: int, wanted: order_entry.Subscription
    ) -> tuple[Sequence[events.Event], int]:
        """Read events that a client may see and wants."""
        return self._ledger.events_after(client, lsn, limit, wanted)

    def call(self, client: str, method: str, request: Message) -> Message:
        """Answer a unary call."""
        self._check_reachable()
        with self._ledger.lock:
            before = self._ledger.lsn
            answer = self._desk.call(client, method, request)
            self._react(before)
        self._wake()
        if method.startswith("OrderEntry.") and self._lost_answers:
            self._lost_answers -= 1
            self._break_streams()
            raise failure(grpc.StatusCode.UNAVAILABLE, "the connection broke")
        return answer

    def _cancel_of(self, client: str) -> None:
        """Cancel a client's open orders, unless it has another stream by now."""
        if any(stream.client == client for stream in self._streams):
            return
        with self._ledger.lock:
            before = self._ledger.lsn
            self._desk.cancel_all(list(self._ledger.open_orders(client)))
            self._react(before)
        self._wake()

    def _decide(self, client: str, command: order_entry.Command) -> order_entry.CommandResult:
        before = self._ledger.lsn
        result = self._desk.command(client, command)
        self._react(before)
        return result

    def _react(self, before: int) -> None:
        """Have the venue do what it does with the requests that were recorded."""
        for event in self._ledger.journal[before:]:
            match event.WhichOneof("body"):
                case "order_accepted":
                    reaction, order_id = self.on_order, event.order_accepted.order_id
                case "replace_requested":
                    reaction, order_id = self.on_replace, event.replace_requested.order_id
                case "cancel_requested":
                    reaction, order_id = self.on_cancel, event.cancel_requested.order_id
                case _:
                    continue
            if reaction is not None:
                reaction(self._ledger.orders[order_id].command.client_order_id)
        self._wake()

    def _scripted_denial(self, _command: order_entry.NewOrder) -> types.Denial | None:
        return self._denials.pop(0) if self._denials else None

    def _sent(self, client_order_id: str) -> FakeOrder:
        order = self._ledger.named(client_order_id)
        if order.execution is OrderStatus.DENIED:
            raise ScriptError(f"{client_order_id!r} was denied; the venue has never seen it")
        return order

    def _end(self, client_order_id: str, status: OrderStatus, exec_type: ExecType, text: str) -> None:
        with self._ledger.lock:
            order = self._sent(client_order_id)
            if not order.is_open:
                raise ScriptError(f"{client_order_id!r} has ended already, as {order.status}")
            order.uncertain = False
            order.end(status)
            self._ledger.report(order, exec_type, text=text)
        self._wake()

    def _check_reachable(self) -> None:
        if not self._reachable:
            raise failure(grpc.StatusCode.UNAVAILABLE, "the fake gateway is disconnected")

    def _break_streams(self) -> None:
        error = failure(grpc.StatusCode.UNAVAILABLE, "the connection broke")
        for stream in list(self._streams):
            stream.end(error)
        for watch in list(self._watches):
            watch.end(error)

    def _wake(self) -> None:
        for stream in list(self._streams):
            stream.wake()
        for watch in list(self._watches):
            watch.wake()


class _FakeAsyncClient(AsyncClient):
    def __init__(
        self,
        gateway: FakeGateway,
        client: str,
        *,
        account: str,
        strategy: str,
        track_orders: bool,
        make_id: IdFactory,
        settings: Settings | None,
    ) -> None:
        super().__init__(
            "127.0.0.1:0",
            client=client,
            account=account,
            strategy=strategy,
            track_orders=track_orders,
            make_id=make_id,
            settings=settings,
        )
        self._gateway = gateway

    def _make_connection(self) -> Connection:
        return FakeConnection(self._gateway, self._identity.client, self._settings)


class _FakeClient(Client):
    def __init__(self, make: Callable[[], AsyncClient]) -> None:
        super().__init__("127.0.0.1:0")
        self._make = make


def _loop_time_s() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:  # no loop here: that of a blocking client goes by the same clock
        return time.monotonic()
