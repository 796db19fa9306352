"""A configuration that names no limits has the default ones, and `gateway init` writes them out."""

import pytest
import yaml

from gateway.config.default_limits import DEFAULT_RISK_LIMITS
from gateway.config.load import parse_settings
from gateway.config.template import LIMITS, TEMPLATE

WRITTEN = TEMPLATE + LIMITS


def tree_of(text):
    """Every value as it is written: a number must not become a float."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def without(*keys):
    tree = tree_of(WRITTEN)
    for key in keys:
        tree.pop(key)
    return yaml.safe_dump(tree)


def test_configuration_without_limits_has_the_default_ones():
    settings = parse_settings(without("limits", "risk"), "g.yaml")
    (firm,) = settings.limits
    assert firm.level == "firm"
    assert None not in (firm.max_order_quantity, firm.max_order_notional, firm.price_collar_percent)
    assert [limit.name for limit in settings.risk.limits] == [each["name"] for each in DEFAULT_RISK_LIMITS]
    assert all(limit.level == "firm" and not limit.disabled for limit in settings.risk.limits)
    kinds = {limit.kind for limit in settings.risk.limits}
    assert {"open_orders", "open_notional", "position", "gross_exposure", "net_exposure"} <= kinds
    assert {"message_rate", "duplicate_orders", "repeated_executions", "total_loss", "self_trade"} <= kinds


def test_init_writes_out_what_a_file_without_limits_has():
    written, default = (parse_settings(text, "g.yaml") for text in (WRITTEN, without("limits", "risk")))
    assert written.risk.limits == default.risk.limits
    assert default.limits[0] == written.limits[0]


def test_whoever_names_limits_has_those_alone():
    settings = parse_settings(without("risk"), "g.yaml")
    assert settings.risk.limits == ()
    own = tree_of(without("limits", "risk"))
    own["risk"] = {"limits": []}
    assert parse_settings(yaml.safe_dump(own), "g.yaml").risk.limits == ()


@pytest.mark.parametrize("key", [each["name"] for each in DEFAULT_RISK_LIMITS])
def test_each_can_be_switched_off_where_it_stands(key):
    tree = tree_of(WRITTEN)
    for each in tree["risk"]["limits"]:
        each["disabled"] = "true" if each["name"] == key else "false"
    settings = parse_settings(yaml.safe_dump(tree), "g.yaml")
    assert [limit.name for limit in settings.risk.limits if limit.disabled] == [key]
