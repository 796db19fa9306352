"""Each act, carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.exchange import decode
from sim.faults.acts import (
    ORDER_ACTS,
    Bust,
    Cancel,
    Correct,
    Disconnect,
    Do,
    Fill,
    GapFill,
    Halt,
    JumpSequence,
    Logout,
    OnOrder,
    Reject,
    Report,
    Restart,
    Restate,
    Resume,
    Send,
    SkewClock,
    StopReading,
)
from sim.faults.context import Context
from sim.faults.template import fill_in
from sim.services.outgoing import Answer
from sim.session import Counterparty

if TYPE_CHECKING:
    from sim.book import Order
    from sim.faults.layer import FaultLayer

__all__ = ["carry_out", "order_act"]


def carry_out(layer: FaultLayer, do: Do, context: Context, now: int) -> None:
    """Do it now. An act whose order or connection is gone does nothing."""
    if do.process is not None:
        _process(layer, context, now)
    elif do.name in ORDER_ACTS:
        for told in order_act(layer, do, context, now):
            layer.take(layer.simulator.tell([told], now), now)
    elif do.name in _HANDLERS:
        _HANDLERS[do.name](layer, do.act, context, now)


def order_act(layer: FaultLayer, do: Do, context: Context, now: int) -> list[Answer]:
    """Carry out an act on orders; gives the messages that tell of it. Calls nothing but the desk."""
    act, desk = do.act, layer.desk
    if isinstance(act, Reject):
        return _reject(layer, act, context, now)
    told: list[Answer] = []
    for order in _orders(layer, act, context):
        if do.accept is not None:
            told.append(desk.acknowledge(order, now))
        elif isinstance(act, Fill):
            told += desk.fill(order, act, now)
        elif isinstance(act, Bust):
            told += desk.bust(order, act, now)
        elif isinstance(act, Correct):
            told += desk.correct(order, act, now)
        elif isinstance(act, Restate):
            told += desk.restate(order, act, now)
        elif isinstance(act, Cancel):
            told += desk.cancel(order, act, now)
        elif isinstance(act, Report):
            told.append(desk.report(order, act, context.fields, now))
    return told


def _orders(layer: FaultLayer, act: object, context: Context) -> list[Order]:
    which = act.order if isinstance(act, OnOrder) else "trigger"
    if which == "trigger" and context.fields:
        order = layer.desk.find(context.owner, context.fields)
        return [] if order is None else [order]
    return layer.desk.pick(context.owner, "last" if which == "trigger" else which)


def _reject(layer: FaultLayer, act: Reject, context: Context, now: int) -> list[Answer]:
    message = context.message
    if message is None:
        return []
    if message.msg_type == "D" and act.message in (None, "report"):
        order = layer.desk.find(context.owner, context.fields)
        return [] if order is None else [layer.desk.reject_order(order, act, now)]
    if message.msg_type == "D":
        for order in _orders(layer, act, context):
            layer.desk.cancel(order, Cancel(tell=False), now)
    return [layer.desk.reject_message(context.owner, message, act, now)]


def _process(layer: FaultLayer, context: Context, now: int) -> None:
    request = None if context.message is None else decode(context.message)
    if request is not None:
        layer.take(layer.simulator.submit(context.owner, request, now), now)


def _connections(layer: FaultLayer, context: Context) -> list[int]:
    """Give the connection of the message, or those of the client, or all."""
    if context.connection is not None:
        return [context.connection] if context.connection in layer.links else []
    owner_of = layer.simulator.owner_of
    return [c for c in layer.links if context.owner in ("", owner_of(c))]


def _peers(layer: FaultLayer, context: Context) -> list[Counterparty]:
    return [peer for peer in layer.simulator.registry if context.owner in ("", peer.comp_id)]


def _send(layer: FaultLayer, act: Send, context: Context, now: int) -> None:
    if act.message is not None:
        pairs = (part.partition("=") for part in act.message.strip("|").split("|"))
        fields = [(int(tag), fill_in(value, context.fields, now)) for tag, _, value in pairs]
        for peer in _peers(layer, context):
            for _ in range(act.times):
                commands = layer.simulator.send(peer.comp_id, fields[0][1], list(fields[1:]), now)
                if fields[0][1] in _ADMIN:
                    peer.sent.pop(peer.next_out - 1, None)  # never resent: its number is gap-filled
                layer.take(commands, now)
        return
    if act.hex is not None:
        data = bytes.fromhex(act.hex)
    else:
        data = fill_in(act.raw or "", context.fields, now).replace("|", "\x01").encode("latin-1", "replace")
    for connection in _connections(layer, context):
        layer.write(connection, data * act.times)


def _disconnect(layer: FaultLayer, act: Disconnect, context: Context, now: int) -> None:
    for connection in _connections(layer, context):
        layer.cut(connection, f"cut by {context.rule}", now)


def _half_open(layer: FaultLayer, act: object, context: Context, now: int) -> None:
    for connection in _connections(layer, context):
        layer.links[connection].gone = True
        layer.take(layer.simulator.disconnected(connection, now), now)


def _stop_reading(layer: FaultLayer, act: StopReading, context: Context, now: int) -> None:
    for connection in _connections(layer, context):
        layer.pause(connection, True)
    if act.time is not None:
        layer.schedule(Do(resume=Resume(what=["reading"])), context, now + act.time)


def _resume(layer: FaultLayer, act: Resume, context: Context, now: int) -> None:
    if "reading" in act.what:
        for connection in _connections(layer, context):
            layer.pause(connection, False)
    if "trading" in act.what:
        layer.halted = None
    if "clock" in act.what:
        layer.skew = 0


def _skew_clock(layer: FaultLayer, act: SkewClock, context: Context, now: int) -> None:
    layer.skew = act.by


def _jump_sequence(layer: FaultLayer, act: JumpSequence, context: Context, now: int) -> None:
    for peer in _peers(layer, context):
        peer.next_out = max(peer.next_out + act.out, 1)
        peer.next_in = max(peer.next_in + act.expected, 1)


def _gap_fill(layer: FaultLayer, act: GapFill, context: Context, now: int) -> None:
    for peer in _peers(layer, context):
        for seq, sent in list(peer.sent.items()):
            if not act.message or sent.msg_type in act.message:
                del peer.sent[seq]


def _logout(layer: FaultLayer, act: Logout, context: Context, now: int) -> None:
    for connection in _connections(layer, context):
        layer.take(layer.simulator.logout(connection, act.text, now), now)


def _halt(layer: FaultLayer, act: Halt, context: Context, now: int) -> None:
    layer.halted = act.text


def _restart(layer: FaultLayer, act: Restart, context: Context, now: int) -> None:
    layer.down_until = now + act.down
    for connection in list(layer.links):
        layer.cut(connection, f"restart by {context.rule}", now)
    if "orders" in act.forget:
        layer.simulator.exchange.forget()
    if "sessions" in act.forget:
        for peer in layer.simulator.registry:
            peer.reset()


_ADMIN = frozenset("01245A")

_HANDLERS: dict[str, Callable[[FaultLayer, Any, Context, int], None]] = {
    "send": _send,
    "disconnect": _disconnect,
    "half_open": _half_open,
    "stop_reading": _stop_reading,
    "skew_clock": _skew_clock,
    "jump_sequence": _jump_sequence,
    "gap_fill": _gap_fill,
    "logout": _logout,
    "halt": _halt,
    "resume": _resume,
    "restart": _restart,
}
