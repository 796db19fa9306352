"""FIX application messages into requests."""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from sim.book import OrderType, Side, TimeInForce
from sim.exchange.requests import CancelOrder, NewOrder, ReplaceOrder, Request, StatusRequest
from sim.wire import Message, parse_utc, tags

__all__ = ["FieldError", "decode"]

# FIX numbers have no exponent; the bound keeps every product exact in Decimal's 28 digits.
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{0,8})?|-?\.\d{1,8}", re.ASCII)

# SessionRejectReason(373)
_REQUIRED_TAG_MISSING = 1
_VALUE_INCORRECT = 5
_FORMAT_INCORRECT = 6

# Every value that some FIX version defines: those are valid on the wire, and what the exchange does not offer
# is then a matter for an order reject rather than a session reject.
_SIDES = frozenset("123456789ABCDEFGH")
_ORD_TYPES = frozenset("123456789ABCDEFGHIJKLMPQRSTU")
_TIMES_IN_FORCE = frozenset("0123456789ABC")

_E = TypeVar("_E", bound=StrEnum)


class FieldError(Exception):
    """A field makes the message unreadable: the session layer answers with Reject(3)."""

    def __init__(self, tag: int, reason: int, text: str) -> None:
        super().__init__(text)
        self.tag = tag
        self.reason = reason
        self.text = text


def decode(message: Message) -> Request | None:
    """Give the request, or None where the exchange does not serve this MsgType(35)."""
    decoder = _DECODERS.get(message.msg_type)
    return None if decoder is None else decoder(message)


def _new_order(message: Message) -> NewOrder:
    if message.get(tags.BEGIN_STRING) == "FIX.4.2":
        _required(message, tags.HANDL_INST)
    _transact_time(message)
    order_type = _choice(message, tags.ORD_TYPE, OrderType, _ORD_TYPES)
    return NewOrder(
        cl_ord_id=_required(message, tags.CL_ORD_ID),
        account=message.get(tags.ACCOUNT) or "",
        symbol=_required(message, tags.SYMBOL),
        side=_side(message),
        order_type=order_type,
        time_in_force=_time_in_force(message),
        quantity=_number(message, tags.ORDER_QTY),
        price=_price(message, order_type),
        possible_resend=message.flag(tags.POSS_RESEND),
    )


def _cancel(message: Message) -> CancelOrder:
    _transact_time(message)
    return CancelOrder(
        cl_ord_id=_required(message, tags.CL_ORD_ID),
        orig_cl_ord_id=_required(message, tags.ORIG_CL_ORD_ID),
        symbol=_required(message, tags.SYMBOL),
        side=_side(message),
    )


def _replace(message: Message) -> ReplaceOrder:
    if message.get(tags.BEGIN_STRING) == "FIX.4.2":
        _required(message, tags.HANDL_INST)
    _transact_time(message)
    order_type = _choice(message, tags.ORD_TYPE, OrderType, _ORD_TYPES)
    return ReplaceOrder(
        cl_ord_id=_required(message, tags.CL_ORD_ID),
        orig_cl_ord_id=_required(message, tags.ORIG_CL_ORD_ID),
        symbol=_required(message, tags.SYMBOL),
        side=_side(message),
        order_type=order_type,
        time_in_force=_time_in_force(message),
        quantity=_number(message, tags.ORDER_QTY),
        price=_price(message, order_type),
    )


def _status_request(message: Message) -> StatusRequest:
    return StatusRequest(
        cl_ord_id=_required(message, tags.CL_ORD_ID),
        symbol=_required(message, tags.SYMBOL),
        side=_side(message),
        request_id=message.get(tags.ORD_STATUS_REQ_ID),
    )


def _required(message: Message, tag: int) -> str:
    value = message.get(tag)
    if value is None:
        raise FieldError(tag, _REQUIRED_TAG_MISSING, f"required field {tag} is missing")
    return value


def _number(message: Message, tag: int) -> Decimal:
    value = _required(message, tag)
    if not _NUMBER.fullmatch(value):
        raise FieldError(
            tag, _FORMAT_INCORRECT, f"field {tag} must be a number with at most 8 decimals, was {value}"
        )
    return Decimal(value)


def _price(message: Message, order_type: OrderType | None) -> Decimal | None:
    if order_type is OrderType.LIMIT:
        return _number(message, tags.PRICE)
    return None


def _choice(message: Message, tag: int, offered: type[_E], valid: frozenset[str]) -> _E | None:
    value = _required(message, tag)
    if value not in valid:
        raise FieldError(tag, _VALUE_INCORRECT, f"field {tag} cannot be {value}")
    try:
        return offered(value)
    except ValueError:
        return None


def _side(message: Message) -> Side:
    value = _required(message, tags.SIDE)
    try:
        return Side(value)
    except ValueError:
        served = ", ".join(f"{side.value} ({side.name})" for side in Side)
        reason = "is not served" if value in _SIDES else "is unknown"
        raise FieldError(
            tags.SIDE, _VALUE_INCORRECT, f"Side(54)={value} {reason}; served: {served}"
        ) from None


def _time_in_force(message: Message) -> TimeInForce | None:
    if message.get(tags.TIME_IN_FORCE) is None:
        return TimeInForce.DAY
    return _choice(message, tags.TIME_IN_FORCE, TimeInForce, _TIMES_IN_FORCE)


def _transact_time(message: Message) -> None:
    value = _required(message, tags.TRANSACT_TIME)
    if parse_utc(value) is None:
        raise FieldError(
            tags.TRANSACT_TIME, _FORMAT_INCORRECT, f"TransactTime(60) is no UTCTimestamp: {value}"
        )


_DECODERS: dict[str, Callable[[Message], Request]] = {
    "D": _new_order,
    "F": _cancel,
    "G": _replace,
    "H": _status_request,
}
