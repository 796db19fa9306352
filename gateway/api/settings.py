"""Settings of the API server: where it listens, whom it serves, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.api.rights import ClientAccess
from gateway.api.tls import TlsFiles

__all__ = ["ApiSettings", "Reporting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """How positions are summed up."""

    base_currency: str = ""
    """The currency that sums are told in; only each in its own where empty."""
    rate_max_age_ns: int = 86_400_000_000_000
    """A rate that is older is shown as stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Settings of one API server.

    `clients` maps the name of each client that may call to what it may do and how it proves who it is; which
    accounts it may trade is the core's decision as well.
    """

    clients: Mapping[str, ClientAccess]
    accounts: frozenset[str] = frozenset()
    """Accounts that there are beside those of the clients: whoever sees everything needs these, too."""
    identity: Literal["name", "token", "certificate"] = "name"
    """How callers prove who they are; `name` believes them, which is for loopback only."""
    tls: TlsFiles | None = None
    """Plain text where None."""
    host: str = "127.0.0.1"
    port: int = 0
    """0 takes any free port."""
    message_size_max: int = 1024 * 1024
    """Bytes of one request; a larger one ends its call with RESOURCE_EXHAUSTED."""
    streams_per_client_max: int = 32
    """Streams, of all methods, that one client may hold open at a time."""
    calls_per_second_max: float = 10_000.0
    """Calls that one client may begin in a second, in the long run; twice as many after a pause. Messages on a stream
    do not count."""
    calls_per_connection_max: int = 4096
    """Calls under way on one connection. Further ones wait in the client, or, where it did not yet know the
    limit, are refused with UNAVAILABLE."""
    connections_max: int = 1000
    """Connections, of whomever, at a time, those in their handshake included; further ones are closed at once. Whose
    they are is known by their calls only, so one client's are not counted apart."""
    handshake_timeout_s: float = 10.0
    """A connection that has not finished its handshakes, of TLS and of HTTP/2, by then is closed."""
    cancel_on_disconnect: Mapping[str, float] = field(default_factory=dict)
    """Clients whose open orders are canceled when their last Trade stream has ended -> after how many seconds."""
    heartbeat_s: float = 5.0
    """Interval of the empty messages on a subscribed stream."""
    event_batch_bytes: int = 256 * 1024
    """Events read from the journal for one message, at most."""
    keepalive_s: float = 30.0
    """Interval of the server's pings on a connection without traffic."""
    keepalive_timeout_s: float = 10.0
    """A connection whose ping is not answered for this long is closed."""
    client_ping_interval_min_s: float = 5.0
    """A client that pings more often than this is sent away with ENHANCE_YOUR_CALM."""
    health_interval_s: float = 0.5
    """How often the health service looks at the sessions."""
    blocking_commands: bool = False
    """Commands wait for a disk (durability `disk`): they run on threads, so that the event loop does not
    wait.
    """
    threads: int = 8
    """Threads for calls that may take long; each blocking command in flight occupies one."""
    reporting: Reporting = Reporting()
    reflection: bool = False
    """Serve reflection. For development: it tells everyone who connects what can be called."""
    extra_options: tuple[tuple[str, int | str], ...] = field(default=())
    """Channel arguments for grpc beyond those that follow from the above."""
