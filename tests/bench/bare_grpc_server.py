"""The yardstick: a grpc.aio server that parses the same messages and acknowledges each order, and does no more.

python -m tests.bench.bare_grpc_server     prints its port, ends when its standard input does
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import grpc
import grpc.aio

from gateway.v1 import order_entry_pb2 as order_entry

_order_ids = count(1)


def _acknowledged(order: order_entry.NewOrder) -> order_entry.CommandResult:
    number = next(_order_ids)
    return order_entry.CommandResult(
        client_request_id=order.client_order_id, order_id=number, cl_ord_id=f"TI0A1B{number}", lsn=number
    )


async def _trade(
    requests: AsyncIterator[order_entry.TradeRequest], _context: object
) -> AsyncIterator[order_entry.TradeResponse]:
    async for request in requests:
        results = [_acknowledged(command.new_order) for command in request.commands]
        yield order_entry.TradeResponse(results=results)


async def _submit_order(
    request: order_entry.SubmitOrderRequest, _context: object
) -> order_entry.SubmitOrderResponse:
    return order_entry.SubmitOrderResponse(result=_acknowledged(request.order))


async def _serve() -> None:
    server = grpc.aio.server()
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "Trade": grpc.stream_stream_rpc_method_handler(
            _trade,
            request_deserializer=order_entry.TradeRequest.FromString,
            response_serializer=order_entry.TradeResponse.SerializeToString,
        ),
        "SubmitOrder": grpc.unary_unary_rpc_method_handler(
            _submit_order,
            request_deserializer=order_entry.SubmitOrderRequest.FromString,
            response_serializer=order_entry.SubmitOrderResponse.SerializeToString,
        ),
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("gateway.v1.OrderEntry", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    asyncio.run(_serve())
