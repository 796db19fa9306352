"""The limits of a configuration that names none: on for what matters, large enough for a first day, and finite.

They hold for the whole firm, each instrument of it, and money as the configuration counts it. Whoever names limits of
their own has these no longer: `limits` takes the place of the first three, `risk.limits` of the others, and
`gateway init` writes all of them out. One of them is switched off by `disabled: true` where it stands, never by
leaving the section out.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULT_LIMITS", "DEFAULT_RISK_LIMITS", "with_default_limits"]

DEFAULT_LIMITS: tuple[dict[str, Any], ...] = (
    {
        "level": "firm",
        "max_order_quantity": "100000",
        "max_order_notional": "1000000",
        "price_collar_percent": "10",
    },
)
"""The section `limits`."""

DEFAULT_RISK_LIMITS: tuple[dict[str, Any], ...] = (
    {"name": "default/open-orders", "level": "firm", "kind": "open_orders", "count": 10_000},
    {"name": "default/open-notional", "level": "firm", "kind": "open_notional", "value": "50000000"},
    {"name": "default/position", "level": "firm", "kind": "position", "value": "1000000"},
    {"name": "default/gross-exposure", "level": "firm", "kind": "gross_exposure", "value": "100000000"},
    {"name": "default/net-exposure", "level": "firm", "kind": "net_exposure", "value": "50000000"},
    {"name": "default/short-exposure", "level": "firm", "kind": "short_exposure", "value": "50000000"},
    {
        "name": "default/volume-share",
        "level": "firm",
        "kind": "volume_share",
        "value": "10",
        "allow_missing_reference": True,
    },
    {
        "name": "default/price-band",
        "level": "firm",
        "kind": "price_collar",
        "value": "0",
        "reference": "venue_band",
        "allow_missing_reference": True,
    },
    {"name": "default/message-rate", "level": "firm", "kind": "message_rate", "count": 5_000, "window": "1s"},
    {"name": "default/duplicates", "level": "firm", "kind": "duplicate_orders", "count": 50, "window": "1s"},
    {
        "name": "default/accumulated-notional",
        "level": "firm",
        "kind": "accumulated_notional",
        "value": "1000000000",
        "window": "24h",
    },
    {
        "name": "default/repeated-executions",
        "level": "firm",
        "kind": "repeated_executions",
        "count": 5_000,
        "window": "10s",
        "action": "halt",
    },
    {
        "name": "default/total-loss",
        "level": "firm",
        "kind": "total_loss",
        "value": "1000000",
        "action": "halt",
    },
    {"name": "default/self-trade", "level": "firm", "kind": "self_trade", "action": "warn"},
)
"""The section `risk.limits`. Volumes and price bands are held where somebody says them."""


def with_default_limits(tree: dict[str, Any]) -> dict[str, Any]:
    """Give the tree of a configuration the default limits where it names none."""
    if "limits" in tree:
        return tree
    changed = {**tree, "limits": list(DEFAULT_LIMITS)}
    risk = tree.get("risk")
    if risk is None or (isinstance(risk, dict) and "limits" not in risk):
        changed["risk"] = {**(risk or {}), "limits": list(DEFAULT_RISK_LIMITS)}
    return changed
