"""Submits orders over the API, as any client would."""

from __future__ import annotations

from typing import Any

import grpc

from gateway.v1 import order_entry_pb2, types_pb2


def submit(address: str, client_order_id: str, **changes: Any) -> order_entry_pb2.CommandResult:
    """Submit a limit order to buy 10 AAPL at 185.00, or what the changes make of it."""
    order: dict[str, Any] = {
        "client_order_id": client_order_id,
        "account": "DEMO",
        "strategy": "test",
        "instrument": "AAPL",
        "side": types_pb2.SIDE_BUY,
        "order_type": types_pb2.ORDER_TYPE_LIMIT,
        "quantity": "10",
        "price": "185.00",
    } | changes
    request = order_entry_pb2.SubmitOrderRequest(order=order_entry_pb2.NewOrder(**order))
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            "/gateway.v1.OrderEntry/SubmitOrder",
            request_serializer=order_entry_pb2.SubmitOrderRequest.SerializeToString,
            response_deserializer=order_entry_pb2.SubmitOrderResponse.FromString,
        )
        result: order_entry_pb2.CommandResult = call(
            request, timeout=5, metadata=(("client", "demo"),)
        ).result
        return result
