"""How a request is answered by script, in place of the exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.exchange import FieldError, decode
from sim.faults.acts import ORDER_ACTS, Do, Process, Reject
from sim.faults.carry import order_act
from sim.faults.context import Context
from sim.services.outgoing import Answer
from sim.wire import Message

if TYPE_CHECKING:
    from sim.faults.layer import FaultLayer

__all__ = ["answer"]

_ANSWERS = frozenset({"accept", "process", "reject", "hold"})
_Acts = list[tuple[Do, Context]]
_EXCHANGE_CLOSED = 2  # OrdRejReason(103); CxlRejReason(102) has 2 for "broker option"


def answer(
    layer: FaultLayer, owner: str, message: Message, acts: _Acts, context: Context, now: int
) -> tuple[list[Answer] | None, _Acts]:
    """Give the messages that answer a request, and the acts that have to wait until they are sent.

    None in place of the messages leaves the request to the exchange.
    """
    if not any(do.name in _ANSWERS for do, _ in acts):
        if layer.halted is not None and message.msg_type in ("D", "G"):
            acts = [(Do(reject=Reject(code=_EXCHANGE_CLOSED, text=layer.halted)), context), *acts]
        else:
            return None, acts
    try:
        decode(message)
    except FieldError:
        return None, []  # what the exchange cannot read, it says itself
    order = layer.desk.adopt(owner, message, now) if _is_adopted(message, acts) else None
    if _is_adopted(message, acts) and order is None:
        return None, []  # a used ClOrdID or an unknown symbol: the exchange's own answer
    told: list[Answer] = []
    rest: _Acts = []
    for do, named in acts:
        if do.act.after:
            layer.schedule(do, named, now + do.act.after)
        elif rest or do.name not in ORDER_ACTS:
            rest.append((do, named))  # what follows an act on the session keeps its order behind it
        elif do.process is not None:
            return None, rest
        elif do.hold is not None:
            if do.hold.time is not None:
                layer.schedule(Do(process=Process()), named, now + do.hold.time)
        else:
            told += order_act(layer, do, named, now)
    return told, rest


def _is_adopted(message: Message, acts: _Acts) -> bool:
    """Tell whether the script works the order: not where the exchange gets it after all."""
    if message.msg_type != "D":
        return False
    return not any(do.process is not None or (do.hold is not None and do.hold.time) for do, _ in acts)
