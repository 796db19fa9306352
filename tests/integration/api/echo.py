"""A gRPC server that takes every method, keeps the request and refuses it: what a client can say at all."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.message import Message

from tests.support.methods import METHODS, method_path

__all__ = ["RecordingServer"]

_PATHS = {f"/{method_path(method)}": method for method in METHODS}


class RecordingServer(grpc.GenericRpcHandler):
    """Requests by the method's full name, in the order in which they came."""

    def __init__(self) -> None:
        self.requests: dict[str, list[Message]] = defaultdict(list)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        method = _PATHS.get(handler_call_details.method)
        if method is None:
            return None
        request_type = message_factory.GetMessageClass(method.input_type)

        async def keep(data: bytes, context: Any) -> None:
            self.requests[method.full_name].append(request_type.FromString(data))
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "kept")

        async def unary(data: bytes, context: Any) -> bytes:
            await keep(data, context)
            return b""

        async def stream(data: bytes, context: Any) -> Any:
            await keep(data, context)
            yield b""

        async def both(requests: Any, context: Any) -> Any:
            await context.send_initial_metadata((("journal", "J"),))
            async for data in requests:
                request: Any = request_type.FromString(data)
                self.requests[method.full_name].append(request)
                yield _answer(method, request)

        if method.client_streaming:
            return grpc.stream_stream_rpc_method_handler(both)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)


def _answer(method: Any, request: Any) -> bytes:
    """To a message of a stream: a result for each command, or an event, so that the sender goes on."""
    answer = message_factory.GetMessageClass(method.output_type)
    results = [_result(command) for command in request.commands]
    events = [] if results else [{"lsn": 9, "gateway_started": {}}]
    return bytes(answer(results=results, events=events, resume_lsn=9).SerializeToString())


def _result(command: Any) -> dict[str, Any]:
    action = getattr(command, command.WhichOneof("action"))
    name = "client_order_id" if command.HasField("new_order") else "client_request_id"
    return {"client_request_id": getattr(action, name), "order_id": 1, "lsn": 1}
