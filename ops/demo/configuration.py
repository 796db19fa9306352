"""The gateway's configuration for a run, and what is traded in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

__all__ = ["ACCOUNT", "CLIENT", "COMP_ID", "INSTRUMENTS", "Instrument", "SessionTerms", "write_configuration"]

CLIENT = "demo"
ACCOUNT = "DEMO"
COMP_ID = "GATEWAY"


@dataclass(frozen=True)
class Instrument:
    """What the strategy needs to know of an instrument."""

    symbol: str
    price: Decimal
    """Where the venue's market begins."""
    tick: Decimal
    lot: Decimal
    lots_per_quote: int


INSTRUMENTS = (
    Instrument("AAPL", Decimal("190.00"), Decimal("0.01"), Decimal(1), 20),
    Instrument("MSFT", Decimal("415.00"), Decimal("0.01"), Decimal(1), 10),
    Instrument("EUR/USD", Decimal("1.08500"), Decimal("0.00001"), Decimal(1000), 20),
    Instrument("BTC-USD", Decimal("64000.00"), Decimal("0.01"), Decimal("0.0001"), 20),
)
"""The simulator's own list; docs/simulator.md."""


@dataclass(frozen=True)
class SessionTerms:
    """The FIX session with the venue."""

    target_comp_id: str
    port: int
    begin_string: str = "FIX.4.4"
    application_version: str | None = None
    role: str = "initiator"
    keys: str = ""
    """Further keys of the session, as they stand in the file: `    username: desk1\\n`."""


RECONNECT = """\
    reconnect_min: 50ms
    reconnect_max: 1s
"""

_TEXT = """\
# The gateway's configuration in this run. `gateway init DIR` writes a commented one to start from.
journal:
  path: journal
  segment_size: {segment_size}

api:
  bind: 127.0.0.1:{api_port}

monitor:
  bind: 127.0.0.1:0
{database}
sessions:
  - name: venue
    role: {role}
    begin_string: {begin_string}{application_version}
    sender_comp_id: {comp_id}
    target_comp_id: {target_comp_id}
    host: 127.0.0.1
    port: {port}
{reconnect}{keys}{more_sessions}
venues:
  - {{name: VENUE, session: venue}}

instruments:
{instruments}

accounts:
  - name: {account}

clients:
  - {{name: {client}, accounts: [{account}], rights: [{rights}]}}

limits:
  - level: firm
    max_order_quantity: 1000000
    max_order_notional: 1000000
    price_collar_percent: 10
  - level: account:{account}
    max_order_notional: 250000
"""


def write_configuration(
    folder: Path,
    session: SessionTerms,
    *,
    api_port: int = 0,
    database_url: str | None = None,
    segment_size: str = "64MiB",
    more_sessions: str = "",
    rights: str = "read, trade, cancel",
) -> Path:
    """Write gateway.yaml into a folder, which will also hold the journal and the database.

    `more_sessions`: further entries of the list of sessions, as they stand in the file. `rights`: those of its client,
    which as a strategy needs no more than the default.
    """
    version = session.application_version
    path = folder / "gateway.yaml"
    path.write_text(
        _TEXT.format(
            segment_size=segment_size,
            api_port=api_port,
            database=f"\ndatabase:\n  url: {database_url}\n" if database_url else "",
            begin_string=session.begin_string,
            application_version=f"\n    application_version: {version}" if version else "",
            comp_id=COMP_ID,
            target_comp_id=session.target_comp_id,
            port=session.port,
            more_sessions=more_sessions,
            role=session.role,
            keys=session.keys,
            reconnect=RECONNECT if session.role == "initiator" else "",
            instruments="\n".join(_instrument(instrument) for instrument in INSTRUMENTS),
            account=ACCOUNT,
            client=CLIENT,
            rights=rights,
        )
    )
    return path


def _instrument(instrument: Instrument) -> str:
    rules = f"tick_size: {instrument.tick}, lot_size: {instrument.lot}, currency: USD"
    return f"  - {{symbol: {instrument.symbol}, venue: VENUE, {rules}, reference_price: {instrument.price}}}"
