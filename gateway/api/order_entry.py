"""OrderEntry's unary calls: each is a batch of one command."""

from gateway.api.call import Call
from gateway.api.trade import RunCommand
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["OrderEntry"]


class OrderEntry:
    """Submits, replaces and cancels one order a call, or submits one link."""

    def __init__(self, run_command: RunCommand) -> None:
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

    async def _decide(self, call: Call, command: order_entry.Command) -> order_entry.CommandResult:
        answer = await self._run_command(
            call, order_entry.TradeRequest(commands=[command]).SerializeToString()
        )
        return order_entry.TradeResponse.FromString(answer).results[0]
