"""Everything that a person sets, with its ranges and defaults: frozen once read.

The sentences below attributes are shown by editors (through the JSON schema). What one value demands of
another, such as a venue of its session, is in `consistency`; how the core gets it is in `core_settings`.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, model_validator

from gateway.config.access import ApiTlsSettings, CertificateName, Right, ServerTlsSettings, TokenHash
from gateway.config.credentials import (
    PasswordChangeSettings,
    PasswordEncryptionSettings,
    SigningSettings,
)
from gateway.config.default_limits import with_default_limits
from gateway.config.network import (
    ConnectionsSettings,
    HostPort,
    IpNetwork,
    Return,
    ReturnToFirst,
    SocketSettings,
    TlsSettings,
)
from gateway.config.risk import RiskSettings
from gateway.config.scalars import (
    Address,
    Bind,
    DecimalNumber,
    Duration,
    FilePath,
    Flag,
    Integer,
    Name,
    Size,
    Text,
)
from gateway.config.schedule_settings import Day, ScheduleSettings, TradingHoursSettings
from gateway.config.secrets import DatabaseUrl, Secret
from gateway.config.section import Section as _Section
from gateway.config.session_sections import (
    HeaderFieldSettings,
    LogonFieldSettings,
    Tag,
    ThrottleSettings,
    ValidationSettings,
)
from gateway.config.venue_profile import VenueProfileSettings

__all__ = [
    "DICTIONARY_NAMES",
    "AccountSettings",
    "ApiSettings",
    "CapacitySettings",
    "ClientSettings",
    "DatabaseSettings",
    "DictionarySettings",
    "InstrumentSettings",
    "JournalSettings",
    "LimitSettings",
    "MonitorSettings",
    "ReportingSettings",
    "SessionSettings",
    "Settings",
    "VenueSettings",
    "with_access_of",
]

BeginString = Literal["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"]
ApplicationVersion = Literal[
    "FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"
]
TimestampPrecision = Literal["seconds", "milliseconds", "microseconds", "nanoseconds"]
DICTIONARY_NAMES: tuple[str, ...] = (*get_args(ApplicationVersion), "FIXT.1.1")

_CompId = Annotated[str, Text("a CompID", r"[!-~]{1,64}", "1 to 64 printable characters without spaces")]
_SubId = Annotated[str, Text("a text", r"[!-~]([ -~]{0,62}[!-~])?", "1 to 64 printable characters")]
_Symbol = Annotated[str, Text("a symbol", r"[!-~]([ -~]{0,30}[!-~])?", "1 to 32 printable characters")]
_Host = Annotated[str, Text("a host", r"[A-Za-z0-9:._-]{1,253}", "a name or an IP address")]
_Username = Annotated[str, Text("a user name", r"[ -~]{1,64}", "1 to 64 printable characters")]
_Strategy = Annotated[str, Text("a strategy", r"[!-~]([ -~]{0,30}[!-~])?", "1 to 32 printable characters")]
_Currency = Annotated[
    str, Text("a currency", r"[A-Z0-9]{3,8}", "3 to 8 capital letters or digits, such as USD")
]
_GroupName = Annotated[str, Text("a name", r"[!-~]([ -~]{0,30}[!-~])?", "1 to 32 printable characters")]
_Level = Annotated[
    str,
    Text(
        "a level",
        r"firm|(account|instrument|client|venue):[!-~]([ -~]{0,30}[!-~])?",
        "firm, account:NAME, instrument:NAME, client:NAME or venue:NAME",
    ),
]
_ExistingFile = Annotated[Path, FilePath(must_exist=True)]
_Positive = Annotated[Decimal, DecimalNumber()]
_ZeroOrMore = Annotated[Decimal, DecimalNumber(zero_allowed=True)]
_Boolean = Annotated[bool, Flag()]


class JournalSettings(_Section):
    """The journal: the record of truth, from which everything else is rebuilt."""

    path: Annotated[Path, FilePath()] = Field(default=Path("journal"), validate_default=True)
    """Folder of the journal."""
    segment_size: Annotated[int, Size("1MiB", "4GiB", multiple="4KiB")] = 64 << 20
    """Size of one segment file. A larger one means fewer files and more disk taken ahead."""
    durability: Literal["process", "disk"] = "process"
    """What an acknowledged order survives: the end of the process (kill -9) or of the machine (synced)."""
    checkpoint_size: Annotated[int, Size("1MiB", "1024GiB")] = 256 << 20
    """A checkpoint is made once so much was written after the last one: what a start has to read at most."""
    checkpoint_interval: Annotated[timedelta, Duration("1s", "24h")] = timedelta(minutes=10)
    """And once so much time has passed, where anything was written."""
    old_segments: Literal["keep", "archive", "delete"] = "keep"
    """What becomes of segments that nothing needs any more: the two newest checkpoints, the database, resends."""
    retention: Annotated[timedelta, Duration("0s", "87600h")] = timedelta(days=7)
    """How long a segment is kept at least; within it clients resume from any event."""


class ApiLimitsSettings(_Section):
    """What one client may ask of the API; beyond it, calls end with RESOURCE_EXHAUSTED."""

    message_size: Annotated[int, Size("64KiB", "16MiB")] = 1024 * 1024
    """Bytes of one request."""
    streams_per_client: Annotated[int, Integer(1, 10_000)] = 32
    """Streams that one client may have open."""
    calls_per_second: Annotated[int, Integer(1, 1_000_000)] = 10_000
    """Calls that one client may begin in a second, twice as many after a pause; messages on a stream do not count."""


class ApiSettings(_Section):
    """The gRPC server that clients and the command line talk to."""

    bind: Annotated[Address, Bind()] = Address("127.0.0.1", 7010)
    """Address and port; other than loopback only with `tls` and a proved identity. Port 0: any free one."""
    identity: Literal["name", "token", "certificate"] = "name"
    """How a client shows who it is: by its name (loopback only: it is believed), a token, or its certificate."""
    tls: ApiTlsSettings | None = None
    """TLS; plain text where the section is not there."""
    limits: ApiLimitsSettings = ApiLimitsSettings()
    development: _Boolean = False
    """Serve reflection, which tells everyone who connects what can be called."""


class DatabaseSettings(_Section):
    """The database that the journal is projected into. Orders never wait for it."""

    url: Annotated[SecretStr, DatabaseUrl()] | None = None
    """SQLAlchemy URL; SQLite beside the journal where not given. A password by reference: ${env:NAME}."""


class MonitorSettings(_Section):
    """The HTTP server of metrics, /healthz and /readyz."""

    bind: Annotated[Address, Bind()] = Address("127.0.0.1", 7011)
    """Address and port; other than loopback only with `tls`. Port 0: any free one."""
    tls: ServerTlsSettings | None = None
    """TLS; plain text where the section is not there."""
    token_hashes: tuple[TokenHash, ...] = ()
    """Hashes of tokens, sha256:HEX, of which a request has to carry one; none is asked for where not given."""


class CapacitySettings(_Section):
    """What memory is set aside for."""

    orders: Annotated[int, Integer(1_000, 100_000_000)] = 1_000_000
    """Orders held at once, ended ones included; further ones are denied with CAPACITY_EXHAUSTED."""


class DictionarySettings(_Section):
    """Dictionaries in place of the bundled ones, for all sessions of a version: QuickFIX's XML."""

    fix_4_0: Annotated[_ExistingFile | None, Field(alias="FIX.4.0")] = None
    """Messages of FIX 4.0."""
    fix_4_1: Annotated[_ExistingFile | None, Field(alias="FIX.4.1")] = None
    """Messages of FIX 4.1."""
    fix_4_2: Annotated[_ExistingFile | None, Field(alias="FIX.4.2")] = None
    """Messages of FIX 4.2."""
    fix_4_3: Annotated[_ExistingFile | None, Field(alias="FIX.4.3")] = None
    """Messages of FIX 4.3."""
    fix_4_4: Annotated[_ExistingFile | None, Field(alias="FIX.4.4")] = None
    """Messages of FIX 4.4."""
    fix_5_0: Annotated[_ExistingFile | None, Field(alias="FIX.5.0")] = None
    """Application messages of FIX 5.0."""
    fix_5_0_sp1: Annotated[_ExistingFile | None, Field(alias="FIX.5.0SP1")] = None
    """Application messages of FIX 5.0 SP1."""
    fix_5_0_sp2: Annotated[_ExistingFile | None, Field(alias="FIX.5.0SP2")] = None
    """Application messages of FIX 5.0 SP2."""
    fixt_1_1: Annotated[_ExistingFile | None, Field(alias="FIXT.1.1")] = None
    """Session messages of FIXT 1.1."""

    def of(self, name: str) -> Path | None:
        """Give the override of one of DICTIONARY_NAMES."""
        keys = {field.alias: key for key, field in type(self).model_fields.items()}
        path: Path | None = getattr(self, keys[name])
        return path


class SessionSettings(_Section):
    """One FIX session with a counterparty."""

    name: Annotated[str, Name("a session's name")]
    """How the rest of this file, the API and the journal call it. Keep it: sequence numbers hang on it."""
    role: Literal["initiator", "acceptor"] = "initiator"
    """Who connects: the gateway (initiator) or the counterparty (acceptor)."""
    kind: Literal["order", "drop_copy"] = "order"
    """Orders go by it (order), or copies of what venues report on other sessions come by it (drop_copy)."""
    begin_string: BeginString
    """BeginString(8)."""
    application_version: ApplicationVersion | None = None
    """DefaultApplVerID(1137), by name; for FIXT.1.1 only, and needed there."""
    sender_comp_id: _CompId
    """SenderCompID(49): the gateway."""
    target_comp_id: _CompId
    """TargetCompID(56): the counterparty."""
    host: _Host
    """Initiator: where to connect. Acceptor: the address to listen on."""
    port: Annotated[int, Integer(0, 65_535)]
    """TCP port. Acceptor: 0 for any free one."""
    heartbeat_interval: Annotated[timedelta, Duration("1s", "10m", multiple="1s")] = timedelta(seconds=30)
    """HeartBtInt(108), in whole seconds."""
    username: _Username | None = None
    """Username(553): of our Logon; for an acceptor, what the counterparty's must carry."""
    password: Annotated[SecretStr, Secret()] | None = None
    """Password(554), by reference, ${env:NAME} or ${file:PATH}: of our Logon, or of the counterparty's."""
    signing: SigningSettings = SigningSettings()
    password_change: PasswordChangeSettings = PasswordChangeSettings()
    password_encryption: PasswordEncryptionSettings = PasswordEncryptionSettings()
    logon_fields: tuple[LogonFieldSettings, ...] = ()
    """Further fields of the Logon."""
    logon_timeout: Annotated[timedelta, Duration("1s", "5m")] = timedelta(seconds=10)
    """How long the Logon, or its answer, is waited for before the connection ends."""
    logout_timeout: Annotated[timedelta, Duration("100ms", "1m")] = timedelta(seconds=2)
    """How long the answer to our Logout is waited for before the connection ends."""
    sender_sub_id: _SubId | None = None
    """SenderSubID(50)."""
    sender_location_id: _SubId | None = None
    """SenderLocationID(142)."""
    target_sub_id: _SubId | None = None
    """TargetSubID(57)."""
    target_location_id: _SubId | None = None
    """TargetLocationID(143)."""
    header_fields: Annotated[tuple[HeaderFieldSettings, ...], Field(max_length=8)] = ()
    """Further fields of every header."""
    header_tags: tuple[Tag, ...] = ()
    """Tags that the counterparty puts into its headers, beside those of the standard."""
    redact: tuple[Tag, ...] = ()
    """Fields that are secrets beside 96, 554, 925, 1402 and 1404: blanked wherever a message is kept or shown."""
    reset_on_logon: _Boolean = False
    """Start both sequences at 1 at every Logon (141=Y). Resends are lost: only where it must be."""
    reset_on_logout: _Boolean = False
    """Start both sequences at 1 after a Logout. Resends are lost: only where it must be."""
    reset_on_disconnect: _Boolean = False
    """Start both sequences at 1 whenever the connection ends. Resends are lost: only where it must be."""
    reset_on_error: _Boolean = False
    """After a Logon whose sequence number is too low, ask for a reset at the next. Resends are lost."""
    accept_reset: _Boolean = True
    """Agree when the counterparty's Logon asks for a reset (141=Y)."""
    next_expected_msg_seq_num: _Boolean = False
    """NextExpectedMsgSeqNum(789) in the Logons: what is missing is resent without being asked. From FIX 4.4."""
    last_msg_seq_num_processed: _Boolean = False
    """LastMsgSeqNumProcessed(369) in every header. From FIX 4.2."""
    check_comp_ids: _Boolean = True
    """End the session when a message carries other CompIDs."""
    require_orig_sending_time: _Boolean = True
    """Reject what is resent (43=Y) without OrigSendingTime(122). A fill that is rejected so does not count."""
    check_sending_time: _Boolean = True
    """End the session when SendingTime(52) is further off than `sending_time_tolerance`."""
    sending_time_tolerance: Annotated[timedelta, Duration("1s", "24h")] = timedelta(minutes=2)
    """How far SendingTime(52) may be from our clock."""
    timestamp_precision: TimestampPrecision = "milliseconds"
    """Decimals of SendingTime(52) and TransactTime(60); FIX 4.0 and 4.1 have seconds in any case."""
    resend_chunk: Annotated[int, Integer(0, 100_000)] = 0
    """Messages asked for by one ResendRequest(2); 0: all that are missing."""
    resend_stall_timeout: Annotated[timedelta, Duration("0ms", "1h")] = timedelta(minutes=1)
    """Ask again when a gap makes no progress for so long; 0ms: never."""
    resend_slice: Annotated[int, Integer(1, 128)] = 64
    """Messages resent at once in answer to a ResendRequest(2); new ones may go between two slices."""
    kept_messages_max: Annotated[int, Integer(0, 100_000)] = 1_024
    """Messages ahead of a gap that are kept until it is filled; further ones are asked for again."""
    kept_size_max: Annotated[int, Size("64KiB", "64MiB")] = 1 << 20
    """Bytes of those messages."""
    message_size_max: Annotated[int, Size("1KiB", "1MiB")] = 64 << 10
    """Largest message that is taken; a longer one is skipped as garbled."""
    message_fields_max: Annotated[int, Integer(32, 2_048)] = 2_048
    """Fields of one message; more end the session with a Logout that says so."""
    reconnect_min: Annotated[timedelta, Duration("10ms", "10m")] = timedelta(milliseconds=250)
    """Pause before the first attempt to reconnect; it doubles with each that fails."""
    reconnect_max: Annotated[timedelta, Duration("10ms", "1h")] = timedelta(seconds=30)
    """Longest pause between attempts."""
    order_status_requests: _Boolean = True
    """Ask about open orders after a Logon by OrderStatusRequest(H). Off where it is not known."""
    reconcile_timeout: Annotated[timedelta, Duration("100ms", "10m")] = timedelta(seconds=10)
    """How long to wait for those answers before orders stay UNKNOWN and the session takes new ones."""
    resend_orders_max_age: Annotated[timedelta, Duration("0ms", "24h")] = timedelta(seconds=5)
    """An order older than this is not sent late in answer to a ResendRequest: it ends as NOT_SENT."""
    measure_interval: Annotated[timedelta, Duration("0ms", "24h")] = timedelta(minutes=1)
    """How often a TestRequest(1) measures the round trip and the counterparty's clock; 0ms: never."""
    schedule: ScheduleSettings | None = None
    """When it is up; always where not given."""
    backup_hosts: tuple[Annotated[Address, HostPort()], ...] = ()
    """Initiator: where to connect if `host` does not answer, in this order."""
    return_to_first: Annotated[Return, ReturnToFirst()] = Return("at_next_logon")
    """Initiator: when to go back to `host`: never, at_next_logon, or after: a time on a backup."""
    allowed_addresses: tuple[Annotated[str, IpNetwork()], ...] = ()
    """Acceptor: addresses and networks that the counterparty may connect from; any where not given."""
    connect_timeout: Annotated[timedelta, Duration("100ms", "2m")] = timedelta(seconds=10)
    """How long to look for the host's addresses, and then to wait for each to answer."""
    outbound_buffer_size: Annotated[int, Size("64KiB", "1GiB")] = 16 << 20
    """What may wait for a counterparty that does not read. Beyond it the connection is cut."""
    outbound_stall_timeout: Annotated[timedelta, Duration("100ms", "1h")] = timedelta(seconds=30)
    """How long some of it may wait without the counterparty taking a byte. Then the connection is cut."""
    tls: TlsSettings | None = None
    """TLS; plain text where the section is not there."""
    socket: SocketSettings = SocketSettings()
    """TCP."""
    session_dictionary: _ExistingFile | None = None
    """The counterparty's own dictionary of Logon, Heartbeat and so on; for FIXT.1.1 only."""
    application_dictionary: _ExistingFile | None = None
    """The counterparty's own dictionary of orders and reports, as QuickFIX data-dictionary XML."""
    session_overlay: _ExistingFile | None = None
    """What the counterparty adds to or changes in the dictionary of session messages; FIXT.1.1 only."""
    application_overlay: _ExistingFile | None = None
    """What the counterparty adds to or changes in the dictionary of orders and reports, as YAML."""
    throttle: ThrottleSettings = ThrottleSettings()
    validation: ValidationSettings = ValidationSettings()


class VenueSettings(_Section):
    """A place where orders go, and the session that leads there."""

    name: Annotated[str, Name("a venue's name")]
    """How instruments, limits and the API call it."""
    session: Annotated[str, Name("a session's name")]
    """The session that leads there."""
    profile: Annotated[str, Name("a profile's name")] | None = None
    """What it takes and how it says it, one of `profiles`; FIX's own way where not given."""
    drop_copies: tuple[Annotated[str, Name("a session's name")], ...] = ()
    """Sessions of kind drop_copy that bring copies of its reports."""


class ReportingSettings(_Section):
    """How positions are summed up."""

    base_currency: _Currency | None = None
    """The currency of sums, exposures and limits in money; sums only each in their own, and limits as money stands,
    where not given."""
    rate_max_age: Annotated[timedelta, Duration("1s", "8760h")] = timedelta(hours=24)
    """A rate that is older is shown as stale."""


class InstrumentSettings(_Section):
    """What may be traded. An order for anything else is denied."""

    symbol: _Symbol
    """Symbol(55), also its name in the API."""
    venue: Annotated[str, Name("a venue's name")]
    """Where its orders go."""
    tick_size: _ZeroOrMore
    """Prices are multiples of it; 0 for no such rule."""
    lot_size: _ZeroOrMore
    """Quantities are multiples of it; 0 for no such rule."""
    min_quantity: _ZeroOrMore = Decimal(0)
    """Smallest quantity of an order; 0 for no such rule."""
    currency: _Currency
    """Currency of its prices."""
    reference_price: _Positive | None = None
    """What collars and the notional of market orders are measured against, until the API sets another."""
    multiplier: _Positive = Decimal(1)
    """Contract multiplier: money by which one unit of quantity changes when the price changes by one."""
    asset_class: _GroupName | None = None
    """A name of your own, such as equity: what positions and exposure are summed by."""
    sector: _GroupName | None = None
    """A name of your own, such as energy."""
    region: _GroupName | None = None
    """A name of your own, such as europe."""
    max_quantity: _ZeroOrMore = Decimal(0)
    """Largest quantity of an order; 0 for no such rule."""
    expires: Annotated[date, Day()] | None = None
    """The last day on which it may be ordered, in the time zone of its trading hours, else in UTC."""
    margin_rate_percent: _ZeroOrMore | None = None
    """Margin for each unit of exposure, in percent. Limits on margin deny orders in instruments without one."""
    trading_hours: Annotated[str, Name("a name of trading_hours")] | None = None
    """When it may be traded, one of `trading_hours`; always where not given."""


class AccountSettings(_Section):
    """An account that is traded for."""

    name: Annotated[str, Name("an account's name")]
    """Account(1)."""
    desk: Annotated[str, Name("a desk's name")] | None = None
    """The desk that it belongs to; limits and trading states may stand on desks."""


class ClientSettings(_Section):
    """A client of the API."""

    name: Annotated[str, Name("a client's name")]
    """How the client calls itself; its ids of orders are unique under this name."""
    accounts: Annotated[tuple[Annotated[str, Name("an account's name")], ...], Field(min_length=1)]
    """The accounts that it may trade and see."""
    rights: tuple[Right, ...] = ("read", "trade", "cancel")
    """What it may do: any of read, trade, cancel, risk, admin. What is not listed is refused."""
    strategies: tuple[_Strategy, ...] = ()
    """The strategies that it may trade and see positions of; any where not given."""
    token_hashes: tuple[TokenHash, ...] = ()
    """Hashes of its tokens, sha256:HEX; each is valid, so a new one can stand beside the old for a while."""
    certificate_names: tuple[CertificateName, ...] = ()
    """Names (DNS:NAME or URI:NAME) in the certificates that it calls with."""
    cancel_on_disconnect: _Boolean = False
    """Cancel its open orders when its last Trade stream ends, whatever the reason."""
    cancel_on_disconnect_grace: Annotated[timedelta, Duration("0s", "10m")] = timedelta(0)
    """Cancel them only where it has no Trade stream again after this time."""


_ACCESS_KEYS = ("rights", "strategies", "token_hashes", "certificate_names")


def with_access_of(client: ClientSettings, other: ClientSettings | None) -> ClientSettings:
    """Give a client the proofs and rights of another; of None, none of either."""
    return client.model_copy(update={key: getattr(other, key, ()) for key in _ACCESS_KEYS})


class LimitSettings(_Section):
    """What an order may be at most, at one level. Every level an order falls under applies."""

    level: _Level
    """firm (required, with all three limits), account:NAME, instrument:NAME, client:NAME or venue:NAME."""
    max_order_quantity: _Positive | None = None
    """Largest quantity of one order."""
    max_order_notional: _Positive | None = None
    """Largest quantity times price of one order."""
    price_collar_percent: Annotated[Decimal, DecimalNumber(high=Decimal(1000))] | None = None
    """How far the price of one order may be from the reference price, in percent of it."""


class Settings(_Section):
    """Configuration of the gateway."""

    journal: JournalSettings = JournalSettings()
    api: ApiSettings = ApiSettings()
    database: DatabaseSettings = DatabaseSettings()
    monitor: MonitorSettings = MonitorSettings()
    capacity: CapacitySettings = CapacitySettings()
    dictionaries: DictionarySettings = DictionarySettings()
    connections: ConnectionsSettings = ConnectionsSettings()
    reporting: ReportingSettings = ReportingSettings()
    sessions: Annotated[tuple[SessionSettings, ...], Field(min_length=1)]
    """FIX sessions."""
    profiles: tuple[VenueProfileSettings, ...] = ()
    """What venues take and how they say it."""
    venues: Annotated[tuple[VenueSettings, ...], Field(min_length=1)]
    """Venues; each has one session."""
    instruments: Annotated[tuple[InstrumentSettings, ...], Field(min_length=1)]
    """Instruments."""
    trading_hours: tuple[TradingHoursSettings, ...] = ()
    """When instruments may be traded."""
    accounts: Annotated[tuple[AccountSettings, ...], Field(min_length=1)]
    """Accounts."""
    clients: Annotated[tuple[ClientSettings, ...], Field(min_length=1)]
    """Clients of the API."""
    limits: Annotated[tuple[LimitSettings, ...], Field(min_length=1)] = ()
    """Limits; the level firm is required. Where the section is not there, the default limits hold."""
    risk: RiskSettings = RiskSettings()

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, tree: Any) -> Any:
        """Have the journal's default path start at the file's folder even where the section is not there, and a
        configuration that names no limits start with the default ones.
        """
        return with_default_limits({"journal": {}, **tree}) if isinstance(tree, dict) else tree

    @property
    def database_url(self) -> str:
        """The URL with its secrets; SQLite beside the journal where none is given. Never log it."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{self.journal.path.absolute().parent / 'gateway.db'}"
