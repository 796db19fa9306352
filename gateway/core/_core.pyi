"""Types of the compiled core.

Everything that carries orders, events or positions crosses this line as the bytes of a message of
proto/gateway/v1. Names are strings; decimals are strings; times are UTC nanoseconds. Every method may be called from
any thread; the GIL is released while the core works.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from os import PathLike
from typing import Literal

__version__: str

class CoreError(RuntimeError):
    """The core cannot do what was asked; the text says what, where and what to do next."""

class JournalError(CoreError):
    """The journal cannot be opened, read or written. `code`: "io", "no_space", "locked", "damaged", ..."""

    code: str

def parse_message(data: bytes) -> list[tuple[int, bytes]] | None:
    """The fields of one whole message, 8 to 10, by the codec of the order path; None where it is garbled."""

def encode_message(begin_string: str, msg_type: str, fields: Sequence[tuple[int, bytes]]) -> bytes:
    """A message with BodyLength and CheckSum. Raises ValueError where it does not fit 64 KiB."""

class SessionRefused(CoreError):
    """A session cannot do that now, or must not; the text says why and what to do next. Nothing has changed."""

def reencode(name: str, message: bytes) -> bytes: ...
def signing_fault(signer: str, key: bytes, payload: str, *, verifies: bool) -> str:
    """Say what is wrong with a signer, its key or its payload; empty where nothing is. Never shows the key."""

Window = tuple[int, int, int]
"""Opens and closes (UTC nanoseconds, the second exclusive), and the session day as YYYYMMDD."""

class TlsSettings:
    """TLS of a session. Reads the files at once; raises ValueError that says which cannot be used, and why.

    `pins` are 64 hexadecimal digits each: SHA-256 of the counterparty's certificate or of its public key (SPKI).
    """

    def __init__(
        self,
        *,
        acceptor: bool,
        ca_file: str = "",
        pins: Sequence[str] = (),
        server_name: str = "",
        verify_host_name: bool = True,
        certificate: str = "",
        private_key: str = "",
        private_key_password: str = "",
        require_client_certificate: bool = False,
        client_name: str = "",
        tls_1_3_only: bool = False,
        handshake_timeout_ms: int = 10_000,
    ) -> None: ...

class SocketSettings:
    """TCP of a session. 0 leaves the kernel's own value."""

    def __init__(
        self,
        *,
        source_address: str = "",
        no_delay: bool = True,
        keep_alive: bool = True,
        keep_alive_idle_s: int = 0,
        keep_alive_interval_s: int = 0,
        keep_alive_count: int = 0,
        user_timeout_ms: int = 0,
        send_buffer_bytes: int = 0,
        receive_buffer_bytes: int = 0,
    ) -> None: ...

class ConnectionSettings:
    """How a session's connection is made and kept. `tls` None: plain text.

    `return_to_first`: "never", "at_next_logon", or "after" with `return_after_ms`. `allowed_addresses` are addresses
    or networks ("192.0.2.0/24"); none: from anywhere.
    """

    def __init__(
        self,
        *,
        tls: TlsSettings | None = None,
        socket: SocketSettings = ...,
        connect_timeout_ms: int = 10_000,
        outbound_buffer_bytes: int = 16 * 1024 * 1024,
        backup_hosts: Sequence[tuple[str, int]] = (),
        return_to_first: str = "at_next_logon",
        return_after_ms: int = 0,
        allowed_addresses: Sequence[str] = (),
        outbound_stall_timeout_ms: int = 30_000,
    ) -> None: ...

class AdmissionSettings:
    """What may wait at the acceptors' door without a Logon."""

    def __init__(
        self,
        *,
        waiting_max: int = 64,
        waiting_per_address_max: int = 8,
        connects_per_minute_max: int = 120,
        logon_timeout_ms: int = 10_000,
        first_message_bytes_max: int = 8 * 1024,
    ) -> None: ...

class SessionSettings:
    """One FIX session. `role` is "initiator" (connects to host:port) or "acceptor" (listens there)."""

    def __init__(
        self,
        *,
        name: str,
        begin_string: str,
        sender_comp_id: str,
        target_comp_id: str,
        role: str,
        drop_copy: bool = False,
        host: str,
        port: int,
        heartbeat_interval_s: int = 30,
        default_appl_ver_id: str = "",
        username: str = "",
        password: str = "",
        new_password: str = "",
        encrypted_password: str = "",
        encrypted_new_password: str = "",
        password_change_id: str = "",
        password_encryption_method: str = "",
        signer: str = "",
        signing_key: bytes = b"",
        signing_payload: str = "",
        signature_tag: int = 96,
        signature_in_hex: bool = False,
        signature_answer: str = "base64",
        further_signature_tags: Sequence[int] = (),
        signer_name: str = "",
        signer_command: Sequence[str] = (),
        signer_timeout_ms: int = 5_000,
        reset_on_logon: bool = False,
        reset_on_logout: bool = False,
        reset_on_disconnect: bool = False,
        reset_on_error: bool = False,
        accept_reset: bool = True,
        reconnect_min_ms: int = 250,
        reconnect_max_ms: int = 30_000,
        sender_sub_id: str = "",
        sender_location_id: str = "",
        target_sub_id: str = "",
        target_location_id: str = "",
        logon_timeout_ms: int = 10_000,
        logout_timeout_ms: int = 2_000,
        check_comp_ids: bool = True,
        check_sending_time: bool = True,
        require_orig_sending_time: bool = True,
        sending_time_tolerance_ms: int = 120_000,
        time_decimals: int = 3,
        next_expected_msg_seq_num: bool = False,
        last_msg_seq_num_processed: bool = False,
        resend_chunk: int = 0,
        resend_stall_timeout_ms: int = 60_000,
        replay_messages_per_step: int = 64,
        kept_messages_max: int = 1_024,
        kept_bytes_max: int = 1 << 20,
        logon_fields: Sequence[tuple[int, str]] = (),
        header_fields: Sequence[tuple[int, str]] = (),
        header_tags: Sequence[int] = (),
        secret_tags: Sequence[int] = (),
        throttle_messages: int = 0,
        throttle_interval_ns: int = 1_000_000_000,
        throttle_reserved_for_cancels: int = 0,
        throttle_over_limit: str = "deny",  # or drop, wait
        throttle_waiting_max: int = 1_000,
        throttle_wait_max_ns: int = 1_000_000_000,
        order_status_requests: bool = True,
        reconcile_timeout_ms: int = 10_000,
        resend_orders_max_age_ms: int = 5_000,
        session_dictionary: bytes = b"",
        application_dictionary: bytes = b"",
        check_msg_type: bool = True,
        check_required: bool = True,
        check_empty_value: bool = False,
        check_format: bool = True,
        check_local_dates: bool = False,
        check_enumerations: bool = False,
        check_tag_for_message: bool = False,
        check_field_order: bool = False,
        check_repeated_tag: bool = True,
        check_group_count: bool = True,
        check_group_delimiter: bool = True,
        check_data_length: bool = True,
        group_entries_max: int = 0,
        unknown_tags: str = "allow",  # or reject, pass_on
        user_defined_tags: str = "allow",
        message_size_max: int = 64 * 1024,
        fields_max: int = 2_048,
        measure_interval_ms: int = 0,
        windows: Sequence[Window] | None = None,
        day_reset: str = "never",
        connection: ConnectionSettings = ...,
    ) -> None:
        """`windows`: when it is up, in order; None: always. `day_reset`: "never", "local" or "logon"."""

class VenueProfile:
    """What a venue takes and how it says it. Names are those of the configuration; an unknown one is a ValueError."""

    def __init__(
        self,
        *,
        order_types: Sequence[str],
        times_in_force: Sequence[str],
        terms: Sequence[str],
        order_type_codes: Mapping[str, str] = ...,
        time_in_force_codes: Mapping[str, str] = ...,
        tags: Mapping[str, int] = ...,
        custom_fields: Sequence[tuple[int, str]] = ...,
        exec_id_per_account: bool = False,
        exec_id_per_trade_date: bool = False,
        dont_know_trades: bool = False,
        adopt_orphans: bool = True,
        orphan_client: str = "",
        orphan_strategy: str = "",
        inferred_fill_after_ms: int = 10_000,
        mass_cancel: Sequence[str] = (),
        mass_status: bool = False,
        cancel_on_disconnect_ms: int = 0,
        kept_on_disconnect: Sequence[str] = (),
        day_orders_end: bool = True,
        expiry_grace_ms: int = 10_000,
        commission: str = "per_fill",
        drop_copy_exec_id_tag: int = 0,
        drop_copy_exec_ref_id_tag: int = 0,
        drop_copy_cl_ord_id_tag: int = 0,
        trading_session: str = "",
    ) -> None: ...

class VenueSettings:
    """A venue, the session that leads to it, and those that bring copies. `profile` None: FIX's own way."""

    def __init__(
        self,
        *,
        name: str,
        session: str,
        profile: VenueProfile | None = None,
        drop_copies: Sequence[str] = (),
    ) -> None: ...

class InstrumentSettings:
    """An instrument. Zero tick or lot: no such rule. `reference_price` and the last three may be empty."""

    def __init__(
        self,
        *,
        symbol: str,
        venue: str,
        tick_size: str,
        lot_size: str,
        min_quantity: str,
        currency: str,
        reference_price: str = "",
        multiplier: str = "1",
        asset_class: str = "",
        sector: str = "",
        region: str = "",
        max_quantity: str = "0",
        expires_ns: int = 0,
        margin_rate_percent: str = "",
        trading_hours: str = "",
    ) -> None: ...

class TradingHoursSettings:
    """Hours that instruments may share, by name; windows in order."""

    def __init__(self, *, name: str, windows: Sequence[Window]) -> None: ...

class ClientSettings:
    """A client of the API and the accounts that it may trade."""

    def __init__(self, *, name: str, accounts: Sequence[str]) -> None: ...

class AccountSettings:
    """An account and the desk that it belongs to; empty: none."""

    def __init__(self, *, name: str, desk: str = "") -> None: ...

class LimitSettings:
    """Limits at one level: "firm", or "account:", "instrument:", "client:" or "venue:" and a name. Empty: none."""

    def __init__(
        self,
        *,
        level: str,
        max_order_quantity: str = "",
        max_order_notional: str = "",
        price_collar_percent: str = "",
    ) -> None: ...

class CoreSettings:
    def __init__(
        self,
        *,
        journal_path: str,
        sessions: Sequence[SessionSettings],
        venues: Sequence[VenueSettings],
        instruments: Sequence[InstrumentSettings],
        clients: Sequence[ClientSettings],
        limits: Sequence[LimitSettings],
        segment_size_bytes: int = 64 * 1024 * 1024,
        durability: str = "process",
        orders_max: int = 1_000_000,
        admission: AdmissionSettings = ...,
        accounts: Sequence[AccountSettings] = (),
        trading_hours: Sequence[TradingHoursSettings] = (),
        base_currency: str = "",
        rate_max_age_ns: int = 86_400_000_000_000,
    ) -> None: ...

class RehearsedOrder:
    """An order, or a replace of one, that was denied, or would be denied, reduced or warned of.

    Decimals as text, empty for none.
    """

    @property
    def effect(self) -> Literal["passes", "denied", "resized", "warned"]:
        """What the limits do to it now; one that is warned of stands beside it, once a warning."""
    @property
    def sent(self) -> str:
        """Of one that is resized: how much of it would be sent."""
    @property
    def lsn(self) -> int: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def order_id(self) -> int: ...
    @property
    def replace(self) -> bool: ...
    @property
    def client(self) -> str: ...
    @property
    def client_order_id(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def strategy(self) -> str: ...
    @property
    def instrument(self) -> str: ...
    @property
    def side(self) -> int: ...
    @property
    def quantity(self) -> str: ...
    @property
    def price(self) -> str: ...
    @property
    def recorded(self) -> int:
        """The DenialCode that the journal has; 0: it was accepted."""
    @property
    def recorded_limit(self) -> str: ...
    @property
    def recorded_level(self) -> str: ...
    @property
    def denial(self) -> int:
        """The DenialCode of now; 0: it would pass."""
    @property
    def limit_name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def observed(self) -> str: ...
    @property
    def allowed(self) -> str: ...

class Rehearsal:
    """A journal, or orders, judged anew by other limits, in an engine that sends and writes nothing.

    Sessions of the settings are not looked at. Not for several threads at once.
    """

    def __init__(self, settings: CoreSettings, journal: str = "") -> None:
        """`journal`: the folder of the one to replay; empty: none. Raises JournalError."""

    def propose(self, request: bytes, *, removed: Sequence[str] = (), alone: bool = False) -> None:
        """Have the limits of a SetLimitsRequest hold from now on, whatever the journal says of those names.

        `removed` are done without; `alone`: so is every other limit that was set. Raises ValueError with the place.
        """

    def step(self) -> list[RehearsedOrder] | None:
        """Replay some of the journal: what was denied or would be, in the journal's order; None at the end.

        Raises JournalError.
        """

    def order(self, client: str, order: bytes, now_ns: int) -> list[RehearsedOrder] | None:
        """Judge a NewOrder's bytes: the order, then its warnings. It stays open if it passes, with what is sent of it.

        None where it is none or the client unknown.
        """

    @property
    def orders(self) -> int: ...
    @property
    def replaces(self) -> int: ...
    @property
    def unjudged(self) -> int: ...
    @property
    def last_lsn(self) -> int: ...

class EventBatch:
    """Events as they stand in the journal, concatenated: the bytes of a TradeResponse with only `events` set."""

    @property
    def data(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def resume_lsn(self) -> int:
        """Everything up to here was looked at; ask for what comes after it."""

class Gateway:
    """The engine, its journal and the loop that drives it."""

    def __init__(self, settings: CoreSettings) -> None:
        """Open the journal and recover. Raises JournalError."""

    def start(self) -> None:
        """Start the loop: sessions connect."""

    def stop(self, timeout_ms: int = 5_000) -> None:
        """Refuse new orders, log out of every session, sync the journal, end the loop, give up the journal's lock.

        Queries and events are still answered; nothing is written any more. May be called twice.
        """

    def command(self, client: str, request: bytes, deadline_ns: int = 0) -> bytes:
        """Take a TradeRequest's bytes, answer with a TradeResponse's bytes: a result for each command.

        The orders are on the wire when this returns. Raises ValueError where the bytes are no TradeRequest or hold
        more than 1024 commands; KeyError where the client is not configured.
        """

    def events(self, after_lsn: int, client: str | None, max_bytes: int = 256 * 1024) -> EventBatch:
        """Read events after an lsn, those of one client or (None) all, never waiting."""

    def take_network_notices(self) -> list[tuple[int, str, str]]:
        """What the network has to tell people since the last call: UTC ns, session or address, text. At most 256."""

    def event_fd(self) -> int:
        """A file descriptor that becomes readable when something was committed since the last `arm_event_fd`."""

    def arm_event_fd(self, after_lsn: int) -> bool:
        """Ask for a wake-up through event_fd; False where there is something after that lsn already."""

    def committed_lsn(self) -> int:
        """The last lsn that readers see: with durability "disk", the last durable one."""

    def oldest_lsn(self) -> int: ...
    def journal_id(self) -> str:
        """The prefix of every ClOrdID(11), drawn once for each journal."""
    def checkpoint_lsn(self) -> int:
        """The checkpoint that this start was made from; 0: the whole journal was read."""
    def journal_bytes_after(self, lsn: int) -> int:
        """How many bytes of records there are after an lsn."""
    def release_segments(self, *, before_lsn: int, before_ns: int, archive: bool) -> int:
        """Archive or remove the segments that end before an lsn and before a time (UTC ns); how many.

        Stops at the first that is still read. Raises JournalError.
        """
    def order(self, client: str | None, order_id: int, client_order_id: str) -> bytes | None:
        """Bytes of an Order, or None. `client` None: any client's."""

    def orders(
        self,
        client: str | None,
        *,
        open_only: bool = False,
        instrument: str = "",
        account: str = "",
        before_order_id: int = 0,
        limit: int = 100,
    ) -> tuple[bytes, int]:
        """Bytes of a ListOrdersResponse without token, newest first; before_order_id of the next page, or 0."""

    def positions(self, account: str = "") -> bytes:
        """Bytes of a ListPositionsResponse."""

    def sessions(self) -> bytes:
        """Bytes of a ListSessionsResponse."""

    def session(self, session: str) -> bytes | None:
        """Bytes of a GetSessionResponse, or None."""

    def session_messages(
        self,
        session: str,
        *,
        inbound: bool = True,
        outbound: bool = True,
        before_lsn: int = 0,
        limit: int = 100,
    ) -> tuple[list[tuple[int, int, bool, int, bytes, bool, bool]], int]:
        """FIX messages of a session, newest first, and `before_lsn` of the next page, or 0.

        Each is (lsn, time in ns, inbound, MsgSeqNum, bytes, sent before, not acted upon); secrets are blanked. A page
        looks at a bounded number of records, so it may be empty and not the last.
        """

    def log_on(self, session: str, changed_by: str, reason: str) -> tuple[int, bool]:
        """Let a session connect again.

        This and what follows: the lsn of its record, and whether it waits for the session's Logout. Raises KeyError,
        SessionRefused, JournalError.
        """

    def log_out(self, session: str, changed_by: str, reason: str) -> tuple[int, bool]:
        """Log a session out and keep it out, over restarts too."""

    def set_sequences(
        self, session: str, next_in: int | None, next_out: int | None, changed_by: str, reason: str
    ) -> tuple[int, bool]:
        """Set the next sequence numbers."""

    def reset_session(self, session: str, force: bool, changed_by: str, reason: str) -> tuple[int, bool]:
        """Start both sequences anew by agreement."""

    def add_session(
        self,
        settings: SessionSettings,
        venues: Sequence[str],
        changed_by: str,
        reason: str,
        detail: str = "",
    ) -> tuple[int, bool]:
        """Add a session; `venues` lead to it from now on."""

    def change_session(
        self, settings: SessionSettings, force: bool, changed_by: str, reason: str, detail: str = ""
    ) -> tuple[int, bool]:
        """Give the session of that name other settings, once it has logged out."""

    def remove_session(self, session: str, force: bool, changed_by: str, reason: str) -> tuple[int, bool]:
        """Log a session out and take it away."""

    def set_windows(self, session: str, windows: Sequence[Window]) -> None:
        """Tell more of the windows of a session's schedule, as time passes. Raises KeyError, ValueError."""

    def change_windows(
        self, session: str, windows: Sequence[Window], changed_by: str, reason: str, detail: str = ""
    ) -> tuple[int, bool]:
        """Give a session the windows of another schedule, with the same policy of resets."""

    def set_trading_state(
        self, level: str, state: int, reason: str, changed_by: str, cancel_open_orders: bool
    ) -> tuple[int, int]:
        """Journal and apply a TradingState; the lsn and the number of cancels sent.

        Raises KeyError where there is no such level.
        """

    def resolve_order(
        self,
        order_id: int,
        outcome: int,
        cum_quantity: str,
        average_price: str,
        reason: str,
        resolved_by: str,
    ) -> tuple[int, int]:
        """Journal and apply an operator's decision on an order in doubt; the lsn and its OrderStatus after it.

        Raises KeyError where there is no such order, IndexError where it is not in doubt, ValueError for an
        outcome that does not fit.
        """

    def cancel_orders(self, client: str, account: str = "", strategy: str = "", instrument: str = "") -> int:
        """Cancel the client's open orders that fit; how many cancels were sent."""

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
    ) -> int:
        """Journal and apply a PositionAdjusted; the lsn. `charges` are kind, amount, currency and type of each.

        Raises KeyError where account or instrument is not configured or there is no room, ValueError for a value that
        is not allowed, IndexError where the row is not the next of its batch or `batch_hash` is another than before.
        """

    def split_positions(
        self,
        instrument: str,
        new_units: str,
        old_units: str,
        split_id: str,
        reason: str,
        changed_by: str,
    ) -> tuple[int, int] | None:
        """Split every position of an instrument; the last lsn and how many. None where the split was done before.

        Raises KeyError where the instrument is not configured, ValueError for a value that is not allowed, IndexError
        where there is no position or no room, or the id was used for another split.
        """

    def position_batch(self, batch_id: str) -> tuple[int, int] | None:
        """Give the hash of a batch of positions and how many rows of it were loaded; None where none was."""

    def set_rate(self, from_currency: str, to_currency: str, rate: str, source: str, as_of_ns: int) -> int:
        """Journal and apply a RateSet; the lsn. Raises ValueError for a value that is not allowed."""

    def rates(self) -> bytes:
        """Bytes of a ListRatesResponse."""

    def trading_states(self) -> bytes:
        """Bytes of a ListTradingStatesResponse."""

    def set_limits(self, request: bytes, changed_by: str) -> bytes:
        """Judge a SetLimitsRequest as a whole, journal and apply it; bytes of a SetLimitsResponse.

        Raises ValueError with the place in the request and what is wrong there; the limits in force stay.
        """

    def limits(self, level: str = "") -> bytes:
        """Bytes of a ListLimitsResponse: the limits in force on a level, or all."""

    def record_risk_decision(
        self,
        *,
        decision: int,
        change_id: int,
        changed_by: str,
        reason: str,
        detail: str,
        expires_ns: int,
    ) -> int:
        """Journal a RiskDecision of people; the lsn. Long texts are cut. Raises ValueError, JournalError."""

    def grant_order_override(self, granted: bytes, validate_only: bool = False) -> int:
        """Judge an OrderOverrideGranted, journal and apply it; the lsn, 0 with `validate_only`.

        Raises ValueError with the field and what is wrong there, JournalError.
        """

    def end_order_override(self, override_id: int, ended_by: str, reason: str) -> int:
        """End an override that was not used; the lsn. Raises KeyError, JournalError."""

    def order_overrides(self) -> bytes:
        """Bytes of a ListLimitChangesResponse with its order_overrides: those that were not used."""

    def set_market_phase(self, level: str, phase: int, reason: str, changed_by: str) -> int:
        """Journal a MarketPhase of a venue or instrument; the lsn. Raises KeyError, ValueError, JournalError."""

    def market_phases(self) -> bytes:
        """Bytes of a ListMarketPhasesResponse."""

    def reference_prices(self, instruments: Sequence[str] = ()) -> bytes:
        """Bytes of a ListReferencePricesResponse: of these instruments, or (empty) of all."""
    def check_order(self, client: str, order: bytes) -> bytes:
        """Bytes of a CheckOrderResponse: whether an order (a NewOrder's bytes) would pass now. Nothing is journalled.

        Raises KeyError where the client is not configured, ValueError where the bytes are no NewOrder.
        """

    def limit_utilization(self, level: str = "") -> bytes:
        """Bytes of a ListLimitUtilizationResponse: how much of each limit on a level, or of all, is used."""

    def set_reference_price(self, instrument: str, price: str) -> int:
        """Journal and apply a reference price; the lsn. Raises KeyError, ValueError."""

    def set_trading_hours(self, name: str, windows: Sequence[Window]) -> None:
        """Say when the instruments of these hours are traded, from now on. Raises KeyError, ValueError."""

    def set_references(self, update: bytes) -> int:
        """Journal and apply what a ReferencePrice, encoded, says of an instrument's market; the lsn.

        What is empty stays as it is. Raises KeyError, and ValueError where a number, time or pair of prices is wrong.
        """

    def state_hash(self) -> int:
        """A hash of everything that recovery must bring back."""

    def metrics(self) -> dict[str, int]:
        """Counters and gauges by name; see gateway/monitor for what each means."""

    def histogram(self, name: str) -> tuple[list[int], list[int], int]:
        """Upper bounds (ns), cumulative counts (one more: all) and the sum (ns) of a latency histogram.

        "command": bytes in to bytes on the wire, for a request. "report": bytes in to applied. Raises KeyError.
        """

    def listening_port(self, session: int) -> int:
        """The port that an acceptor session listens on, by its place in the settings; 0 for an initiator."""

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
    ) -> EventView:
        """Make a view of this gateway's events and orders: see EventView."""

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
    ) -> int:
        """Journal an ApiCalled; the lsn, or 0 where the journal cannot take it. Texts: at most 1 KiB each."""

    def record_connected(self, *, client: str, peer: str, identity: str, method: str) -> int:
        """Journal a ClientConnected, as `record_call`."""

    def record_disconnected(self, *, client: str, peer: str, reason: str) -> int:
        """Journal a ClientDisconnected, as `record_call`."""

    def list_orders(
        self,
        view: EventView,
        *,
        open_only: bool = False,
        venues: Sequence[str] = (),
        statuses: Sequence[int] = (),
        created_from_ns: int = 0,
        created_before_ns: int = 0,
        before_order_id: int = 0,
        limit: int = 100,
    ) -> tuple[bytes, int]:
        """Orders that a view may see and asks for, as `orders` gives them. Holds no order up while it searches."""

    def find_order(self, view: EventView, order_id: int, client_order_id: str = "") -> bytes | None:
        """Bytes of an Order, or None where there is none that the view may see and asks for."""

class EventView:
    """What one reader gets of events and orders: what it may see, and what it asks for. One thread at a time.

    May see: events and orders of `client` (with `every_client` those of all, and events of none) in `accounts` and,
    where any are given, `strategies`; and what concerns every client. `client_levels`: trading states of other
    clients too. `clients`: whose calls it may see. Asks for: everything that the other arguments leave; each that is
    given must fit. `kinds` are field numbers of Event.body, `exec_types` are ExecType; `from_lsn` to `to_lsn`, both
    inclusive; times are UTC nanoseconds, `from_ns` and later, earlier than `before_ns`; 0: any.
    """

    def after(self, lsn: int, max_bytes: int = 256 * 1024) -> EventBatch:
        """Read events after an lsn, oldest first, never waiting."""

    def newest_first(self, before_lsn: int, limit: int) -> tuple[bytes, int, int]:
        """A page of events before an lsn (0: from the newest): bytes of a repeated Event with field number 1, how
        many, and `before_lsn` of the next page, or 0. It looks at a bounded number of records, so it may be short, even
        empty, and not the last.
        """

    def oldest_first(self, from_lsn: int, limit: int) -> tuple[bytes, int, int]:
        """The same from an lsn on, oldest first; `from_lsn` of the next page, or 0."""

    def changed_orders(self, after_lsn: int, limit: int) -> tuple[list[int], int]:
        """Order ids that the events after an lsn speak of, each once; how far was looked."""

class RecordKind(Enum):
    EVENT = 1
    MESSAGE_IN = 2
    MESSAGE_OUT = 3
    CHECKPOINT = 4

class SeekOutcome(Enum):
    FOUND = 0
    AHEAD = 1  # not written yet
    BELOW_OLDEST = 2  # archived; the reader stands at the oldest record there is
    IN_GAP = 3  # lost to a repair; the reader stands at the first record after the gap
    FAILED = 4

class JournalRecord:
    """One record of the journal. `payload`: an event's bytes, or a FIX message's as it was on the wire."""

    @property
    def lsn(self) -> int: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def kind(self) -> RecordKind: ...
    @property
    def flags(self) -> int: ...
    @property
    def client(self) -> int: ...
    @property
    def session(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def ends_batch(self) -> bool: ...
    @property
    def batch_first_lsn(self) -> int: ...
    @property
    def payload(self) -> bytes: ...

class JournalSegment:
    @property
    def path(self) -> str: ...
    @property
    def first_lsn(self) -> int: ...
    @property
    def last_lsn(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def sealed(self) -> bool: ...

class JournalReader:
    """Reads a journal, also while a gateway writes it. Changes nothing; checks each record's checksum.

    Iteration ends where there is nothing more for now and may be taken up again. `durable`: only what was
    synced.
    """

    def __init__(self, path: str | PathLike[str], *, durable: bool = False) -> None:
        """Raises JournalError where there is no journal or a segment's header is damaged."""

    def __iter__(self) -> Iterator[JournalRecord]: ...
    def __next__(self) -> JournalRecord:
        """Raises JournalError at a damaged record."""

    def seek(self, lsn: int) -> SeekOutcome: ...
    def read(self, from_lsn: int, max_records: int) -> list[JournalRecord]:
        """Records from an lsn on, in order. Those before a damaged one come first, then it raises."""

    def fix_log(self, from_lsn: int, max_bytes: int = 4 << 20) -> tuple[bytes, int]:
        """Messages from an lsn on as a FIX log has them, and the lsn to go on with.

        Each stands on a line of its own behind `LSN YYYYMMDD-HH:MM:SS.nnnnnnnnn in|out SESSION : `. Ends soon after
        `max_bytes`; the same lsn again where there is nothing more for now.
        """

    @property
    def next_lsn(self) -> int: ...
    @property
    def oldest_lsn(self) -> int: ...
    @property
    def committed_lsn(self) -> int: ...
    @property
    def durable_lsn(self) -> int: ...
    def segments(self) -> list[JournalSegment]: ...

class JournalDamage:
    @property
    def segment(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def last_good_lsn(self) -> int: ...
    @property
    def what(self) -> str: ...

class JournalReport:
    @property
    def segments(self) -> int: ...
    @property
    def records(self) -> int: ...
    @property
    def batches(self) -> int: ...
    @property
    def first_lsn(self) -> int: ...
    @property
    def last_lsn(self) -> int: ...
    @property
    def torn_tail_bytes(self) -> int: ...
    @property
    def damage(self) -> list[JournalDamage]: ...
    @property
    def notes(self) -> list[str]: ...
    @property
    def clean(self) -> bool: ...

class JournalRepair:
    @property
    def actions(self) -> list[str]: ...
    @property
    def last_lsn(self) -> int: ...
    @property
    def next_lsn(self) -> int: ...

def verify_journal(path: str | PathLike[str]) -> JournalReport:
    """Read every byte of a journal and say what is there and what is wrong. May run beside a gateway."""

def repair_journal(path: str | PathLike[str], *, now_ns: int | None = None) -> JournalRepair:
    """Cut a damaged journal after its last good batch; what is cut off is kept aside.

    The gateway has to be stopped. Gives up acknowledged records: for an operator's explicit command only.
    """

class Checkpoint:
    """What make_checkpoint did."""

    @property
    def lsn(self) -> int:
        """The last record that the newest checkpoint holds; 0 where the journal is empty."""
    @property
    def previous_lsn(self) -> int:
        """The same of the good checkpoint before it; 0 where there is none."""
    @property
    def keep_from_lsn(self) -> int:
        """Messages from here on may have to be resent, as of the one before."""
    @property
    def records(self) -> int:
        """Records that were applied after the checkpoint that this one builds on."""
    @property
    def bytes(self) -> int:
        """Size of the new file; 0 where nothing was new, and none was written."""
    @property
    def notes(self) -> str:
        """Checkpoints that could not be used, one a line."""

def make_checkpoint(path: str | PathLike[str], *, kept: int = 2) -> Checkpoint:
    """Write a checkpoint of a journal, beside a gateway that runs or without one.

    Holds what is committed (durability process) or durable (disk). Keeps the newest `kept` good ones (1 or
    more). Raises JournalError: damaged, no space, or another checkpoint is being made (code "locked").
    """

def crash_point_names() -> list[str]:
    """The places at which a test can have the process die."""

def arm_crash_point(text: str) -> None:
    """Have this process kill itself the N-th time it passes a place: "NAME:N". Raises ValueError."""

def pass_projected() -> None:
    """Die here where the crash point "projected" is armed and it is time."""

class FixDictionary:
    """The names of a FIX version, or a venue's variant of it."""

    def __init__(self, blob: bytes) -> None:
        """`blob`: what gateway.config.dictionaries compiles. Raises ValueError."""
    @property
    def name(self) -> str: ...
    @property
    def begin_string(self) -> str: ...
    def field_names(self) -> dict[int, str]: ...
    def message_names(self) -> dict[str, str]:
        """By MsgType(35)."""
    def message_name(self, msg_type: str) -> str:
        """Empty where the version does not have it."""
    def values(self, tag: int) -> list[tuple[str, str]]:
        """Value and symbolic name; none where any value is allowed."""
    def value_name(self, tag: int, value: str) -> str:
        """Empty where it has none."""

class FixLogOrders:
    """The orders of a FIX log: messages that share ClOrdID(11), OrigClOrdID(41) or OrderID(37) are of one order.

    Only between the same two CompIDs. A scan that was given it adds what it meets and passes on messages of wanted
    orders alone; one that collects and counts nothing only adds, and matches nothing.
    """

    def __init__(self) -> None: ...
    def want(self, id: str) -> None:
        """Want the order with an id. Precondition: no message was added."""
    def complete(self) -> None:
        """Say that every message was added: from now on what is wanted stays as it is."""
    def knows(self, id: str) -> bool:
        """Tell whether a message had a wanted id."""

class FixLogMessage:
    """A FIX message of a log."""

    @property
    def before(self) -> bytes:
        """What stands before it, back to the message before; at most 256 bytes. May hold anything."""
    @property
    def fields(self) -> list[tuple[int, bytes]]:
        """Tag and value in the order of the message. Secrets are not blanked."""
    @property
    def whole(self) -> bool:
        """False where it ends without CheckSum(10)."""
    @property
    def check_sum_agrees(self) -> bool: ...

class FixLogText:
    """How the messages of a FIX log are shown: names beside numbers, secrets blanked; see fix/log_text.hpp."""

    def __init__(
        self,
        form: str,
        *,
        colored: bool,
        is_journal: bool,
        secrets: Sequence[int],
        dictionaries_of: Callable[[bytes, bytes], Sequence[FixDictionary]],
        printable: Callable[[bytes], str],
    ) -> None:
        """`form`: line, lines (one for each field), raw or json. `secrets`: tags that are blanked. `dictionaries_of`: a
        version's, by BeginString(8) and ApplVerID(1128), asked once for each. `printable`: a value that is not all
        printable ASCII, as it is shown. Raises ValueError: no such form.
        """

class FixLogScan:
    """Finds, filters and counts the FIX messages in any text, with any separator; see fix/log_scan.hpp."""

    def __init__(
        self,
        conditions: Sequence[tuple[Sequence[int], str, Sequence[str]]] = (),
        *,
        groups: Sequence[Sequence[int]] = (),
        orders: FixLogOrders | None = None,
        collects: bool = True,
    ) -> None:
        """All conditions have to hold: (tags, test, values), where the test is one of = != ~ < <= > >= present absent
        and holds where a field with one of the tags passes it against one of the values. `groups`: tags by whose values
        the matches are counted. Without `collects` they are only counted. Raises ValueError: no such test.
        """

    def feed(self, data: bytes, *, at_end: bool = False) -> list[FixLogMessage]:
        """Take the next piece of the log, of any size; give the matches in it. Releases the GIL."""

    def show(self, text: FixLogText, data: bytes, *, at_end: bool = False, limit: int = ...) -> bytes:
        """Take the next piece of the log; give the matches in it as UTF-8, the first `limit` of them. After as many
        nothing more may be fed. Releases the GIL. Raises what the text's callables raise.
        """

    def counts(self) -> list[dict[bytes, int]]:
        """For each group its counts by the values of its tags, each behind an SOH; of matches that have one of them."""
    @property
    def first_time(self) -> str:
        """SendingTime(52) of the first match that has one; `last_time`: of the last."""
    @property
    def last_time(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def matched(self) -> int: ...
    @property
    def cut(self) -> int:
        """Messages that end without CheckSum(10)."""
    @property
    def wrong_check_sums(self) -> int: ...

class SessionOutput:
    """What one input to a SessionCore led to."""

    @property
    def sent(self) -> list[bytes]:
        """Messages to put on the wire, in this order, before hanging up."""

    @property
    def delivered(self) -> bytes | None:
        """The application message, or Reject(3), that is to be handled now."""

    @property
    def poss_dup(self) -> bool: ...
    @property
    def poss_resend(self) -> bool: ...
    @property
    def disconnect(self) -> bool: ...
    @property
    def disconnect_reason(self) -> str: ...
    @property
    def notices(self) -> list[tuple[str, int, int]]: ...

class SessionCore:
    """The session layer alone, its sent messages in memory: for conformance tests and tools, not for a gateway.

    No clock and no socket: times are UTC nanoseconds and must not go back. One thread at a time.
    """

    def __init__(
        self,
        *,
        role: str,
        begin_string: str,
        sender_comp_id: str,
        target_comp_id: str,
        heartbeat_interval_s: int = 30,
        default_appl_ver_id: str = "",
        reset_on_logon: bool = False,
        test_req_id: str = "",
        logout_timeout_ms: int = 2_000,
        appl_ver_id_in_business_reject: bool = False,
        dictionary: bytes = b"",
        application_dictionary: bytes = b"",
        supported: Sequence[str] = (),
        check_values: bool = True,
        sending_time_tolerance_ms: int = 120_000,
    ) -> None:
        """Dictionaries are compiled ones. `supported`: application messages that are handled; empty: all."""

    def connect(self, now_ns: int) -> SessionOutput: ...
    def disconnect(self, now_ns: int) -> SessionOutput: ...
    def tick(self, now_ns: int) -> SessionOutput: ...
    def log_out(self, text: str, now_ns: int) -> SessionOutput: ...
    def feed(self, data: bytes) -> None:
        """Bytes from the transport, in any pieces."""

    def take_next(self, now_ns: int) -> SessionOutput | None:
        """Handle the next message of those fed; None where there is none for now."""

    def send(
        self,
        msg_type: str,
        body: Sequence[tuple[int, bytes]],
        header: Sequence[tuple[int, bytes]],
        now_ns: int,
    ) -> SessionOutput:
        """Raises RuntimeError where the session cannot send. `header`: ascending by tag."""

    def reject_business(self, message: bytes, reason: int, text: str, now_ns: int) -> SessionOutput: ...
    @property
    def next_deadline_ns(self) -> int: ...
    @property
    def next_in(self) -> int: ...
    @property
    def next_out(self) -> int: ...
