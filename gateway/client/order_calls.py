"""What a client sends: new orders, replaces, cancels of one and of many, linked orders; and whether they would pass."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message

from gateway.client.commands import (
    Cancel,
    Command,
    IdFactory,
    LinkedOrders,
    MassCancel,
    NewOrder,
    Replace,
    encode,
    request_id_of,
    with_id,
    with_order_ids,
)
from gateway.client.connection import REPEATABLE, Backoff, Settings
from gateway.client.decimals import Number
from gateway.client.decode import decode
from gateway.client.enums import (
    LinkKind,
    OrderType,
    PartialFillPolicy,
    ReleasePolicy,
    Side,
    TimeInForce,
)
from gateway.client.errors import (
    GatewayError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
)
from gateway.client.identity import Identity
from gateway.client.limits import OrderCheck
from gateway.client.live_order import LiveOrder
from gateway.client.model import Result
from gateway.client.query_calls import QueryCalls
from gateway.client.terms import OrderTerms
from gateway.client.tracking import as_submitted
from gateway.v1 import control_pb2 as control
from gateway.v1 import limits_pb2 as limits
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["OrderCalls"]

_ORDER_ENTRY = order_entry.DESCRIPTOR.services_by_name["OrderEntry"]
_RISK = control.DESCRIPTOR.services_by_name["Risk"]
_NOT_FOLLOWED = "this client does not follow orders; make it with track_orders=True, or use get_order"


class OrderCalls(QueryCalls):
    """Commands. A command's id is made once, and everything that is sent again has it."""

    _settings: Settings
    _identity: Identity
    _account: str
    _strategy: str
    _make_id: IdFactory

    async def submit(
        self,
        instrument: str,
        side: Side,
        quantity: Number,
        *,
        price: Number | None = None,
        account: str = "",
        strategy: str = "",
        order_type: OrderType | None = None,
        time_in_force: TimeInForce = TimeInForce.DAY,
        venue: str = "",
        client_order_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> LiveOrder:
        """Submit an order: a limit order where a price is given, else a market order.

        The answer is the order, which changes as events come, and which may be denied (`order.denied`); a repeated
        id gives the order that it gave first. `client_order_id` makes the order yours to find and safe to repeat;
        one is made where it is empty. With `deadline_s` the gateway denies the order rather than decide it later
        than that. Raises NotSentError or OutcomeUnknownError where no answer came in time; TypeError for a float.
        """
        command = NewOrder(
            instrument=instrument,
            side=side,
            quantity=quantity,
            price=price,
            account=account,
            strategy=strategy,
            order_type=order_type,
            time_in_force=time_in_force,
            venue=venue,
            client_order_id=client_order_id,
            terms=terms,
        )
        order = self._complete(command)
        assert isinstance(order, NewOrder)
        return await self._order_of(order, await self._send_one(order, deadline_s))

    async def submit_oco(
        self,
        *orders: NewOrder,
        on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit two to four orders of which a fill of one takes its quantity from the others.

        They are of one account, strategy, instrument, side and quantity; all are sent at once, or all are
        denied. The result names them in `linked_orders`. Otherwise as `submit`.
        """
        link = LinkedOrders(
            kind=LinkKind.OCO,
            orders=orders,
            on_partial_fill=on_partial_fill,
            client_request_id=client_request_id,
        )
        return await self._send_one(link, deadline_s)

    async def submit_oto(
        self,
        parent: NewOrder,
        *children: NewOrder,
        release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an order, and one to three that the gateway holds (HELD) until it trades.

        A child's quantity is that for a parent filled in full. Otherwise as `submit_oco`.
        """
        link = LinkedOrders(
            kind=LinkKind.OTO,
            orders=(parent, *children),
            release=release,
            client_request_id=client_request_id,
        )
        return await self._send_one(link, deadline_s)

    async def submit_bracket(
        self,
        entry: NewOrder,
        take_profit: NewOrder,
        stop: NewOrder,
        *,
        on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE,
        release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an entry, and the two exits for what it trades: a fill of one takes from the other.

        Exits have the entry's quantity and the other side. Otherwise as `submit_oco`.
        """
        link = LinkedOrders(
            kind=LinkKind.BRACKET,
            orders=(entry, take_profit, stop),
            on_partial_fill=on_partial_fill,
            release=release,
            client_request_id=client_request_id,
        )
        return await self._send_one(link, deadline_s)

    async def replace(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        quantity: Number | None = None,
        price: Number | None = None,
        client_request_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> Result:
        """Replace quantity (in total), price or both of the order with either id. Otherwise as `submit`."""
        command = Replace(
            client_order_id=client_order_id,
            order_id=order_id,
            quantity=quantity,
            price=price,
            client_request_id=client_request_id,
            terms=terms,
        )
        return await self._send_one(command, deadline_s)

    async def cancel(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Cancel what is left of the order with either id. Otherwise as `submit`."""
        command = Cancel(
            client_order_id=client_order_id, order_id=order_id, client_request_id=client_request_id
        )
        return await self._send_one(command, deadline_s)

    async def mass_cancel(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Cancel every open order of this client that fits; what is empty fits all. `cancels_sent` says how many.

        It goes over the stream in its turn: orders that were sent before it are canceled, those sent after it are not,
        however often it is sent again. Otherwise as `submit`.
        """
        command = MassCancel(
            account=account, strategy=strategy, instrument=instrument, client_request_id=client_request_id
        )
        return await self._send_one(command, deadline_s)

    async def check_order(self, order: NewOrder) -> OrderCheck:
        """Ask whether an order would pass now, and what each limit that it falls under says of it.

        Nothing is sent or recorded, and the answer holds for this moment. Raises TypeError for a float,
        UnavailableError and RefusedError.
        """
        encoded = encode(self._placed(order))
        request = limits.CheckOrderRequest(order=encoded.new_order)
        answer = await self._connected().call(_RISK, "CheckOrder", request, limits.CheckOrderResponse)
        return decode(OrderCheck, answer)

    async def submit_many(self, commands: Iterable[Command]) -> list[Result]:
        """Send commands of any kind, in this order and in as few messages as may be.

        A result for each, in their order. Errors as `submit`; they carry the results that did come.
        """
        return await self._send([self._complete(command) for command in commands])

    async def _send_one(self, command: Command, deadline_s: float | None) -> Result:
        command = self._complete(command)
        if deadline_s is None:
            return (await self._send([command]))[0]
        result = await self._send_until(command, deadline_s)
        result = replace(result, client_request_id=request_id_of(command))  # also where it could not be read
        self._answered(command, result)
        return result

    async def _send(self, commands: Sequence[Command]) -> list[Result]:
        results = await self._commands().send(commands, self._settings.command_timeout_s)
        for command, result in zip(commands, results, strict=True):
            self._answered(command, result)
        return results

    async def _send_until(self, command: Command, deadline_s: float) -> Result:
        """Send by a unary call, whose deadline the gateway sees; again only to the journal that may know it."""
        connection, pipeline = self._connected(), self._commands()
        clock = asyncio.get_running_loop().time
        end, backoff = clock() + deadline_s, Backoff(self._settings)
        method, request, response_type = _unary(command)
        journal, reason = "", ""
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    now_behind = await pipeline.journal()
                    if journal and journal != now_behind:
                        raise OutcomeUnknownError(
                            [request_id_of(command)], "the gateway keeps another journal now"
                        )
                    journal = now_behind
                    try:
                        answer = await connection.attempt(
                            _ORDER_ENTRY, method, request, response_type, end - clock()
                        )
                        return decode(Result, _result_of(answer))
                    except grpc.aio.AioRpcError as error:
                        reason = error.details() or ""
                        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                            raise TimeoutError from error
                        if error.code() not in REPEATABLE:
                            raise RefusedError.of(error) from error
                    await asyncio.sleep(backoff.next_delay_s())
        except TimeoutError as error:
            text = f"no answer within {deadline_s} s: {reason}"
            kind = OutcomeUnknownError if journal else NotSentError
            raise kind([request_id_of(command)], text) from error

    def _complete(self, command: Command) -> Command:
        command = with_id(command, self._make_id)
        if isinstance(command, NewOrder):
            return self._placed(command)
        if isinstance(command, LinkedOrders):
            orders = with_order_ids(command.orders, self._make_id)
            return replace(command, orders=tuple(self._placed(order) for order in orders))
        return command

    def _placed(self, order: NewOrder) -> NewOrder:
        return replace(
            order, account=order.account or self._account, strategy=order.strategy or self._strategy
        )

    def _answered(self, command: Command, result: Result) -> None:
        if self._live is not None and isinstance(command, NewOrder):
            self._live.answered(command, self._identity.client, result)

    async def _order_of(self, command: NewOrder, result: Result) -> LiveOrder:
        """Get the order that a submit gave."""
        if self._live is None:
            order = LiveOrder(
                as_submitted(command, self._identity.client, result), self, GatewayError(_NOT_FOLLOWED)
            )
            order.answered(result)
            return order
        live = self._live.answered(command, self._identity.client, result)
        if live is None:  # it ended long ago
            try:
                live = self._live.take(await self.get_order(order_id=result.order_id))
            except UnavailableError as error:
                raise OutcomeUnknownError([command.client_order_id], str(error)) from error
            live.answered(result)
        return live


def _unary(command: Command) -> tuple[str, Message, type[Any]]:
    """The call that takes one command, its request, and the type of its answer."""
    encoded = encode(command)
    match command:
        case NewOrder():
            request: Message = order_entry.SubmitOrderRequest(order=encoded.new_order)
            return "SubmitOrder", request, order_entry.SubmitOrderResponse
        case Replace():
            request = order_entry.ReplaceOrderRequest(replace=encoded.replace)
            return "ReplaceOrder", request, order_entry.ReplaceOrderResponse
        case Cancel():
            request = order_entry.CancelOrderRequest(cancel=encoded.cancel)
            return "CancelOrder", request, order_entry.CancelOrderResponse
        case LinkedOrders():
            request = order_entry.SubmitLinkedOrdersRequest(linked_orders=encoded.linked_orders)
            return "SubmitLinkedOrders", request, order_entry.SubmitLinkedOrdersResponse
        case MassCancel():  # the call of its own has no id, and could not be sent again
            return (
                "SendBatch",
                order_entry.SendBatchRequest(commands=[encoded]),
                order_entry.SendBatchResponse,
            )


def _result_of(answer: Any) -> order_entry.CommandResult:
    """The answer to one command, whichever call took it."""
    result: order_entry.CommandResult = (
        answer.results[0] if isinstance(answer, order_entry.SendBatchResponse) else answer.result
    )
    return result
