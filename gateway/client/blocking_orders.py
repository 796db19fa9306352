"""The commands of the blocking client."""

from collections.abc import Iterable

from gateway.client.blocking_calls import BlockingCalls
from gateway.client.blocking_streams import BlockingLiveOrder
from gateway.client.commands import Command, NewOrder
from gateway.client.decimals import Number
from gateway.client.enums import OrderType, PartialFillPolicy, ReleasePolicy, Side, TimeInForce
from gateway.client.limits import OrderCheck
from gateway.client.live_order import LiveOrder
from gateway.client.model import Result
from gateway.client.terms import OrderTerms

__all__ = ["BlockingOrders"]


class BlockingOrders(BlockingCalls):
    """Commands, as of OrderCalls."""

    def submit(
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
    ) -> BlockingLiveOrder:
        """Submit an order."""
        live = self._run(
            self._client.submit(
                instrument,
                side,
                quantity,
                price=price,
                account=account,
                strategy=strategy,
                order_type=order_type,
                time_in_force=time_in_force,
                venue=venue,
                client_order_id=client_order_id,
                terms=terms,
                deadline_s=deadline_s,
            )
        )
        return self._blocking(live)

    def submit_oco(
        self,
        *orders: NewOrder,
        on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit orders of which a fill of one takes its quantity from the others."""
        return self._run(
            self._client.submit_oco(
                *orders,
                on_partial_fill=on_partial_fill,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def submit_oto(
        self,
        parent: NewOrder,
        *children: NewOrder,
        release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an order, and those that are held until it trades."""
        return self._run(
            self._client.submit_oto(
                parent,
                *children,
                release=release,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def submit_bracket(
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
        """Submit an entry, and the two exits for what it trades."""
        return self._run(
            self._client.submit_bracket(
                entry,
                take_profit,
                stop,
                on_partial_fill=on_partial_fill,
                release=release,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def replace(
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
        """Replace quantity, price or both of an order."""
        return self._run(
            self._client.replace(
                client_order_id,
                order_id=order_id,
                quantity=quantity,
                price=price,
                client_request_id=client_request_id,
                terms=terms,
                deadline_s=deadline_s,
            )
        )

    def cancel(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Cancel what is left of an order."""
        return self._run(
            self._client.cancel(
                client_order_id,
                order_id=order_id,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def mass_cancel(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Cancel every open order of this client that fits."""
        return self._run(
            self._client.mass_cancel(
                account=account,
                strategy=strategy,
                instrument=instrument,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def check_order(self, order: NewOrder) -> OrderCheck:
        """Ask whether an order would pass now, and what each limit that it falls under says of it."""
        return self._run(self._client.check_order(order))

    def submit_many(self, commands: Iterable[Command]) -> list[Result]:
        """Send commands of any kind, in this order."""
        return self._run(self._client.submit_many(commands))

    def _blocking(self, live: LiveOrder) -> BlockingLiveOrder:
        assert self._loop_thread is not None
        return BlockingLiveOrder(self._loop_thread, live)
