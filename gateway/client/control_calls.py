"""What an operator asks for: trading states, reference prices, cancels by filter."""

from collections.abc import Sequence
from datetime import datetime

from gateway.client.calls import Calls
from gateway.client.decimals import Number, to_text
from gateway.client.decode import decode
from gateway.client.enums import MarketPhase, OrderStatus, PositionAdjustmentKind, TradingState
from gateway.client.model import CancelsByOrderId, TradingStateResult
from gateway.client.position_load import StartCharge, encode_charge
from gateway.client.proto_enums import enumerator
from gateway.client.references import MarketReferences, encode_references, encode_time
from gateway.v1 import control_pb2 as control
from gateway.v1 import operations_pb2 as operations

__all__ = ["ControlCalls"]

_RISK = control.DESCRIPTOR.services_by_name["Risk"]
_OPERATIONS = operations.DESCRIPTOR.services_by_name["Operations"]
_MARKET_DATA = control.DESCRIPTOR.services_by_name["MarketData"]


class ControlCalls(Calls):
    """Changes beside single orders. All of them raise UnavailableError and RefusedError."""

    async def cancel_orders(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        any_client: bool = False,
        client: str = "",
        reason: str = "",
    ) -> int:
        """Cancel every open order of this client that fits; how many cancels were sent. What is empty fits all.

        With `any_client` those of every client, or of one `client`, in the caller's accounts and strategies: that takes
        the right admin too, and a `reason` of 1 to 256 bytes, which the journal keeps with who asked.
        """
        request = operations.CancelOrdersRequest(
            account=account,
            strategy=strategy,
            instrument=instrument,
            any_client=any_client,
            client=client,
            reason=reason,
        )
        response = await self._connected().call(
            _OPERATIONS, "CancelOrders", request, operations.CancelOrdersResponse
        )
        return response.cancels_sent

    async def cancel_order_ids(
        self, order_ids: Sequence[int], *, any_client: bool = False, reason: str = ""
    ) -> CancelsByOrderId:
        """Cancel orders by the gateway's ids, at most 1000; `any_client` and `reason` as of `cancel_orders`.

        Raises RefusedError (NOT_FOUND) where one is none that the caller may see: nothing is canceled then.
        """
        request = operations.CancelOrdersRequest(any_client=any_client, reason=reason, order_ids=order_ids)
        response = await self._connected().call(
            _OPERATIONS, "CancelOrders", request, operations.CancelOrdersResponse
        )
        return decode(CancelsByOrderId, response)

    async def set_trading_state(
        self, level: str, state: TradingState, reason: str, *, cancel_open_orders: bool = False
    ) -> TradingStateResult:
        """Halt or resume trading at a level: "firm", "account:NAME", "instrument:NAME", "client:NAME",
        "venue:NAME".
        """
        request = control.SetTradingStateRequest(
            level=level,
            state=enumerator(state),
            reason=reason,
            cancel_open_orders=cancel_open_orders,
        )
        response = await self._connected().call(
            _RISK, "SetTradingState", request, control.SetTradingStateResponse
        )
        return TradingStateResult(
            level=level, state=state, lsn=response.lsn, cancels_sent=response.cancels_sent
        )

    async def set_market_phase(self, level: str, phase: MarketPhase | None, reason: str) -> int:
        """Set the phase of a market at "venue:NAME" or "instrument:NAME", None where none is known any more; the lsn
        that records it. Takes the right risk.
        """
        request = control.SetMarketPhaseRequest(
            level=level, phase=None if phase is None else enumerator(phase), reason=reason
        )
        response = await self._connected().call(
            _MARKET_DATA, "SetMarketPhase", request, control.SetMarketPhaseResponse
        )
        return response.lsn

    async def set_reference_price(
        self,
        instrument: str,
        price: Number | None,
        *,
        as_of: datetime | None = None,
        references: MarketReferences | None = None,
    ) -> int:
        """Set the price that limits are measured against, and what else is known; the lsn that records it.

        `as_of` is the time of the price, with its time zone; None: now. A price of None stays as it is.
        """
        update = control.ReferencePrice(
            instrument=instrument, price="" if price is None else to_text(price, "price")
        )
        if as_of is not None:
            update.as_of.CopyFrom(encode_time(as_of, "as_of"))
        if references is not None:
            update.references.CopyFrom(encode_references(references))
        request = control.SetReferencePricesRequest(prices=[update])
        response = await self._connected().call(
            _MARKET_DATA, "SetReferencePrices", request, control.SetReferencePricesResponse
        )
        return response.lsn

    async def resolve_order(
        self,
        order_id: int,
        outcome: OrderStatus,
        reason: str,
        *,
        cum_quantity: Number | None = None,
        average_price: Number | None = None,
    ) -> OrderStatus:
        """End the doubt about an UNKNOWN order; the status that it shows then. Takes the right admin."""
        request = operations.ResolveOrderRequest(
            order_id=order_id,
            outcome=enumerator(outcome),
            reason=reason,
            cum_quantity="" if cum_quantity is None else to_text(cum_quantity, "cum_quantity"),
            average_price="" if average_price is None else to_text(average_price, "average_price"),
        )
        response = await self._connected().call(
            _OPERATIONS, "ResolveOrder", request, operations.ResolveOrderResponse
        )
        return OrderStatus(int(response.status))

    async def adjust_position(
        self,
        kind: PositionAdjustmentKind,
        account: str,
        strategy: str,
        instrument: str,
        quantity: Number,
        price: Number,
        reason: str,
        *,
        charges: Sequence[StartCharge] = (),
    ) -> int:
        """Change a position by something that is no execution, with up to eight charges that belong to it; the lsn that
        records it. Takes the right admin.
        """
        request = operations.AdjustPositionRequest(
            kind=enumerator(kind),
            account=account,
            strategy=strategy,
            instrument=instrument,
            quantity=to_text(quantity, "quantity"),
            price=to_text(price, "price"),
            reason=reason,
            charges=[encode_charge(charge) for charge in charges],
        )
        response = await self._connected().call(
            _OPERATIONS, "AdjustPosition", request, operations.AdjustPositionResponse
        )
        return response.lsn

    async def split_positions(
        self, instrument: str, new_units: Number, old_units: Number, *, split_id: str, reason: str
    ) -> int:
        """Split every position of an instrument once; how many. 0 where it was done before. Takes the right admin."""
        request = operations.SplitPositionsRequest(
            instrument=instrument,
            new_units=to_text(new_units, "new_units"),
            old_units=to_text(old_units, "old_units"),
            split_id=split_id,
            reason=reason,
        )
        response = await self._connected().call(
            _OPERATIONS, "SplitPositions", request, operations.SplitPositionsResponse
        )
        return response.positions
