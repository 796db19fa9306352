"""Terms of an order on their way to the gateway and back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from gateway.client import NewOrder, OffsetType, OrderTerms, OrderType, Replace, Side, StrategyParameter
from gateway.client.commands import encode
from gateway.client.terms import decode_terms, encode_terms

EVERY = OrderTerms(
    stop_price=Decimal("9.5"),
    display_quantity=Decimal(10),
    min_quantity=Decimal(20),
    offset=Decimal("-0.25"),
    offset_type=OffsetType.TICKS,
    expire_time=datetime(2026, 12, 31, 22, 0, tzinfo=UTC),
    expire_date=date(2026, 12, 31),
    exec_inst="G R",
    target_strategy="1001",
    target_strategy_parameters="urgency=high",
    strategy_parameters=(StrategyParameter(name="Participation", value="0.1", type=11),),
)


def test_terms_come_back_as_they_went() -> None:
    message = encode_terms(EVERY)
    assert message is not None
    assert decode_terms(message) == EVERY


def test_new_order_and_replace_carry_their_terms() -> None:
    terms = OrderTerms(stop_price="9.5")
    order = NewOrder(instrument="ACME", side=Side.SELL, quantity=1, order_type=OrderType.STOP, terms=terms)
    assert encode(order).new_order.terms.stop_price == "9.5"
    assert encode(Replace(order_id=1, terms=terms)).replace.terms.stop_price == "9.5"


def test_order_without_terms_has_no_message_of_them() -> None:
    order = NewOrder(instrument="ACME", side=Side.SELL, quantity=1)
    assert not encode(order).new_order.HasField("terms")


def test_expire_time_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        encode_terms(replace(EVERY, expire_time=datetime(2026, 12, 31, 22, 0)))


def test_float_in_a_term_is_refused() -> None:
    with pytest.raises(TypeError):
        encode_terms(OrderTerms(stop_price=9.5))  # type: ignore[arg-type]
