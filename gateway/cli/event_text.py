"""Events of the journal as sentences, and what they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from gateway.cli.journal_text import body_of, event_name, fields_text
from gateway.v1 import events_pb2, risk_pb2, types_pb2

__all__ = ["About", "EventFilter", "event_line", "event_sentence", "short_name", "time_text"]


@dataclass(frozen=True)
class About:
    """What an event is about; empty where it is about none."""

    order_id: int = 0
    client: str = ""
    account: str = ""
    strategy: str = ""
    instrument: str = ""
    venue: str = ""
    session: str = ""


_SUBJECTS = ("order_id", "client", "account", "strategy", "instrument", "venue", "session")


class EventFilter:
    """Passes events of wanted kinds and subjects. What an order is about it knows from the order's first event."""

    def __init__(self, kinds: frozenset[str] = frozenset(), wanted: Mapping[str, Any] | None = None) -> None:
        """`wanted`: subjects of About that have to be equal."""
        self._kinds = kinds
        self._wanted = {name: value for name, value in (wanted or {}).items() if value}
        self._orders: dict[int, About] = {}

    @property
    def needs_orders(self) -> bool:
        """Whether what came before has to be seen for the judgement to be right."""
        return bool(self._wanted.keys() - {"order_id", "session"})

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self._kinds or self._wanted)

    def passes_message(self, session: str) -> bool:
        """Judge a FIX message: it is known to be of a session, and of nothing else."""
        return not self._kinds and all(
            name == "session" and value == session for name, value in self._wanted.items()
        )

    def about(self, event: events_pb2.Event) -> About:
        """Tell what an event is about, and remember it of an order."""
        body = body_of(event)
        names = body.DESCRIPTOR.fields_by_name
        found = About(**{name: getattr(body, name) for name in _SUBJECTS if name in names})
        if not found.order_id:
            return found
        known = self._orders.get(found.order_id)
        if known is None:
            self._orders[found.order_id] = found
            return found
        missing = {name: getattr(known, name) for name in _SUBJECTS if not getattr(found, name)}
        return replace(found, **missing)

    def passes(self, event: events_pb2.Event) -> bool:
        """Judge an event; those before it have to have been judged."""
        about = self.about(event)
        if self._kinds and event_name(event) not in self._kinds:
            return False
        return all(getattr(about, name) == value for name, value in self._wanted.items())


def event_line(event: events_pb2.Event) -> Text:
    """Write an event as one line: lsn, time, and a sentence."""
    line = Text()
    line.append(f"{event.lsn:>9} ", "dim")
    line.append(f"{time_text(event.time.ToNanoseconds())}  ", "dim")
    name = event_name(event)
    style, _ = _SENTENCES.get(name, ("cyan", None))
    line.append(f"{name:<20} ", style)
    line.append(event_sentence(event))
    return line


def event_sentence(event: events_pb2.Event) -> str:
    """Say what an event says."""
    body = body_of(event)
    _, sentence = _SENTENCES.get(event_name(event), ("", None))
    return sentence(body) if sentence else fields_text(body)


def time_text(time_ns: int) -> str:
    """UTC with milliseconds."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d}"


def short_name(enum: Any, value: int) -> str:
    """Name an enumeration's value without its prefix; digits for one that is newer than this."""
    name: str = enum.Name(value) if value in enum.values() else str(value)
    prefix = "".join(f"_{mark}" if mark.isupper() else mark for mark in enum.DESCRIPTOR.name).upper()
    return name.removeprefix(prefix[1:] + "_")


def _terms(order: Any) -> str:
    price = f" @ {order.price}" if order.price else ""
    kind = short_name(types_pb2.OrderType, order.order_type).lower().replace("_", " ")
    life = short_name(types_pb2.TimeInForce, order.time_in_force)
    return (
        f"{short_name(types_pb2.Side, order.side)} {order.quantity} {order.instrument}{price} {kind} {life}"
    )


def _accepted(order: Any) -> str:
    where = f"{order.client} {order.account}/{order.strategy} -> {order.venue}"
    waits = ", waits for the throttle" if order.waiting else ""
    return f"#{order.order_id} {_terms(order)}  {where}  {order.client_order_id} = {order.cl_ord_id}{waits}"


def _denied(order: Any) -> str:
    who = f"{order.client} {order.account}/{order.strategy}"
    return f"#{order.order_id} {_terms(order)}  {who}  {order.client_order_id}: {_denial(order.denial)}"


def _denial(denial: Any) -> str:
    text = short_name(types_pb2.DenialCode, denial.code)
    if denial.level:
        text += f" at {denial.level}"
    if denial.limit_name:
        text += f", {denial.limit_name} was {denial.observed or 'not given'}"
    return f"{text}, allowed {denial.allowed}" if denial.allowed else text


def _reported(report: Any) -> str:
    what = short_name(types_pb2.ExecType, report.exec_type)
    if report.last_quantity:
        what += f" {short_name(types_pb2.Side, report.side)} {report.last_quantity} @ {report.last_price}"
    status = short_name(types_pb2.OrderStatus, report.status)
    state = f"{report.cum_quantity} done, {report.leaves_quantity} open, {status}"
    told = f"  ({report.text})" if report.text else ""
    return f"#{report.order_id} {report.instrument} {what}: {state}  {report.exec_id}{told}"


def _replace(request: Any) -> str:
    price = f" @ {request.price}" if request.price else ""
    return (
        f"#{request.order_id} to {request.quantity}{price}  {request.orig_cl_ord_id} -> {request.cl_ord_id}"
    )


def _cancel(request: Any) -> str:
    asked = f"  {request.client_request_id}" if request.client_request_id else ""
    return f"#{request.order_id}  {request.orig_cl_ord_id} -> {request.cl_ord_id}{asked}"


def _session(change: Any) -> str:
    reason = f"  ({change.reason})" if change.reason else ""
    return f"{change.session}: {short_name(events_pb2.SessionState, change.state)}{reason}"


def _uncertain(doubt: Any) -> str:
    return f"#{doubt.order_id}: {doubt.reason}"


def _trading(change: Any) -> str:
    by = f" by {change.changed_by}" if change.changed_by else ""
    return f"{change.level}: {short_name(events_pb2.TradingState, change.state)}{by}: {change.reason}"


def _breached(limit: Any) -> str:
    order = f"#{limit.order_id} of {limit.client}: " if limit.order_id else ""
    seen = f"was {limit.observed or 'not known'}, allowed {limit.allowed or 'not known'}"
    return (
        f"{order}{limit.limit_name} at {limit.level} {seen}  {short_name(risk_pb2.LimitAction, limit.action)}"
    )


def _stopped(change: Any) -> str:
    told = f"  ({change.text})" if change.text else ""
    return f"{change.instrument} at {change.venue}: {'HALTED' if change.halted else 'ACTIVE'}{told}"


def _called(call: Any) -> str:
    why = f"  ({call.reason})" if call.reason else ""
    method = call.method.removeprefix("gateway.v1.")
    return f"{call.client or '(unknown)'} from {call.peer}: {method} {call.status}{why}  {call.request}"


_SENTENCES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "OrderAccepted": ("bold green", _accepted),
    "OrderDenied": ("bold red", _denied),
    "ExecutionReported": ("bold", _reported),
    "ReplaceRequested": ("yellow", _replace),
    "CancelRequested": ("yellow", _cancel),
    "SessionChanged": ("bold blue", _session),
    "OrderUncertain": ("bold magenta", _uncertain),
    "TradingStateChanged": ("bold red", _trading),
    "LimitBreached": ("bold red", _breached),
    "InstrumentStatusChanged": ("bold red", _stopped),
    "ApiCalled": ("bold blue", _called),
}
