"""Everything that a person sets, with its ranges and defaults: frozen once read.

The sentences below attributes are shown by editors (through the JSON schema). What one value demands of
another, such as a venue of its session, is in `consistency`; how the core gets it is in `core_settings`.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from gateway.config.access import ApiTlsSettings, CertificateName, Right, ServerTlsSettings, TokenHash
from gateway.config.default_limits import with_default_limits
from gateway.config.network import (
    ConnectionsSettings,
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
from gateway.config.schedule_settings import Day, TradingHoursSettings
from gateway.config.secrets import DatabaseUrl
from gateway.config.section import Section as _Section
from gateway.config.session_settings import DICTIONARY_NAMES, DictionarySettings, SessionSettings
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


_Symbol = Annotated[str, Text("a symbol", r"[!-~]([ -~]{0,30}[!-~])?", "1 to 32 printable characters")]
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
    """What one client may ask of the API, beyond which calls end with RESOURCE_EXHAUSTED; and all connections to it."""

    message_size: Annotated[int, Size("64KiB", "16MiB")] = 1024 * 1024
    """Bytes of one request."""
    streams_per_client: Annotated[int, Integer(1, 10_000)] = 32
    """Streams that one client may have open."""
    calls_per_second: Annotated[int, Integer(1, 1_000_000)] = 10_000
    """Calls that one client may begin in a second, twice as many after a pause; messages on a stream do not count."""
    connections: Annotated[int, Integer(1, 100_000)] = 1_000
    """Connections of all clients together, those whose handshake is not done included; further ones are closed."""
    calls_per_connection: Annotated[int, Integer(1, 100_000)] = 4096
    """Calls under way on one connection, streams among them; further ones wait in the client."""


class ApiKeepaliveSettings(_Section):
    """Pings on connections of the API: how soon a peer that is gone is found out."""

    interval: Annotated[timedelta, Duration("1s", "1h")] = timedelta(seconds=30)
    """How often the server pings a connection that is quiet."""
    timeout: Annotated[timedelta, Duration("1s", "10m")] = timedelta(seconds=10)
    """A connection whose ping is not answered for so long is closed."""
    client_interval_min: Annotated[timedelta, Duration("100ms", "20s")] = timedelta(seconds=5)
    """A client that pings more often is sent away with ENHANCE_YOUR_CALM; the SDK pings every 20 s."""


class ApiSettings(_Section):
    """The gRPC server that clients and the command line talk to."""

    bind: Annotated[Address, Bind()] = Address("127.0.0.1", 7010)
    """Address and port; other than loopback only with `tls` and a proved identity. Port 0: any free one."""
    identity: Literal["name", "token", "certificate"] = "name"
    """How a client shows who it is: by its name (loopback only: it is believed), a token, or its certificate."""
    tls: ApiTlsSettings | None = None
    """TLS; plain text where the section is not there."""
    limits: ApiLimitsSettings = ApiLimitsSettings()
    handshake_timeout: Annotated[timedelta, Duration("100ms", "2m")] = timedelta(seconds=10)
    """How long a new connection may take for its handshakes, of TLS and of HTTP/2."""
    keepalive: ApiKeepaliveSettings = ApiKeepaliveSettings()
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
