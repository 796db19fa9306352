"""Fills and alerts of the console, as they come: one stream a client, or two for one that sees every client's.

Everything here blocks and is called in threads. A few earlier ones come first; whoever reads knows what it had by lsn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.protobuf.message import Message

from gateway.cli.connection import CALL_TIMEOUT_S, Connection, View
from gateway.cli.event_text import event_sentence, short_name, time_text
from gateway.client.identity import Identity
from gateway.v1 import audit_pb2, events_pb2, executions_pb2, order_entry_pb2, types_pb2

__all__ = ["Alert", "EventFeed", "Fill", "Take"]

HISTORY_LSNS = 20_000
"""How far back fills and alerts are looked for when the console starts."""

_ALERTS = frozenset(
    {
        "OrderDenied",
        "RequestDenied",
        "RequestRejected",
        "OrderUncertain",
        "OrderNotSent",
        "ExecutionOrphaned",
        "ExternalOrderAdopted",
        "CancelPromiseBroken",
        "LinkReported",
        "TradingStateChanged",
        "LimitBreached",
        "InstrumentStatusChanged",
        "SessionChanged",
    }
)
_KINDS = [
    field.name
    for field in events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields
    if field.message_type is not None and field.message_type.name in _ALERTS
]


@dataclass(frozen=True)
class Fill:
    """One execution that traded: lsn, and its cells."""

    lsn: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Alert:
    """Something that somebody should see."""

    lsn: int
    time: str
    kind: str
    text: str


Take = Callable[[Fill | Alert], None]
Read = Callable[[int | None], Iterator[events_pb2.Event]]
"""Events after an lsn, or (None) from now on."""


class EventFeed:
    """The streams of one console."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._streams: list[Any] = []

    def followers(self, views: list[View]) -> list[Callable[[Take], None]]:
        """Give what follows each stream until `close`, for a thread each. They raise grpc.RpcError."""
        followers: list[Callable[[Take], None]] = []
        for view in views:
            reads = (self._executions, self._alerts) if view.any_client else (self._own,)
            followers += [partial(self._follow, view, partial(read, view.client)) for read in reads]
        return followers

    def close(self) -> None:
        """End what followers wait for."""
        for stream in list(self._streams):
            stream.cancel()

    def _follow(self, view: View, read: Read, take: Take) -> None:
        after: int | None = max(self._newest_lsn(view) - HISTORY_LSNS, 0)
        with suppress(_HistoryGone):
            self._give(read, after, take)
            return
        self._give(read, None, take)

    def _give(self, read: Read, after: int | None, take: Take) -> None:
        try:
            for event in read(after):
                for told in _told(event):
                    take(told)
        except grpc.RpcError as error:
            gone = isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.OUT_OF_RANGE
            if gone and after is not None:
                raise _HistoryGone from error
            raise

    def _newest_lsn(self, view: View) -> int:
        if view.any_client:
            stream = self._watch_events(
                view.client, audit_pb2.WatchEventsRequest(from_now=True), CALL_TIMEOUT_S
            )
        else:
            stream = self._trade(view.client, order_entry_pb2.Subscription(from_now=True), CALL_TIMEOUT_S)
        try:
            return int(next(stream).resume_lsn)
        finally:
            stream.cancel()

    # --- what is read

    def _own(self, client: str, after: int | None) -> Iterator[events_pb2.Event]:
        asked = order_entry_pb2.Subscription(after_lsn=after or 0, from_now=after is None)
        for response in self._kept(self._trade(client, asked)):
            yield from response.events

    def _alerts(self, client: str, after: int | None) -> Iterator[events_pb2.Event]:
        asked = audit_pb2.WatchEventsRequest(
            filter=audit_pb2.EventFilter(kinds=_KINDS), after_lsn=after or 0, from_now=after is None
        )
        for response in self._kept(self._watch_events(client, asked)):
            yield from response.events

    def _executions(self, client: str, after: int | None) -> Iterator[events_pb2.Event]:
        request = executions_pb2.WatchExecutionsRequest(
            any_client=True, after_lsn=after or 0, from_now=after is None
        )
        answer = executions_pb2.WatchExecutionsResponse
        for response in self._kept(self._stream("Executions/WatchExecutions", client, request, answer)):
            for each in response.executions:
                event = events_pb2.Event(lsn=each.lsn, time=each.time)
                event.execution_reported.CopyFrom(each.report)
                yield event

    def _kept(self, stream: Any) -> Iterator[Any]:
        self._streams.append(stream)
        try:
            yield from stream
        finally:
            self._streams.remove(stream)

    # --- streams

    def _watch_events(
        self, client: str, request: audit_pb2.WatchEventsRequest, timeout: float | None = None
    ) -> Any:
        return self._stream("Audit/WatchEvents", client, request, audit_pb2.WatchEventsResponse, timeout)

    def _stream(
        self, method: str, client: str, request: Message, answer: Any, timeout: float | None = None
    ) -> Any:
        call = self._connection.channel.unary_stream(
            f"/gateway.v1.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        return call(request, metadata=Identity(client, self._connection.token).metadata, timeout=timeout)

    def _trade(
        self, client: str, subscription: order_entry_pb2.Subscription, timeout: float | None = None
    ) -> Any:
        call = self._connection.channel.stream_stream(
            "/gateway.v1.OrderEntry/Trade",
            request_serializer=order_entry_pb2.TradeRequest.SerializeToString,
            response_deserializer=order_entry_pb2.TradeResponse.FromString,
        )
        request = order_entry_pb2.TradeRequest(subscription=subscription)
        identity = Identity(client, self._connection.token)
        return call(iter([request]), metadata=identity.metadata, timeout=timeout)


class _HistoryGone(Exception):
    """The journal does not hold what is so far back."""


def _told(event: events_pb2.Event) -> Iterator[Fill | Alert]:
    which = event.WhichOneof("body")
    if which is None:
        return
    body = getattr(event, which)
    time = time_text(event.time.ToNanoseconds())[11:]
    if which == "execution_reported" and body.last_quantity:
        cells = (
            time,
            str(body.order_id),
            f"{body.account}/{body.strategy}",
            body.instrument,
            short_name(types_pb2.Side, body.side),
            body.last_quantity,
            body.last_price,
            short_name(types_pb2.ExecType, body.exec_type),
        )
        yield Fill(event.lsn, cells)
    name = type(body).DESCRIPTOR.name
    rejected = which == "execution_reported" and body.exec_type == types_pb2.EXEC_TYPE_REJECTED
    if name in _ALERTS or rejected:
        yield Alert(event.lsn, time, name, event_sentence(event))
