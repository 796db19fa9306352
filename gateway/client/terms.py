"""Terms that few orders have."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from gateway.client.decimals import Number, to_text
from gateway.client.enums import OffsetType
from gateway.client.proto_enums import enumerator
from gateway.v1 import types_pb2 as types

__all__ = ["OrderTerms", "StrategyParameter", "decode_terms", "encode_terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyParameter:
    """One parameter of a broker's strategy: StrategyParameterName(958), Value(960) and Type(959)."""

    name: str
    value: str
    type: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """Terms that few orders have; None, empty: not given. In a replace, what is not given stays.

    `expire_time` must know its time zone; `expire_date` is a day in the venue's. Which terms a venue takes is
    in its profile: others are denied with UNSUPPORTED_TERM.
    """

    stop_price: Number | None = None
    display_quantity: Number | None = None
    min_quantity: Number | None = None
    offset: Number | None = None
    offset_type: OffsetType = OffsetType.UNSPECIFIED
    expire_time: datetime | None = None
    expire_date: date | None = None
    exec_inst: str = ""
    target_strategy: str = ""
    target_strategy_parameters: str = ""
    strategy_parameters: tuple[StrategyParameter, ...] = ()


def encode_terms(terms: OrderTerms | None) -> types.OrderTerms | None:
    """Make the API's message. Raises ValueError for an expire time without a time zone."""
    if terms is None:
        return None
    message = types.OrderTerms(
        offset_type=enumerator(terms.offset_type),
        exec_inst=terms.exec_inst,
        target_strategy=terms.target_strategy,
        target_strategy_parameters=terms.target_strategy_parameters,
        strategy_parameters=[
            types.StrategyParameter(name=parameter.name, type=parameter.type, value=parameter.value)
            for parameter in terms.strategy_parameters
        ],
    )
    for name in ("stop_price", "display_quantity", "min_quantity", "offset"):
        value = getattr(terms, name)
        if value is not None:
            setattr(message, name, to_text(value, name))
    if terms.expire_time is not None:
        if terms.expire_time.tzinfo is None:
            raise ValueError(f"expected an expire_time with a time zone, was {terms.expire_time}")
        message.expire_time.FromDatetime(terms.expire_time)
    if terms.expire_date is not None:
        message.expire_date = terms.expire_date.strftime("%Y%m%d")
    return message


def decode_terms(message: types.OrderTerms) -> OrderTerms:
    """Make the terms of the API's message."""

    def number(text: str) -> Decimal | None:
        return Decimal(text) if text else None

    return OrderTerms(
        stop_price=number(message.stop_price),
        display_quantity=number(message.display_quantity),
        min_quantity=number(message.min_quantity),
        offset=number(message.offset),
        offset_type=OffsetType(message.offset_type),
        expire_time=message.expire_time.ToDatetime(UTC) if message.HasField("expire_time") else None,
        expire_date=datetime.strptime(message.expire_date, "%Y%m%d").date() if message.expire_date else None,
        exec_inst=message.exec_inst,
        target_strategy=message.target_strategy,
        target_strategy_parameters=message.target_strategy_parameters,
        strategy_parameters=tuple(
            StrategyParameter(name=parameter.name, type=parameter.type, value=parameter.value)
            for parameter in message.strategy_parameters
        ),
    )
