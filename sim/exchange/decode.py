"""FIX application messages into requests."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from sim.book import OrderType, Side, TimeInForce
from sim.exchange.fields import FORMAT_INCORRECT, VALUE_INCORRECT, FieldError, decimal, required
from sim.exchange.requests import CancelOrder, NewOrder, ReplaceOrder, Request, StatusRequest
from sim.exchange.terms import decode_terms
from sim.wire import Message, parse_utc, tags

__all__ = ["FieldError", "decode"]

# Every value that some FIX version defines: those are valid on the wire, and what the exchange does not offer
# is then a matter for an order reject rather than a session reject.
_SIDES = frozenset("123456789ABCDEFGH")
_ORD_TYPES = frozenset("123456789ABCDEFGHIJKLMPQRSTU")
_TIMES_IN_FORCE = frozenset("0123456789ABC")

_ON_CLOSE = {"5": OrderType.MARKET, "B": OrderType.LIMIT}

_E = TypeVar("_E", bound=StrEnum)


def decode(message: Message) -> Request | None:
    """Give the request, or None where the exchange does not serve this MsgType(35)."""
    decoder = _DECODERS.get(message.msg_type)
    return None if decoder is None else decoder(message)


def _new_order(message: Message) -> NewOrder:
    if message.get(tags.BEGIN_STRING) == "FIX.4.2":
        required(message, tags.HANDL_INST)
    _transact_time(message)
    order_type, time_in_force = _type_and_time(message)
    return NewOrder(
        cl_ord_id=required(message, tags.CL_ORD_ID),
        account=message.get(tags.ACCOUNT) or "",
        symbol=required(message, tags.SYMBOL),
        side=_side(message),
        order_type=order_type,
        time_in_force=time_in_force,
        quantity=decimal(message, tags.ORDER_QTY),
        price=_price(message, order_type),
        possible_resend=message.flag(tags.POSS_RESEND),
        terms=decode_terms(message, order_type, time_in_force),
    )


def _cancel(message: Message) -> CancelOrder:
    _transact_time(message)
    return CancelOrder(
        cl_ord_id=required(message, tags.CL_ORD_ID),
        orig_cl_ord_id=required(message, tags.ORIG_CL_ORD_ID),
        symbol=required(message, tags.SYMBOL),
        side=_side(message),
    )


def _replace(message: Message) -> ReplaceOrder:
    if message.get(tags.BEGIN_STRING) == "FIX.4.2":
        required(message, tags.HANDL_INST)
    _transact_time(message)
    order_type, time_in_force = _type_and_time(message)
    return ReplaceOrder(
        cl_ord_id=required(message, tags.CL_ORD_ID),
        orig_cl_ord_id=required(message, tags.ORIG_CL_ORD_ID),
        symbol=required(message, tags.SYMBOL),
        side=_side(message),
        order_type=order_type,
        time_in_force=time_in_force,
        quantity=decimal(message, tags.ORDER_QTY),
        price=_price(message, order_type),
        terms=decode_terms(message, order_type, time_in_force),
    )


def _status_request(message: Message) -> StatusRequest:
    return StatusRequest(
        cl_ord_id=required(message, tags.CL_ORD_ID),
        symbol=required(message, tags.SYMBOL),
        side=_side(message),
        request_id=message.get(tags.ORD_STATUS_REQ_ID),
    )


def _price(message: Message, order_type: OrderType | None) -> Decimal | None:
    """Price(44): needed by limit orders, the bound of a pegged one where given, and no matter to others."""
    if order_type is not None and order_type.needs_price:
        return decimal(message, tags.PRICE)
    if order_type is OrderType.PEGGED and tags.PRICE in message.fields:
        return decimal(message, tags.PRICE)
    return None


def _choice(message: Message, tag: int, offered: type[_E], valid: frozenset[str]) -> _E | None:
    value = required(message, tag)
    if value not in valid:
        raise FieldError(tag, VALUE_INCORRECT, f"field {tag} cannot be {value}")
    try:
        return offered(value)
    except ValueError:
        return None


def _side(message: Message) -> Side:
    value = required(message, tags.SIDE)
    try:
        return Side(value)
    except ValueError:
        served = ", ".join(f"{side.value} ({side.name})" for side in Side)
        reason = "is not served" if value in _SIDES else "is unknown"
        raise FieldError(tags.SIDE, VALUE_INCORRECT, f"Side(54)={value} {reason}; served: {served}") from None


def _type_and_time(message: Message) -> tuple[OrderType | None, TimeInForce | None]:
    """OrdType(40) and TimeInForce(59). On close (5) and limit on close (B) are FIX 4.2's words for both."""
    on_close = _ON_CLOSE.get(message.get(tags.ORD_TYPE) or "")
    if on_close is not None:
        return on_close, TimeInForce.CLS
    order_type = _choice(message, tags.ORD_TYPE, OrderType, _ORD_TYPES)
    if message.get(tags.TIME_IN_FORCE) is None:
        return order_type, TimeInForce.DAY
    return order_type, _choice(message, tags.TIME_IN_FORCE, TimeInForce, _TIMES_IN_FORCE)


def _transact_time(message: Message) -> None:
    value = required(message, tags.TRANSACT_TIME)
    if parse_utc(value) is None:
        raise FieldError(
            tags.TRANSACT_TIME, FORMAT_INCORRECT, f"TransactTime(60) is no UTCTimestamp: {value}"
        )


_DECODERS: dict[str, Callable[[Message], Request]] = {
    "D": _new_order,
    "F": _cancel,
    "G": _replace,
    "H": _status_request,
}
