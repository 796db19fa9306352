"""OrderEntry's unary calls: a batch of one command each, a batch of many, and a cancel of all."""

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.origins import Origins
from gateway.api.trade import RunCommand
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["OrderEntry"]


class OrderEntry:
    """Submits, replaces and cancels."""

    def __init__(self, core: Core, origins: Origins, run_command: RunCommand) -> None:
        self._core = core
        self._origins = origins
        self._run_command = run_command

    async def submit_order(
        self, call: Call, request: order_entry.SubmitOrderRequest
    ) -> order_entry.SubmitOrderResponse:
        """Submit one order."""
        result = await self._decide(call, order_entry.Command(new_order=request.order))
        return order_entry.SubmitOrderResponse(result=result)

    async def replace_order(
        self, call: Call, request: order_entry.ReplaceOrderRequest
    ) -> order_entry.ReplaceOrderResponse:
        """Replace the terms of one order."""
        result = await self._decide(call, order_entry.Command(replace=request.replace))
        return order_entry.ReplaceOrderResponse(result=result)

    async def cancel_order(
        self, call: Call, request: order_entry.CancelOrderRequest
    ) -> order_entry.CancelOrderResponse:
        """Cancel what is left of one order."""
        result = await self._decide(call, order_entry.Command(cancel=request.cancel))
        return order_entry.CancelOrderResponse(result=result)

    async def submit_linked_orders(
        self, call: Call, request: order_entry.SubmitLinkedOrdersRequest
    ) -> order_entry.SubmitLinkedOrdersResponse:
        """Submit orders that hang together."""
        result = await self._decide(call, order_entry.Command(linked_orders=request.linked_orders))
        return order_entry.SubmitLinkedOrdersResponse(result=result)

    async def send_batch(self, call: Call, request: order_entry.SendBatchRequest) -> bytes:
        """Decide commands in their order. Commands and results are numbered as on the stream, so the bytes are too."""
        request.DiscardUnknownFields()
        return await self._run_command(call, request.SerializeToString())

    async def mass_cancel(
        self, call: Call, request: order_entry.MassCancelRequest
    ) -> order_entry.MassCancelResponse:
        """Cancel the calling client's open orders that fit."""
        client = call.caller.client
        cancels = await self._origins.decide_off_loop(
            client,
            call.peer,
            lambda: self._core.cancel_orders(client, request.account, request.strategy, request.instrument),
        )
        return order_entry.MassCancelResponse(cancels_sent=cancels)

    async def _decide(self, call: Call, command: order_entry.Command) -> order_entry.CommandResult:
        answer = await self._run_command(
            call, order_entry.TradeRequest(commands=[command]).SerializeToString()
        )
        return order_entry.TradeResponse.FromString(answer).results[0]
