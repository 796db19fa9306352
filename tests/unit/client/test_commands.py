from decimal import Decimal

import pytest

from gateway.client import Cancel, LinkedOrders, LinkKind, NewOrder, Replace, Side
from gateway.client.commands import encode, random_id, request_id_of, with_id, with_order_ids
from gateway.v1 import types_pb2 as types

ORDER = NewOrder(instrument="ACME", side=Side.BUY, quantity=100)


@pytest.mark.parametrize("command", [ORDER, Replace(order_id=7), Cancel(order_id=7)])
def test_with_id_makes_one_where_there_is_none(command: NewOrder | Replace | Cancel) -> None:
    assert request_id_of(with_id(command, lambda: "made")) == "made"


def test_with_id_keeps_the_one_that_is_there() -> None:
    command = with_id(ORDER, lambda: "first")
    assert with_id(command, lambda: "second") == command


def test_with_id_too_long_raises() -> None:
    with pytest.raises(ValueError, match="at most 40 bytes"):
        with_id(Cancel(order_id=7, client_request_id="é" * 21), random_id)


def test_random_id_fits_and_differs() -> None:
    made = {random_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(each) for each in made} == {32}


def test_encode_order_with_price_is_a_limit_order() -> None:
    order = encode(NewOrder(instrument="ACME", side=Side.SELL, quantity=5, price=Decimal("1.50"))).new_order
    assert order.order_type == types.ORDER_TYPE_LIMIT
    assert order.price == "1.50"


def test_encode_order_without_price_is_a_market_order() -> None:
    order = encode(ORDER).new_order
    assert order.order_type == types.ORDER_TYPE_MARKET
    assert order.price == ""


def test_encode_replace_leaves_out_what_is_kept() -> None:
    replace = encode(Replace(client_order_id="c", price="2", client_request_id="r")).replace
    assert (replace.quantity, replace.price) == ("", "2")


def test_encode_linked_orders_keeps_their_order_and_policies() -> None:
    orders = with_order_ids((ORDER, NewOrder(instrument="ACME", side=Side.SELL, quantity=5)), random_id)
    link = encode(LinkedOrders(kind=LinkKind.OTO, orders=orders, client_request_id="l")).linked_orders
    assert (link.kind, link.client_request_id) == (types.LINK_KIND_OTO, "l")
    assert link.on_partial_fill == types.PARTIAL_FILL_POLICY_REDUCE
    assert link.release == types.RELEASE_POLICY_ON_FULL_FILL
    assert [order.side for order in link.orders] == [types.SIDE_BUY, types.SIDE_SELL]
    assert len({order.client_order_id for order in link.orders} - {""}) == 2


def test_encode_float_quantity_raises_before_anything_is_sent() -> None:
    with pytest.raises(TypeError, match="a float is not exact"):
        encode(NewOrder(instrument="ACME", side=Side.BUY, quantity=1.5))  # type: ignore[arg-type]
