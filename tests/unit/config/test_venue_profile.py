"""Profiles of venues: what the file says arrives, and names that are not known are refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config.consistency import find_faults
from gateway.config.core_settings import core_settings
from gateway.config.settings import Settings
from gateway.config.venue_profile import ORDER_TYPES, TERMS, TIMES_IN_FORCE
from gateway.core import _core

TREE: dict[str, Any] = yaml.safe_load(
    """
    sessions: [{name: s, begin_string: FIX.4.4, sender_comp_id: A, target_comp_id: B, host: h, port: "1"}]
    profiles:
      - name: broker
        order_types: [market, limit_if_touched]
        times_in_force: [day, gtd]
        terms: [stop_price]
        order_type_codes: [{order_type: limit_if_touched, code: L}]
        time_in_force_codes: [{time_in_force: gtd, code: "6"}]
        tags: [{term: stop_price, tag: "9002"}]
        custom_fields: [{tag: "9001", value: DESK1}]
        trading_session: DAY
    venues: [{name: v, session: s, profile: broker}]
    instruments: [{symbol: X, venue: v, tick_size: "0", lot_size: "0", currency: USD}]
    accounts: [{name: a}]
    clients: [{name: c, accounts: [a]}]
    limits:
      - {level: firm, max_order_quantity: "1", max_order_notional: "1", price_collar_percent: "1"}
    """
)


def no_dictionary(name: str, override: Path | None, overlay: Path | None, strict: bool) -> bytes:
    return b""


def test_profile_reaches_the_core() -> None:
    settings = Settings.model_validate(TREE)
    assert settings.profiles[0].order_types == ("market", "limit_if_touched")
    assert settings.profiles[0].trading_session == "DAY"
    assert isinstance(core_settings(settings, no_dictionary, 0), _core.CoreSettings)


def test_core_knows_every_name_of_the_configuration() -> None:
    _core.VenueProfile(order_types=ORDER_TYPES, times_in_force=TIMES_IN_FORCE, terms=TERMS)


@pytest.mark.parametrize("key", ["order_types", "times_in_force", "terms"])
def test_core_refuses_a_name_that_it_does_not_know(key: str) -> None:
    names = {"order_types": [], "times_in_force": [], "terms": [], key: ["iceberg"]}
    with pytest.raises(ValueError, match="not known: 'iceberg'"):
        _core.VenueProfile(**names)  # type: ignore[arg-type]


def test_venue_with_a_profile_that_is_not_there_is_a_fault() -> None:
    tree = {**TREE, "venues": [{"name": "v", "session": "s", "profile": "brokr"}]}
    faults = [message for _, message in find_faults(tree)]
    assert len(faults) == 1
    assert "brokr" in faults[0]
