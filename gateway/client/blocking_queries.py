"""The queries and the operator's calls of the blocking client."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from gateway.client.audit_calls import EventFilter
from gateway.client.blocking_calls import BlockingCalls
from gateway.client.blocking_streams import BlockingWatch
from gateway.client.decimals import Number
from gateway.client.enums import ExecType, MarketPhase, OrderStatus, PositionAdjustmentKind, TradingState
from gateway.client.events import Event, ExecutionReported
from gateway.client.model import (
    CancelsByOrderId,
    Configuration,
    Health,
    MarketPhaseInForce,
    Order,
    Position,
    Session,
    TradingStateInForce,
    TradingStateResult,
    Version,
)
from gateway.client.position_load import StartCharge
from gateway.client.references import MarketReferences, Quote, ReferencePrice

__all__ = ["BlockingAudit", "BlockingControl", "BlockingQueries"]


class BlockingQueries(BlockingCalls):
    """Reads, as of QueryCalls."""

    def get_order(self, client_order_id: str = "", *, order_id: int = 0, any_client: bool = False) -> Order:
        """Get an order as the gateway holds it."""
        return self._run(self._client.get_order(client_order_id, order_id=order_id, any_client=any_client))

    def list_orders(
        self,
        *,
        open_only: bool = False,
        instrument: str = "",
        account: str = "",
        strategy: str = "",
        venue: str = "",
        statuses: Sequence[OrderStatus] = (),
        created_from: datetime | None = None,
        created_before: datetime | None = None,
        any_client: bool = False,
        client: str = "",
        limit: int | None = None,
    ) -> list[Order]:
        """List orders, newest first."""
        return self._run(
            self._client.list_orders(
                open_only=open_only,
                instrument=instrument,
                account=account,
                strategy=strategy,
                venue=venue,
                statuses=statuses,
                created_from=created_from,
                created_before=created_before,
                any_client=any_client,
                client=client,
                limit=limit,
            )
        )

    def list_executions(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        order_id: int = 0,
        exec_types: Sequence[ExecType] = (),
        since: datetime | None = None,
        before: datetime | None = None,
        any_client: bool = False,
        client: str = "",
        limit: int | None = None,
    ) -> list[ExecutionReported]:
        """List what venues reported on the client's orders, newest first."""
        return self._run(
            self._client.list_executions(
                account=account,
                strategy=strategy,
                instrument=instrument,
                order_id=order_id,
                exec_types=exec_types,
                since=since,
                before=before,
                any_client=any_client,
                client=client,
                limit=limit,
            )
        )

    def positions(self, account: str = "") -> list[Position]:
        """List positions."""
        return self._run(self._client.positions(account))

    def sessions(self) -> list[Session]:
        """List the FIX sessions."""
        return self._run(self._client.sessions())

    def trading_states(self) -> list[TradingStateInForce]:
        """List the levels at which trading is not as usual."""
        return self._run(self._client.trading_states())

    def market_phases(self) -> list[MarketPhaseInForce]:
        """List the phases of markets that are known."""
        return self._run(self._client.market_phases())

    def reference_prices(self) -> dict[str, Decimal]:
        """List the reference prices in force, by instrument."""
        return self._run(self._client.reference_prices())

    def market_references(self) -> list[ReferencePrice]:
        """List all that is known of each instrument's market."""
        return self._run(self._client.market_references())

    def quotes(self, *instruments: str) -> list[Quote]:
        """List what is known of the market of each instrument, or of those that are named."""
        return self._run(self._client.quotes(*instruments))


class BlockingAudit(BlockingCalls):
    """Reads for operators and auditors, as of AuditCalls."""

    def query_events(
        self,
        which: EventFilter | None = None,
        *,
        from_lsn: int = 0,
        to_lsn: int = 0,
        oldest_first: bool = False,
        limit: int | None = None,
    ) -> list[Event]:
        """List events of the journal, of every client and of none."""
        return self._run(
            self._client.query_events(
                which, from_lsn=from_lsn, to_lsn=to_lsn, oldest_first=oldest_first, limit=limit
            )
        )

    def watch_events(
        self, which: EventFilter | None = None, *, after_lsn: int | None = 0, journal: str = ""
    ) -> BlockingWatch[Event]:
        """Follow events of the journal, of every client and of none."""
        return self._watching(self._client.watch_events(which, after_lsn=after_lsn, journal=journal))

    def version(self) -> Version:
        """Ask which gateway it is."""
        return self._run(self._client.version())

    def health(self) -> Health:
        """Ask how the gateway and each of its parts does."""
        return self._run(self._client.health())

    def configuration(self) -> Configuration:
        """Ask for the configuration in force."""
        return self._run(self._client.configuration())


class BlockingControl(BlockingCalls):
    """Changes beside single orders, as of ControlCalls."""

    def cancel_orders(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        any_client: bool = False,
        client: str = "",
        reason: str = "",
    ) -> int:
        """Cancel every open order of this client that fits, or of others; how many cancels were sent."""
        return self._run(
            self._client.cancel_orders(
                account=account,
                strategy=strategy,
                instrument=instrument,
                any_client=any_client,
                client=client,
                reason=reason,
            )
        )

    def cancel_order_ids(
        self, order_ids: Sequence[int], *, any_client: bool = False, reason: str = ""
    ) -> CancelsByOrderId:
        """Cancel orders by the gateway's ids, at most 1000."""
        return self._run(self._client.cancel_order_ids(order_ids, any_client=any_client, reason=reason))

    def set_trading_state(
        self, level: str, state: TradingState, reason: str, *, cancel_open_orders: bool = False
    ) -> TradingStateResult:
        """Halt or resume trading at a level."""
        return self._run(
            self._client.set_trading_state(level, state, reason, cancel_open_orders=cancel_open_orders)
        )

    def set_market_phase(self, level: str, phase: MarketPhase | None, reason: str) -> int:
        """Set the phase of a market, or (None) say that none is known any more."""
        return self._run(self._client.set_market_phase(level, phase, reason))

    def set_reference_price(
        self,
        instrument: str,
        price: Number | None,
        *,
        as_of: datetime | None = None,
        references: MarketReferences | None = None,
    ) -> int:
        """Set the price that limits are measured against, and what else is known."""
        return self._run(
            self._client.set_reference_price(instrument, price, as_of=as_of, references=references)
        )

    def resolve_order(
        self,
        order_id: int,
        outcome: OrderStatus,
        reason: str,
        *,
        cum_quantity: Number | None = None,
        average_price: Number | None = None,
    ) -> OrderStatus:
        """End the doubt about an UNKNOWN order, as an operator."""
        return self._run(
            self._client.resolve_order(
                order_id, outcome, reason, cum_quantity=cum_quantity, average_price=average_price
            )
        )

    def adjust_position(
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
        """Change a position by something that is no execution."""
        return self._run(
            self._client.adjust_position(
                kind, account, strategy, instrument, quantity, price, reason, charges=charges
            )
        )

    def split_positions(
        self, instrument: str, new_units: Number, old_units: Number, *, split_id: str, reason: str
    ) -> int:
        """Split every position of an instrument once; how many. 0 where it was done before."""
        return self._run(
            self._client.split_positions(instrument, new_units, old_units, split_id=split_id, reason=reason)
        )
