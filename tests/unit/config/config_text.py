"""A small valid configuration, and how tests break it."""

from __future__ import annotations

from pathlib import Path

from gateway.config import ConfigError, Context, Settings, parse_settings

VALID = """\
sessions:
  - name: sim
    begin_string: FIX.4.4
    sender_comp_id: GATEWAY
    target_comp_id: SIM
    host: 127.0.0.1
    port: 9878
venues:
  - name: SIM
    session: sim
instruments:
  - {symbol: ACME, venue: SIM, tick_size: 0.01, lot_size: 1, currency: USD}
accounts:
  - name: A1
clients:
  - name: c1
    accounts: [A1]
limits:
  - level: firm
    max_order_quantity: 1000
    max_order_notional: 10000
    price_collar_percent: 5
"""


def parse(text: str, **environ: str) -> Settings:
    return parse_settings(text, "g.yaml", Context(Path("/etc/gateway"), environ))


def changed(old: str, new: str) -> str:
    assert VALID.count(old) == 1, old
    return VALID.replace(old, new)


def problems_of(text: str, **environ: str) -> list[str]:
    try:
        parse(text, **environ)
    except ConfigError as error:
        return str(error).splitlines()
    return []
