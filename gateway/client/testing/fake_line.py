"""The line between clients and a fake gateway: what a script does to it, and the gateway's end of it."""

from collections.abc import Sequence

import grpc
from google.protobuf.message import Message

from gateway.client.testing.fake_desk import FakeDesk
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_venue import FakeVenue
from gateway.client.testing.fake_watch import FakeWatch
from gateway.client.testing.fake_wire import FakeStream
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["FakeLine"]


class FakeLine(FakeVenue):
    """Connections, as they stand and break."""

    def __init__(self, venue: str, start_ns: int) -> None:
        super().__init__(venue, start_ns)
        self._reachable = True
        self._lost_answers = 0
        self._journals = 1

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

    def _check_reachable(self) -> None:
        if not self._reachable:
            raise failure(grpc.StatusCode.UNAVAILABLE, "the fake gateway is disconnected")

    def _break_streams(self) -> None:
        error = failure(grpc.StatusCode.UNAVAILABLE, "the connection broke")
        for stream in list(self._streams):
            stream.end(error)
        for watch in list(self._watches):
            watch.end(error)
