"""What the API needs of the core: the part of `gateway.core._core.Gateway` that it calls, as a protocol."""

from collections.abc import Sequence
from typing import Protocol

from gateway.core._core import EventView as View

__all__ = ["Core", "EventBatch", "View"]


class EventBatch(Protocol):
    """Events as they stand in the journal: the bytes of a TradeResponse with only `events` set."""

    @property
    def data(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def resume_lsn(self) -> int: ...


class Core(Protocol):
    """The engine with its journal. Every method may be called from any thread."""

    def command(self, client: str, request: bytes, deadline_ns: int = 0) -> bytes: ...
    def event_view(
        self,
        *,
        client: str,
        every_client: bool = False,
        accounts: Sequence[str],
        strategies: Sequence[str] = (),
        client_levels: bool = False,
        clients: Sequence[str] = (),
        kinds: Sequence[int] = (),
        in_accounts: Sequence[str] = (),
        in_strategies: Sequence[str] = (),
        in_instruments: Sequence[str] = (),
        of_client: str = "",
        session: str = "",
        order_id: int = 0,
        exec_types: Sequence[int] = (),
        from_lsn: int = 0,
        to_lsn: int = 0,
        from_ns: int = 0,
        before_ns: int = 0,
    ) -> View: ...
    def event_fd(self) -> int: ...
    def arm_event_fd(self, after_lsn: int) -> bool: ...
    def committed_lsn(self) -> int: ...
    def oldest_lsn(self) -> int: ...
    def journal_id(self) -> str: ...
    def metrics(self) -> dict[str, int]: ...
    def order(self, client: str | None, order_id: int, client_order_id: str) -> bytes | None: ...
    def record_call(
        self,
        *,
        client: str,
        peer: str,
        method: str,
        request: str,
        status: str,
        reason: str = "",
        unrecorded: int = 0,
    ) -> int: ...
    def record_connected(self, *, client: str, peer: str, identity: str, method: str) -> int: ...
    def record_disconnected(self, *, client: str, peer: str, reason: str) -> int: ...
    def find_order(self, view: View, order_id: int, client_order_id: str = "") -> bytes | None: ...
    def list_orders(
        self,
        view: View,
        *,
        open_only: bool = False,
        venues: Sequence[str] = (),
        statuses: Sequence[int] = (),
        created_from_ns: int = 0,
        created_before_ns: int = 0,
        before_order_id: int = 0,
        limit: int = 100,
    ) -> tuple[bytes, int]: ...
    def positions(self, account: str = "") -> bytes: ...
    def sessions(self) -> bytes: ...
    def session(self, session: str) -> bytes | None: ...
    def session_messages(
        self,
        session: str,
        *,
        inbound: bool = True,
        outbound: bool = True,
        before_lsn: int = 0,
        limit: int = 100,
    ) -> tuple[list[tuple[int, int, bool, int, bytes, bool, bool]], int]: ...
    def log_on(self, session: str, changed_by: str, reason: str) -> tuple[int, bool]: ...
    def log_out(self, session: str, changed_by: str, reason: str) -> tuple[int, bool]: ...
    def set_sequences(
        self, session: str, next_in: int | None, next_out: int | None, changed_by: str, reason: str
    ) -> tuple[int, bool]: ...
    def reset_session(self, session: str, force: bool, changed_by: str, reason: str) -> tuple[int, bool]: ...
    def set_trading_state(
        self, level: str, state: int, reason: str, changed_by: str, cancel_open_orders: bool
    ) -> tuple[int, int]: ...
    def resolve_order(
        self,
        order_id: int,
        outcome: int,
        cum_quantity: str,
        average_price: str,
        reason: str,
        resolved_by: str,
    ) -> tuple[int, int]: ...
    def cancel_orders(
        self, client: str, account: str = "", strategy: str = "", instrument: str = ""
    ) -> int: ...
    def adjust_position(
        self,
        kind: int,
        account: str,
        strategy: str,
        instrument: str,
        quantity: str,
        price: str,
        reason: str,
        changed_by: str,
        *,
        charges: Sequence[tuple[int, str, str, str]] = (),
        batch_id: str = "",
        batch_row: int = 0,
        batch_hash: int = 0,
    ) -> int: ...
    def split_positions(
        self,
        instrument: str,
        new_units: str,
        old_units: str,
        split_id: str,
        reason: str,
        changed_by: str,
    ) -> tuple[int, int] | None: ...
    def position_batch(self, batch_id: str) -> tuple[int, int] | None: ...
    def set_rate(
        self, from_currency: str, to_currency: str, rate: str, source: str, as_of_ns: int
    ) -> int: ...
    def rates(self) -> bytes: ...
    def check_order(self, client: str, order: bytes) -> bytes: ...
    def trading_states(self) -> bytes: ...
    def reference_prices(self, instruments: Sequence[str] = ()) -> bytes: ...
    def set_references(self, update: bytes) -> int: ...
    def set_market_phase(self, level: str, phase: int, reason: str, changed_by: str) -> int: ...
    def market_phases(self) -> bytes: ...
