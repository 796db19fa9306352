"""The terms of an order beyond the common ones, from and to FIX."""

from sim.book import PLAIN, OrderType, Peg, Terms, TimeInForce
from sim.exchange.fields import (
    FORMAT_INCORRECT,
    REQUIRED_TAG_MISSING,
    VALUE_INCORRECT,
    FieldError,
    decimal,
    number,
)
from sim.session import Version
from sim.wire import Fields, Message, format_utc, parse_utc, tags

__all__ = ["decode_terms", "encode_terms"]

_ANY = (
    tags.EXEC_INST,
    tags.STOP_PX,
    tags.MIN_QTY,
    tags.MAX_FLOOR,
    tags.DISPLAY_QTY,
    tags.EXPIRE_TIME,
    tags.EXPIRE_DATE,
    tags.SELF_MATCH_PREVENTION_ID,
)
_PARTICIPATE_DO_NOT_INITIATE = "6"
_PEG_PRICE_TYPES = {"2": Peg.MID, "4": Peg.MARKET, "5": Peg.PRIMARY}
_EXEC_INSTS = {peg.value: peg for peg in Peg}
_END_OF_DAY = "-23:59:59.999"


def decode_terms(message: Message, kind: OrderType | None, tif: TimeInForce | None) -> Terms:
    """Read what belongs to the order's type and time in force; the fields of others are ignored."""
    needs_more = kind is not None and (kind.is_stop or kind is OrderType.PEGGED)
    if not needs_more and tif is not TimeInForce.GTD and not any(tag in message.fields for tag in _ANY):
        return PLAIN
    display = tags.DISPLAY_QTY if tags.DISPLAY_QTY in message.fields else tags.MAX_FLOOR
    instructions = (message.get(tags.EXEC_INST) or "").split(" ")
    return Terms(
        stop_price=decimal(message, tags.STOP_PX) if kind is not None and kind.is_stop else None,
        display=decimal(message, display) if display in message.fields else None,
        min_quantity=decimal(message, tags.MIN_QTY) if tags.MIN_QTY in message.fields else None,
        peg=_peg(message, instructions) if kind is OrderType.PEGGED else None,
        peg_offset=decimal(message, tags.PEG_OFFSET_VALUE)
        if kind is OrderType.PEGGED and tags.PEG_OFFSET_VALUE in message.fields
        else PLAIN.peg_offset,
        expire_at=_expire_at(message) if tif is TimeInForce.GTD else None,
        post_only=_PARTICIPATE_DO_NOT_INITIATE in instructions,
        self_match_id=message.get(tags.SELF_MATCH_PREVENTION_ID),
    )


def encode_terms(terms: Terms, kind: OrderType | None, version: Version) -> Fields:
    """Give the fields that an ExecutionReport(8) repeats."""
    body: Fields = []
    if terms.stop_price is not None:
        body.append((tags.STOP_PX, number(terms.stop_price)))
    if terms.display is not None:
        tag = tags.DISPLAY_QTY if version is Version.FIX50SP2 else tags.MAX_FLOOR
        body.append((tag, number(terms.display)))
    if terms.min_quantity is not None:
        body.append((tags.MIN_QTY, number(terms.min_quantity)))
    instructions = [terms.peg.value] if terms.peg is not None else []
    if terms.post_only:
        instructions.append(_PARTICIPATE_DO_NOT_INITIATE)
    if instructions:
        body.append((tags.EXEC_INST, " ".join(instructions)))
    if kind is OrderType.PEGGED:
        body.append((tags.PEG_OFFSET_VALUE, number(terms.peg_offset)))
    if terms.expire_at is not None:
        body.append((tags.EXPIRE_TIME, format_utc(terms.expire_at)))
    if terms.self_match_id is not None and version is Version.FIX50SP2:
        body.append((tags.SELF_MATCH_PREVENTION_ID, terms.self_match_id))
    return body


def _peg(message: Message, instructions: list[str]) -> Peg:
    """ExecInst(18) says it in every version, PegPriceType(1094) from FIX 5.0 SP1 on."""
    price_type = message.get(tags.PEG_PRICE_TYPE)
    if price_type is not None:
        if price_type not in _PEG_PRICE_TYPES:
            text = f"PegPriceType(1094) must be one of {', '.join(_PEG_PRICE_TYPES)}, was {price_type}"
            raise FieldError(tags.PEG_PRICE_TYPE, VALUE_INCORRECT, text)
        return _PEG_PRICE_TYPES[price_type]
    found = next((_EXEC_INSTS[word] for word in instructions if word in _EXEC_INSTS), None)
    if found is None:
        text = f"a pegged order needs ExecInst(18) with one of {', '.join(_EXEC_INSTS)}"
        raise FieldError(tags.EXEC_INST, REQUIRED_TAG_MISSING, text)
    return found


def _expire_at(message: Message) -> int:
    date = message.get(tags.EXPIRE_DATE)
    text = message.get(tags.EXPIRE_TIME)
    if text is None and date is None:
        raise FieldError(
            tags.EXPIRE_TIME,
            REQUIRED_TAG_MISSING,
            "TimeInForce(59)=6 needs ExpireTime(126) or ExpireDate(432)",
        )
    tag = tags.EXPIRE_DATE if text is None else tags.EXPIRE_TIME
    at = parse_utc(f"{date}{_END_OF_DAY}" if text is None else text)
    if at is None:
        raise FieldError(tag, FORMAT_INCORRECT, f"field {tag} is no date or time: {date or text}")
    return at
