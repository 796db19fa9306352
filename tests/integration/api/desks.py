"""What a running gateway has beside its core, made by the daemon's own wiring: what changes its sessions and limits,
its analytics, and what it tells of itself.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypedDict

from gateway.api.admin import AdminFacts
from gateway.api.control import AnalyticsPort
from gateway.config import load_settings
from gateway.config.live_sessions import LiveSessions
from gateway.config.shown import shown_settings
from gateway.core import _core
from gateway.daemon.risk import limits_taker, open_limit_desk
from gateway.daemon.sessions import session_desk, with_session_overlay
from gateway.risk.analytics.messages import analytics_answer
from gateway.risk.analytics.service import AnalyticsService
from gateway.risk.analytics.terms import analytics_terms
from gateway.risk.limits.desk import LimitDesk

__all__ = ["Desks", "open_desks", "write_configuration"]

_CONFIGURATION = """\
journal:
  path: {journal}
  segment_size: 16MiB
  durability: {durability}
sessions:
  - name: SIM
    role: initiator
    begin_string: FIX.4.4
    sender_comp_id: {comp_id}
    target_comp_id: SIM
    host: 127.0.0.1
    port: {port}
    reconnect_min: 10ms
venues:
  - {{name: SIM, session: SIM}}
instruments:
  - {{symbol: ACME, venue: SIM, tick_size: 0.01, lot_size: 1, currency: USD}}
  - {{symbol: OTHER, venue: SIM, tick_size: 0.01, lot_size: 1, currency: USD}}
accounts:
  - name: A1
  - name: A2
  - name: B1
clients:
  - {{name: alpha, accounts: [A1, A2], rights: [read, trade, cancel, risk, admin]}}
  - {{name: beta, accounts: [B1], rights: [read, trade, cancel, risk, admin]}}
  - {{name: gamma, accounts: [A1]}}
limits:
  - {{level: firm, max_order_quantity: 1000, max_order_notional: 1000000000, price_collar_percent: 1000}}
risk:
  limits: []
"""
"""The core's settings in support.py, as a file would have them."""


class Desks(TypedDict):
    """Arguments of `create_server`."""

    desk: LiveSessions
    limit_desk: LimitDesk
    analytics: AnalyticsPort
    facts: AdminFacts


def write_configuration(journal: Path, *, comp_id: str, port: int, durability: str) -> Path:
    """Write gateway.yaml beside the journal's folder."""
    path = journal.parent / "gateway.yaml"
    path.write_text(
        _CONFIGURATION.format(journal=journal.name, comp_id=comp_id, port=port, durability=durability)
    )
    return path


def open_desks(core: _core.Gateway, configuration: Path, now_ns: Callable[[], int]) -> Desks:
    """Make them over a core that was opened with the same settings."""
    settings = with_session_overlay(load_settings(configuration), configuration)
    desk = session_desk(settings, core, configuration)
    limits = open_limit_desk(settings, core)
    desk.follow_limits(limits_taker(limits))
    analytics = AnalyticsService(core, analytics_terms(settings), now_ns=now_ns)
    return Desks(
        desk=desk,
        limit_desk=limits,
        analytics=partial(analytics_answer, analytics),
        facts=AdminFacts(
            version=_core.__version__,
            parts=lambda: [("core", "ok", "")],
            settings=lambda: shown_settings(desk.in_force),
            file=str(configuration),
        ),
    )
