"""The queries and the operator's calls of the blocking client."""

from gateway.client.blocking_calls import BlockingCalls
from gateway.client.decimals import Number
from gateway.client.enums import TradingState
from gateway.client.model import Order, Position, Session, TradingStateResult

__all__ = ["BlockingControl", "BlockingQueries"]


class BlockingQueries(BlockingCalls):
    """Reads, as of QueryCalls."""

    def get_order(self, client_order_id: str = "", *, order_id: int = 0) -> Order:
        """Get an order as the gateway holds it."""
        return self._run(self._client.get_order(client_order_id, order_id=order_id))

    def list_orders(
        self, *, open_only: bool = False, instrument: str = "", account: str = "", limit: int | None = None
    ) -> list[Order]:
        """List the client's orders, newest first."""
        return self._run(
            self._client.list_orders(open_only=open_only, instrument=instrument, account=account, limit=limit)
        )

    def positions(self, account: str = "") -> list[Position]:
        """List positions."""
        return self._run(self._client.positions(account))

    def sessions(self) -> list[Session]:
        """List the FIX sessions."""
        return self._run(self._client.sessions())


class BlockingControl(BlockingCalls):
    """Changes beside single orders, as of ControlCalls."""

    def cancel_orders(self, *, account: str = "", strategy: str = "", instrument: str = "") -> int:
        """Cancel every open order of this client that fits; how many cancels were sent. What is empty fits all."""
        return self._run(
            self._client.cancel_orders(account=account, strategy=strategy, instrument=instrument)
        )

    def set_trading_state(
        self, level: str, state: TradingState, reason: str, *, cancel_open_orders: bool = False
    ) -> TradingStateResult:
        """Halt or resume trading at a level."""
        return self._run(
            self._client.set_trading_state(level, state, reason, cancel_open_orders=cancel_open_orders)
        )

    def set_reference_price(self, instrument: str, price: Number) -> int:
        """Set the price that limits are measured against."""
        return self._run(self._client.set_reference_price(instrument, price))
