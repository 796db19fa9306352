"""How a fake gateway decides on commands: ids, sessions, risk, scripted denials; and which calls it answers."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import grpc
from google.protobuf.message import Message

from gateway.client.enums import DenialCode, OrderStatus, SessionState
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_limits import denial_of
from gateway.client.testing.fake_links import FakeLinks
from gateway.client.testing.fake_market_data import FakeMarketData
from gateway.client.testing.fake_order import FakeOrder, FakeRequest, number
from gateway.client.testing.fake_overrides import Verdict
from gateway.client.testing.fake_queries import FakeQueries
from gateway.client.testing.fake_risk import FakeRisk
from gateway.client.testing.fake_sessions import FakeSessions
from gateway.v1 import events_pb2 as events
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeDesk"]

Deny = Callable[[order_entry.NewOrder], types.Denial | None]
Content = bytes


class FakeDesk:
    """Decides, once for each id."""

    def __init__(self, ledger: FakeLedger, deny: Deny) -> None:
        """`deny` is the script's say in a new order that nothing else denies."""
        self._ledger = ledger
        self._deny = deny
        self._answers: dict[tuple[str, str], tuple[Content, order_entry.CommandResult]] = {}
        market_data = FakeMarketData(ledger)
        self.links = FakeLinks(ledger, self._denial_of_linked)
        self.sessions = FakeSessions(ledger)
        self.risk = FakeRisk(
            ledger,
            market_data.reference_price,
            self.cancel_all,
            self._judge,
            lambda client, name: (client, name) in self._answers,
        )
        self._calls: dict[str, Callable[[str, Message], Message]] = {
            "OrderEntry.SubmitOrder": self._submit_order,
            "OrderEntry.ReplaceOrder": self._replace_order,
            "OrderEntry.CancelOrder": self._cancel_order,
            "OrderEntry.SubmitLinkedOrders": self._submit_linked_orders,
            "OrderEntry.SendBatch": self._send_batch,
            "Operations.CancelOrders": self._cancel_orders,
            **FakeQueries(ledger).calls,
            **self.sessions.calls,
            **self.risk.calls,
            **market_data.calls,
        }

    def call(self, client: str, method: str, request: Message) -> Message:
        """Answer a unary call. Raises AioRpcError (UNIMPLEMENTED) for those that are not played."""
        answer = self._calls.get(method)
        if answer is None:
            raise failure(
                grpc.StatusCode.UNIMPLEMENTED,
                f"the fake gateway does not play {method}; it plays {', '.join(sorted(self._calls))}",
            )
        return answer(client, request)

    def command(self, client: str, command: order_entry.Command) -> order_entry.CommandResult:
        """Decide on a command: the first answer again for an id that is known with the same content.

        Raises AioRpcError (UNIMPLEMENTED) for a command of a kind that is not known.
        """
        kind = command.WhichOneof("action")
        if kind is None:
            raise failure(grpc.StatusCode.UNIMPLEMENTED, "the fake gateway does not know this command")
        action = getattr(command, kind)
        request_id: str = action.client_order_id if kind == "new_order" else action.client_request_id
        content = action.SerializeToString(deterministic=True)
        if known := self._answers.get((client, request_id)):
            if known[0] != content:
                denial = denial_of(
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
            case "linked_orders":
                result = self._linked_orders(client, command.linked_orders)
            case "mass_cancel":
                result = self._mass_cancel(client, command.mass_cancel)
            case _:
                result = self._cancel(client, command.cancel)
        if result.lsn:
            self._answers[client, request_id] = (content, result)
        return result

    # --- decisions

    def _linked_orders(self, client: str, command: order_entry.LinkedOrders) -> order_entry.CommandResult:
        denial = self.links.denial_of(client, command)
        if denial is None:
            denial = next(filter(None, map(self._deny, command.orders)), None)
        if denial is None:
            first = len(self._ledger.orders) + 1
            orders = [self._order_of(client, each, first + at) for at, each in enumerate(command.orders)]
            return self.links.accept(client, command, orders)
        denied = events.RequestDenied(
            client_request_id=command.client_request_id,
            request_id=self._ledger.next_request_id(),
            denial=denial,
            client=client,
            linked_orders=True,
        )
        lsn = self._ledger.record(events.Event(request_denied=denied), client)
        return order_entry.CommandResult(client_request_id=command.client_request_id, lsn=lsn, denial=denial)

    def _order_of(self, client: str, command: order_entry.NewOrder, order_id: int) -> FakeOrder:
        order = FakeOrder(
            order_id=order_id,
            client=client,
            command=order_entry.NewOrder(),
            venue=command.venue or self._ledger.venue,
            cl_ord_id="",
            request_id=0,
            time_ns=self._ledger.now_ns(),
            quantity=_decimal(command.quantity) or Decimal(0),
            price=_decimal(command.price),
        )
        order.command.CopyFrom(command)
        return order

    def _new_order(self, client: str, command: order_entry.NewOrder) -> order_entry.CommandResult:
        ledger = self._ledger
        order = self._order_of(client, command, len(ledger.orders) + 1)
        order.request_id = ledger.next_request_id()
        verdict = self._judge(client, command)
        denial = verdict.denial or self._deny(command)
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
            "price": number(order.price),
            "request_id": order.request_id,
        }
        ledger.add(order)
        if denial is not None:
            order.denial, order.execution = denial, OrderStatus.DENIED
            ledger.note(order, events.Event(order_denied=events.OrderDenied(denial=denial, **terms)))
        else:
            order.cl_ord_id = ledger.new_cl_ord_id()
            accepted = events.OrderAccepted(
                cl_ord_id=order.cl_ord_id, override_id=verdict.override_id, **terms
            )
            if command.HasField("terms"):
                accepted.terms.CopyFrom(command.terms)
            ledger.note(order, events.Event(order_accepted=accepted))
            self._pass_by(verdict, order)
        return order_entry.CommandResult(
            client_request_id=command.client_order_id,
            order_id=order.order_id,
            cl_ord_id=order.cl_ord_id,
            lsn=order.lsn,
            denial=denial,
        )

    def _pass_by(self, verdict: Verdict, order: FakeOrder) -> None:
        """Use up the override that an order or replace has passed by, and say what it does not hold."""
        if verdict.override_id:
            self.risk.overrides.use(verdict.override_id)
        for breached in verdict.breached:
            breached.order_id = order.order_id
            self._ledger.record(events.Event(limit_breached=breached), order.client)

    def _judge(self, client: str, command: order_entry.NewOrder) -> Verdict:
        quantity = _decimal(command.quantity)
        if quantity is None or quantity <= 0:
            return Verdict(denial_of(DenialCode.INVALID_QUANTITY, observed=command.quantity))
        if self.sessions.state is not SessionState.READY:
            return Verdict(denial_of(DenialCode.SESSION_NOT_READY, observed=self.sessions.state.name))
        return self.risk.judge(client, command, quantity)

    def _denial_of_linked(self, client: str, command: order_entry.NewOrder) -> types.Denial | None:
        """Judge an order that hangs together with others: its override, where it has one, is not for it."""
        verdict = self._judge(client, command)
        if verdict.denial is not None or not verdict.override_id:
            return verdict.denial
        denial = self.risk.denial_of(client, command, Decimal(command.quantity))
        if denial is not None:
            denial.code = enumerator(DenialCode.OVERRIDE_NOT_FOR_LINKED)
        return denial

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
            unknown = denial_of(
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
        if order.is_held:
            return self._end_held(order, command.client_request_id, replaces)
        request = FakeRequest(
            client_request_id=command.client_request_id,
            cl_ord_id="",
            request_id=ledger.next_request_id(),
            replaces=replaces,
            quantity=order.quantity if quantity is None else quantity,
            price=order.price if price is None else price,
        )
        denial = None if order.is_open else _not_open(order, replaces)
        if denial is None and order.quantity_is_linked and request.quantity != order.quantity:
            denial = denial_of(
                DenialCode.QUANTITY_IS_LINKED,
                limit_name="quantity",
                observed=number(request.quantity),
                allowed=number(order.quantity),
            )
        verdict = Verdict(denial)
        if denial is None and replaces:
            verdict = self.risk.judge_replace(
                order, command.client_request_id, request.quantity, request.price
            )
            denial = verdict.denial
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
                terms: dict[str, Any] = {
                    "quantity": number(request.quantity),
                    "price": number(request.price),
                    "override_id": verdict.override_id,
                }
                event = events.Event(replace_requested=events.ReplaceRequested(**chain, **terms))
            lsn = ledger.note(order, event)
            self._pass_by(verdict, order)
        return order_entry.CommandResult(
            client_request_id=command.client_request_id,
            order_id=order.order_id,
            cl_ord_id=request.cl_ord_id,
            lsn=lsn,
            denial=denial,
        )

    def _end_held(self, order: FakeOrder, request_id: str, replaces: bool) -> order_entry.CommandResult:
        if replaces:
            raise failure(
                grpc.StatusCode.UNIMPLEMENTED,
                "the fake gateway does not play the replace of an order that is held",
            )
        lsn = self.links.end_held(order, "canceled by its client" if request_id else "canceled", request_id)
        return order_entry.CommandResult(client_request_id=request_id, order_id=order.order_id, lsn=lsn)

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

    def _submit_linked_orders(self, client: str, request: Message) -> Message:
        assert isinstance(request, order_entry.SubmitLinkedOrdersRequest)
        command = order_entry.Command(linked_orders=request.linked_orders)
        return order_entry.SubmitLinkedOrdersResponse(result=self.command(client, command))

    def _send_batch(self, client: str, request: Message) -> Message:
        assert isinstance(request, order_entry.SendBatchRequest)
        results = [self.command(client, command) for command in request.commands]
        return order_entry.SendBatchResponse(results=results)

    def _cancel_orders(self, client: str, request: Message) -> Message:
        assert isinstance(request, operations.CancelOrdersRequest)
        if request.order_ids:
            return self._cancel_ids(client, request)
        owners = {client}
        if request.any_client:
            owners = (
                {request.client} if request.client else {each.client for each in self._ledger.open_orders()}
            )
        orders = [order for owner in sorted(owners) for order in self._fitting(owner, request)]
        return operations.CancelOrdersResponse(cancels_sent=self.cancel_all(orders))

    def _cancel_ids(self, client: str, request: operations.CancelOrdersRequest) -> Message:
        seen = {
            order.order_id: order
            for order in self._ledger.orders.values()
            if request.any_client or order.client == client
        }
        for order_id in request.order_ids:
            if order_id not in seen:
                raise failure(
                    grpc.StatusCode.NOT_FOUND, f"there is no order {order_id}; nothing was canceled"
                )
        answer = operations.CancelOrdersResponse()
        for order_id in dict.fromkeys(request.order_ids):
            owner = seen[order_id].client
            cancel = order_entry.CancelCommand(
                client_request_id=f"by:{client}:{order_id}:{self._ledger.lsn}", order_id=order_id
            )
            result = self.command(owner, order_entry.Command(cancel=cancel))
            if result.HasField("denial"):
                answer.denials.add(order_id=order_id, client=owner, denial=result.denial)
            else:
                answer.cancels_sent += 1
        return answer


def _not_open(order: FakeOrder, replaces: bool) -> types.Denial:
    reopens = replaces and order.execution is OrderStatus.FILLED
    allowed = "a quantity above what has traded opens a filled order again" if reopens else ""
    return denial_of(
        DenialCode.ORDER_NOT_OPEN, limit_name="status", observed=order.status.name, allowed=allowed
    )


def _unrecorded(request_id: str, order_id: int, denial: types.Denial) -> order_entry.CommandResult:
    return order_entry.CommandResult(client_request_id=request_id, order_id=order_id, denial=denial)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
