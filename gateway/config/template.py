"""The commented configuration that `gateway init` writes."""

from __future__ import annotations

__all__ = ["LIMITS", "TEMPLATE", "TLS_FOLDER", "with_tls"]

TLS_FOLDER = "tls"

TEMPLATE = """\
# yaml-language-server: $schema=./gateway.schema.json
#
# Configuration of the gateway. Check it with `gateway check-config gateway.yaml`, run it with
# `gateway run -c gateway.yaml`. Relative paths start at this file's folder. Every key: docs/configuration.md.
#
# It points at the bundled exchange simulator; start that first:
#   python -m sim --port 9878

journal:
  path: journal             # the record of truth; keep it on a local disk
  segment_size: 64MiB
  durability: process       # `disk`: every order is on disk before it is on the wire

api:
  bind: 127.0.0.1:7010      # gRPC, for clients and the command line
  identity: name            # clients are believed; for other machines: `tls` and `token` or `certificate`

monitor:
  bind: 127.0.0.1:7011      # /metrics, /healthz, /readyz

# The database is a projection of the journal. Default: SQLite in gateway.db beside the journal.
# database:
#   url: postgresql+psycopg://gateway:${env:GATEWAY_DB_PASSWORD}@127.0.0.1/gateway

sessions:
  - name: sim
    role: initiator         # the gateway connects
    begin_string: FIX.4.4
    sender_comp_id: GATEWAY
    target_comp_id: SIM
    host: 127.0.0.1
    port: 9878
    heartbeat_interval: 30s
    # username: trader
    # password: ${env:SIM_PASSWORD}     # secrets by reference only: ${env:NAME} or ${file:PATH}

venues:
  - name: SIM
    session: sim

# Only what is listed here can be traded.
instruments:
  - {symbol: AAPL, venue: SIM, tick_size: 0.01, lot_size: 1, currency: USD, reference_price: 190.00}
  - {symbol: MSFT, venue: SIM, tick_size: 0.01, lot_size: 1, currency: USD, reference_price: 415.00}
  - {symbol: EUR/USD, venue: SIM, tick_size: 0.00001, lot_size: 1000, currency: USD, reference_price: 1.08500}

accounts:
  - name: DEMO

clients:
  - name: demo
    accounts: [DEMO]
    rights: [read, trade, cancel, risk, admin]    # a strategy needs no more than read, trade, cancel

# No order passes that breaks one of these. All levels that an order falls under apply; the tightest wins.
limits:
  - level: firm
    max_order_quantity: 100000
    max_order_notional: 1000000
    price_collar_percent: 10
  - level: account:DEMO
    max_order_notional: 250000
"""

LIMITS = """
# Limits on what is open and held, and on the market: docs/risk.md has all kinds. These are the ones that a file without
# limits has. `disabled: true` switches one off; whoever leaves a line out has no such limit.
risk:
  limits:
    - {name: default/open-orders, level: firm, kind: open_orders, count: 10000}
    - {name: default/open-notional, level: firm, kind: open_notional, value: 50000000}
    - {name: default/position, level: firm, kind: position, value: 1000000}
    - {name: default/gross-exposure, level: firm, kind: gross_exposure, value: 100000000}
    - {name: default/net-exposure, level: firm, kind: net_exposure, value: 50000000}
    - {name: default/short-exposure, level: firm, kind: short_exposure, value: 50000000}
    # Held where somebody says the volume and the venue's price band: `gateway prices load`, or the API.
    - {name: default/volume-share, level: firm, kind: volume_share, value: 10, allow_missing_reference: true}
    - {name: default/price-band, level: firm, kind: price_collar, value: 0, reference: venue_band,
       allow_missing_reference: true}
    - {name: default/message-rate, level: firm, kind: message_rate, count: 5000, window: 1s}
    - {name: default/duplicates, level: firm, kind: duplicate_orders, count: 50, window: 1s}
    - {name: default/accumulated-notional, level: firm, kind: accumulated_notional, value: 1000000000, window: 24h}
    # These two halt the firm: `gateway risk` says so, and a person lifts it with a reason.
    - {name: default/repeated-executions, level: firm, kind: repeated_executions, count: 5000, window: 10s,
       action: halt}
    - {name: default/total-loss, level: firm, kind: total_loss, value: 1000000, action: halt}
    - {name: default/self-trade, level: firm, kind: self_trade, action: warn}
"""
"""What `gateway init` writes behind the template: the limits that a file without any has."""

_IDENTITY = """\
  identity: name            # clients are believed; for other machines: `tls` and `token` or `certificate`
"""
_IDENTITY_WITH_TLS = f"""\
  identity: token           # `authorization: Bearer TOKEN`; below are only the tokens' hashes
  tls:
    certificate: {TLS_FOLDER}/server.crt
    private_key: {TLS_FOLDER}/server.key
    # For clients that show a certificate, such as {TLS_FOLDER}/demo.crt: `identity: certificate`, and
    # client_ca: {TLS_FOLDER}/ca.crt
    # client_certificate: required
"""
_RIGHTS = (
    "    rights: [read, trade, cancel, risk, admin]    # a strategy needs no more than read, trade, cancel\n"
)


def with_tls(template: str, token_hash: str) -> str:
    """Have the template serve TLS, with its client known by a token of this hash."""
    assert _IDENTITY in template
    assert _RIGHTS in template
    proofs = (
        f"    token_hashes:           # `gateway client add NAME` makes another\n      - {token_hash}\n"
        f"    certificate_names: ['DNS:demo']    # for `identity: certificate`: {TLS_FOLDER}/demo.crt\n"
    )
    return template.replace(_IDENTITY, _IDENTITY_WITH_TLS).replace(_RIGHTS, _RIGHTS + proofs)
