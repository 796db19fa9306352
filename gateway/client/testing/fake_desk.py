"""How a fake gateway decides on commands: ids, halts, scripted denials; and how it answers calls."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import grpc
from google.protobuf.message import Message

from gateway.client.enums import DenialCode, OrderStatus, SessionState, TradingState
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_order import FakeOrder, FakeRequest, number
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["FakeDesk"]

Deny = Callable[[order_entry.NewOrder], types.Denial | None]
Content = bytes


class FakeDesk:
    """Decides, once for each id."""

    def __init__(self, ledger: FakeLedger, deny: Deny) -> None:
        self._ledger = ledger
        self._deny = deny
        self._answers: dict[tuple[str, str], tuple[Content, order_entry.CommandResult]] = {}
        self._halted: dict[str, events.TradingStateChanged] = {}
        self._prices: dict[str, control.ReferencePrice] = {}
        self.session_state = SessionState.READY
        self._calls: dict[str, Callable[[str, Message], Message]] = {
            "OrderEntry.SubmitOrder": self._submit_order,
            "OrderEntry.ReplaceOrder": self._replace_order,
            "OrderEntry.CancelOrder": self._cancel_order,
            "OrderEntry.SendBatch": self._send_batch,
            "Orders.GetOrder": self._get_order,
            "Orders.ListOrders": self._list_orders,
            "Positions.ListPositions": self._list_positions,
            "Sessions.ListSessions": self._list_sessions,
            "Risk.SetTradingState": self._set_trading_state,
            "Risk.ListTradingStates": self._list_trading_states,
            "MarketData.SetReferencePrices": self._set_reference_prices,
            "MarketData.ListReferencePrices": self._list_reference_prices,
            "Operations.CancelOrders": self._cancel_orders,
        }

    def call(self, client: str, method: str, request: Message) -> Message:
        """Answer a unary call. Raises AioRpcError (UNIMPLEMENTED) for those that are not played."""
        answer = self._calls.get(method)
        if answer is None:
            raise failure(grpc.StatusCode.UNIMPLEMENTED, f"the fake gateway does not play {method}")
        return answer(client, request)

    def command(self, client: str, command: order_entry.Command) -> order_entry.CommandResult:
        """Decide on a command: the first answer again for an id that is known with the same content.

        Raises AioRpcError (UNIMPLEMENTED) for linked orders.
        """
        kind = command.WhichOneof("action")
        if kind == "linked_orders" or kind is None:
            raise failure(grpc.StatusCode.UNIMPLEMENTED, f"the fake gateway does not play {kind}")
        action = getattr(command, kind)
        request_id: str = action.client_order_id if kind == "new_order" else action.client_request_id
        content = action.SerializeToString(deterministic=True)
        if known := self._answers.get((client, request_id)):
            if known[0] != content:
                denial = _denial(
                    DenialCode.CLIENT_REQUEST_ID_REUSED,
                    limit_name="client_request_id",
                    observed=request_id,
                    allowed="a new id, or the same content as before",
                )
                return _unrecorded(request_id, known[1].order_id, denial)
            again = order_entry.CommandResult()
            again.CopyFrom(known[1])
            again.duplicate = True
            return again
        match kind:
            case "new_order":
                result = self._new_order(client, command.new_order)
            case "replace":
                result = self._replace(client, command.replace)
            case "mass_cancel":
                result = self._mass_cancel(client, command.mass_cancel)
            case _:
                result = self._cancel(client, command.cancel)
        if result.lsn:
            self._answers[client, request_id] = (content, result)
        return result

    # --- decisions

    def _new_order(self, client: str, command: order_entry.NewOrder) -> order_entry.CommandResult:
        ledger = self._ledger
        quantity, price = _decimal(command.quantity), _decimal(command.price)
        order = FakeOrder(
            order_id=len(ledger.orders) + 1,
            client=client,
            command=order_entry.NewOrder(),
            venue=command.venue or ledger.venue,
            cl_ord_id="",
            request_id=ledger.next_request_id(),
            time_ns=ledger.now_ns(),
            quantity=quantity or Decimal(0),
            price=price,
        )
        order.command.CopyFrom(command)
        denial = self._denial_of(command, quantity)
        terms: dict[str, Any] = {
            "order_id": order.order_id,
            "client_order_id": command.client_order_id,
            "client": client,
            "account": command.account,
            "strategy": command.strategy,
            "instrument": command.instrument,
            "venue": order.venue,
            "side": command.side,
            "order_type": command.order_type,
            "time_in_force": command.time_in_force,
            "quantity": number(order.quantity),
            "price": number(price),
            "request_id": order.request_id,
        }
        ledger.add(order)
        if denial is not None:
            order.denial, order.execution = denial, OrderStatus.DENIED
            ledger.note(order, events.Event(order_denied=events.OrderDenied(denial=denial, **terms)))
        else:
            order.cl_ord_id = ledger.new_cl_ord_id()
            accepted = events.OrderAccepted(cl_ord_id=order.cl_ord_id, **terms)
            if command.HasField("terms"):
                accepted.terms.CopyFrom(command.terms)
            ledger.note(order, events.Event(order_accepted=accepted))
        return order_entry.CommandResult(
            client_request_id=command.client_order_id,
            order_id=order.order_id,
            cl_ord_id=order.cl_ord_id,
            lsn=order.lsn,
            denial=denial,
        )

    def _denial_of(self, command: order_entry.NewOrder, quantity: Decimal | None) -> types.Denial | None:
        if quantity is None or quantity <= 0:
            return _denial(DenialCode.INVALID_QUANTITY, observed=command.quantity)
        if self.session_state is not SessionState.READY:
            return _denial(DenialCode.SESSION_NOT_READY, observed=self.session_state.name)
        levels = ("firm", f"account:{command.account}", f"instrument:{command.instrument}")
        for level in levels:
            if level in self._halted:
                return _denial(DenialCode.TRADING_HALTED, limit_name="trading_state", level=level)
        return self._deny(command)

    def _replace(self, client: str, command: order_entry.ReplaceCommand) -> order_entry.CommandResult:
        return self._request(client, command, _decimal(command.quantity), _decimal(command.price), True)

    def _cancel(self, client: str, command: order_entry.CancelCommand) -> order_entry.CommandResult:
        return self._request(client, command, None, None, False)

    def _request(
        self,
        client: str,
        command: order_entry.ReplaceCommand | order_entry.CancelCommand,
        quantity: Decimal | None,
        price: Decimal | None,
        replaces: bool,
    ) -> order_entry.CommandResult:
        ledger = self._ledger
        order = ledger.find(client, command.order_id, command.client_order_id)
        if order is None:
            unknown = _denial(
                DenialCode.UNKNOWN_ORDER, limit_name="order_id", allowed="an order of this client"
            )
            unknown_denied = events.RequestDenied(
                client_request_id=command.client_request_id,
                replace=replaces,
                request_id=ledger.next_request_id(),
                denial=unknown,
                client=client,
            )
            lsn = ledger.record(events.Event(request_denied=unknown_denied), client)
            return order_entry.CommandResult(
                client_request_id=command.client_request_id, lsn=lsn, denial=unknown
            )
        request = FakeRequest(
            client_request_id=command.client_request_id,
            cl_ord_id="",
            request_id=ledger.next_request_id(),
            replaces=replaces,
            quantity=order.quantity if quantity is None else quantity,
            price=order.price if price is None else price,
        )
        denial = None if order.is_open else _not_open(order, replaces)
        facts: dict[str, Any] = {
            "order_id": order.order_id,
            "client_request_id": command.client_request_id,
            "request_id": request.request_id,
        }
        if denial is not None:
            denied = events.RequestDenied(replace=replaces, denial=denial, client=client, **facts)
            lsn = ledger.note(order, events.Event(request_denied=denied))
        else:
            request.cl_ord_id = ledger.new_cl_ord_id()
            order.requests.append(request)
            chain = {"cl_ord_id": request.cl_ord_id, "orig_cl_ord_id": order.cl_ord_id, **facts}
            event = events.Event(cancel_requested=events.CancelRequested(**chain))
            if replaces:
                terms: dict[str, Any] = {"quantity": number(request.quantity), "price": number(request.price)}
                event = events.Event(replace_requested=events.ReplaceRequested(**chain, **terms))
            lsn = ledger.note(order, event)
        return order_entry.CommandResult(
            client_request_id=command.client_request_id,
            order_id=order.order_id,
            cl_ord_id=request.cl_ord_id,
            lsn=lsn,
            denial=denial,
        )

    def _mass_cancel(self, client: str, command: order_entry.MassCancelCommand) -> order_entry.CommandResult:
        sent = self.cancel_all(self._fitting(client, command))
        taken = events.MassCancelTaken(
            client_request_id=command.client_request_id,
            client=client,
            account=command.account,
            strategy=command.strategy,
            instrument=command.instrument,
            request_id=self._ledger.next_request_id(),
            cancels_sent=sent,
        )
        lsn = self._ledger.record(events.Event(mass_cancel_taken=taken), client)
        return order_entry.CommandResult(
            client_request_id=command.client_request_id, lsn=lsn, cancels_sent=sent
        )

    def _fitting(
        self, client: str, request: order_entry.MassCancelCommand | operations.CancelOrdersRequest
    ) -> list[FakeOrder]:
        return [
            order
            for order in self._ledger.open_orders(client)
            if request.account in ("", order.command.account)
            and request.strategy in ("", order.command.strategy)
            and request.instrument in ("", order.command.instrument)
        ]

    def cancel_all(self, orders: list[FakeOrder]) -> int:
        """Ask the venue to cancel; how many cancels that were."""
        sent = 0
        for order in orders:
            cancel = order_entry.CancelCommand(order_id=order.order_id)  # the gateway's own: without an id
            sent += not self._cancel(order.client, cancel).HasField("denial")
        return sent

    # --- calls

    def _submit_order(self, client: str, request: Message) -> Message:
        assert isinstance(request, order_entry.SubmitOrderRequest)
        command = order_entry.Command(new_order=request.order)
        return order_entry.SubmitOrderResponse(result=self.command(client, command))

    def _replace_order(self, client: str, request: Message) -> Message:
        assert isinstance(request, order_entry.ReplaceOrderRequest)
        command = order_entry.Command(replace=request.replace)
        return order_entry.ReplaceOrderResponse(result=self.command(client, command))

    def _cancel_order(self, client: str, request: Message) -> Message:
        assert isinstance(request, order_entry.CancelOrderRequest)
        command = order_entry.Command(cancel=request.cancel)
        return order_entry.CancelOrderResponse(result=self.command(client, command))

    def _send_batch(self, client: str, request: Message) -> Message:
        assert isinstance(request, order_entry.SendBatchRequest)
        results = [self.command(client, command) for command in request.commands]
        return order_entry.SendBatchResponse(results=results)

    def _get_order(self, client: str, request: Message) -> Message:
        assert isinstance(request, queries.GetOrderRequest)
        order = self._ledger.find(client, request.order_id, request.client_order_id)
        if order is None:
            name = request.order_id or request.client_order_id
            raise failure(grpc.StatusCode.NOT_FOUND, f"client {client!r} has no order {name!r}")
        return queries.GetOrderResponse(order=order.message())

    def _list_orders(self, client: str, request: Message) -> Message:
        assert isinstance(request, queries.ListOrdersRequest)
        before = int(request.page_token or len(self._ledger.orders) + 1)
        found = [
            order
            for order in reversed(self._ledger.orders.values())
            if (order.client == client or request.any_client)
            and order.order_id < before
            and (order.is_open or not request.open_only)
            and request.instrument in ("", order.command.instrument)
            and request.account in ("", order.command.account)
            and request.strategy in ("", order.command.strategy)
            and request.venue in ("", order.venue)
            and (not request.statuses or order.status.value in request.statuses)
            and _is_within(order.time_ns, request)
        ]
        size = request.page_size or 100
        more = str(found[size - 1].order_id) if len(found) > size else ""
        page = [order.message() for order in found[:size]]
        return queries.ListOrdersResponse(orders=page, next_page_token=more)

    def _list_positions(self, _client: str, request: Message) -> Message:
        assert isinstance(request, queries.ListPositionsRequest)
        return queries.ListPositionsResponse(positions=self._ledger.positions(request.account))

    def _list_sessions(self, _client: str, _request: Message) -> Message:
        state = self.session_state.value
        session = queries.Session(
            name=self._ledger.venue,
            begin_string="FIX.4.4",
            sender_comp_id="GATEWAY",
            target_comp_id=self._ledger.venue,
            state=state,  # type: ignore[arg-type]  # the stubs want the proto's own enumeration
            venue=self._ledger.venue,
            role="initiator",
            enabled=True,
        )
        return queries.ListSessionsResponse(sessions=[session])

    def _set_trading_state(self, client: str, request: Message) -> Message:
        assert isinstance(request, control.SetTradingStateRequest)
        changed = events.TradingStateChanged(
            level=request.level, state=request.state, reason=request.reason, changed_by=client
        )
        self._halted.pop(request.level, None)
        if int(request.state) == TradingState.HALTED.value:
            self._halted[request.level] = changed
        lsn = self._ledger.record(events.Event(trading_state_changed=changed))
        sent = 0
        if request.cancel_open_orders:
            sent = self.cancel_all(
                [each for each in self._ledger.open_orders() if _is_at(request.level, each)]
            )
        return control.SetTradingStateResponse(lsn=lsn, cancels_sent=sent)

    def _list_trading_states(self, _client: str, _request: Message) -> Message:
        return control.ListTradingStatesResponse(states=self._halted.values())

    def _set_reference_prices(self, _client: str, request: Message) -> Message:
        assert isinstance(request, control.SetReferencePricesRequest)
        lsn = 0
        for price in request.prices:
            known = self._prices.setdefault(price.instrument, control.ReferencePrice())
            known.MergeFrom(price)
            fact = events.ReferencePriceSet(instrument=price.instrument, price=price.price)
            if price.HasField("as_of"):
                fact.as_of.CopyFrom(price.as_of)
            if price.HasField("references"):
                fact.references.CopyFrom(price.references)
            lsn = self._ledger.record(events.Event(reference_price_set=fact))
        return control.SetReferencePricesResponse(lsn=lsn)

    def _list_reference_prices(self, _client: str, _request: Message) -> Message:
        return control.ListReferencePricesResponse(prices=self._prices.values())

    def _cancel_orders(self, client: str, request: Message) -> Message:
        assert isinstance(request, operations.CancelOrdersRequest)
        return operations.CancelOrdersResponse(cancels_sent=self.cancel_all(self._fitting(client, request)))


def _is_within(time_ns: int, request: queries.ListOrdersRequest) -> bool:
    early = request.HasField("created_from") and time_ns < request.created_from.ToNanoseconds()
    late = request.HasField("created_before") and time_ns >= request.created_before.ToNanoseconds()
    return not (early or late)


def _is_at(level: str, order: FakeOrder) -> bool:
    return level in (
        "firm",
        f"account:{order.command.account}",
        f"instrument:{order.command.instrument}",
        f"client:{order.client}",
        f"venue:{order.venue}",
    )


def _not_open(order: FakeOrder, replaces: bool) -> types.Denial:
    reopens = replaces and order.execution is OrderStatus.FILLED
    allowed = "a quantity above what has traded opens a filled order again" if reopens else ""
    return _denial(
        DenialCode.ORDER_NOT_OPEN, limit_name="status", observed=order.status.name, allowed=allowed
    )


def _unrecorded(request_id: str, order_id: int, denial: types.Denial) -> order_entry.CommandResult:
    return order_entry.CommandResult(client_request_id=request_id, order_id=order_id, denial=denial)


def _denial(
    code: DenialCode, *, limit_name: str = "", level: str = "", observed: str = "", allowed: str = ""
) -> types.Denial:
    return types.Denial(
        code=enumerator(code),
        limit_name=limit_name,
        level=level,
        observed=observed,
        allowed=allowed,
    )


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
