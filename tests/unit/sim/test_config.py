"""The configuration file and its errors."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from sim.config.load import ConfigError, load, parse


def test_empty_file_gives_the_defaults():
    settings = parse("", "venue.yaml")
    assert settings.session.sender_comp_id == "SIM"
    assert settings.symbols["AAPL"].tick == Decimal("0.01")


def test_prices_are_read_as_written():
    settings = parse("symbols: {A: {price: 0.3, tick: 0.1}}", "venue.yaml")
    assert settings.symbols["A"].price == Decimal("0.3")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "session:\n  logon_timeout: 5\n",
            "v.yaml:2: session.logon_timeout: unknown key; allowed here: sender_comp_id, logon_timeout_s, "
            "logout_timeout_s, sending_time_tolerance_s, message_bytes_max, unread_bytes_max",
        ),
        (
            "liquidity:\n  enabled: true\n\n  levels: 99\n",
            "v.yaml:4: liquidity.levels: input should be less than or equal to 20 (was '99')",
        ),
        (
            "symbols:\n  A: {price: 10}\n  B:\n    price: 10\n    tik: 1\n",
            "v.yaml:5: symbols.B.tik: unknown key; allowed here: "
            "price, tick, lot, quantity_max, band_percent, matching, halt_percent",
        ),
        ("symbols:\n  A: {tick: 1}\n", "v.yaml:2: symbols.A.price: field required"),
        (
            "symbols:\n  A: {price: 10.005}\n",
            "v.yaml:2: symbols.A: price must be a multiple of tick 0.01, was 10.005",
        ),
        (
            "exchange:\n  replace_below_filled: maybe\n",
            "v.yaml:2: exchange.replace_below_filled: input should be 'reject' or 'done' (was 'maybe')",
        ),
        (
            "session:\n  sender_comp_id: A\n  sender_comp_id: B\n",
            "v.yaml:3: session.sender_comp_id: given twice; remove one",
        ),
        (
            "calendar: {timezone: Mars/Base}\n",
            "v.yaml:1: calendar.timezone: must be a name of the IANA time zone database, as America/New_York "
            "(was 'Mars/Base')",
        ),
        (
            "calendar:\n  phases:\n    - {at: '10:00', phase: lunch}\n",
            "v.yaml:3: calendar.phases.0.phase: input should be 'pre_open', 'opening_auction', 'continuous', "
            "'halt', 'closing_auction' or 'closed' (was 'lunch')",
        ),
        (
            "calendar:\n  phases:\n    - {at: '10:00', phase: pre_open}\n",
            "v.yaml:1: calendar: the last phase of a day must be closed or continuous",
        ),
        (
            "- 1\n",
            "v.yaml:1: expected keys and values; allowed keys: "
            "session, exchange, calendar, venue, roles, symbols, liquidity, behaviours",
        ),
    ],
)
def test_fault_names_line_key_and_what_is_allowed(text, error):
    with pytest.raises(ConfigError) as caught:
        parse(text, "v.yaml")
    assert str(caught.value) == error


def test_all_faults_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        parse("session: {logon_timeout_s: x}\nliquidity: {makers: -1}\n", "v.yaml")
    assert [line.split(": ")[0] for line in str(caught.value).split("\n")] == ["v.yaml:1", "v.yaml:2"]


def test_broken_yaml_is_named_with_its_place():
    with pytest.raises(ConfigError) as caught:
        parse("session: {}\na: [1", "v.yaml")
    assert str(caught.value).startswith("v.yaml:2: not YAML: expected ',' or ']'")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nothing.yaml")


def test_example_in_the_documentation_is_valid_and_complete():
    text = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()
    example = text.split("## Configuration")[1].split("```yaml\n")[1].split("```")[0]
    settings = parse(example, "example")
    for section in ("session", "exchange", "calendar", "liquidity"):
        shown = set(yaml.safe_load(example)[section])
        assert shown == set(type(getattr(settings, section)).model_fields)
    defaults = parse("", "nothing")
    assert (settings.session, settings.exchange, settings.liquidity) == (
        defaults.session,
        defaults.exchange,
        defaults.liquidity,
    )


def test_example_of_a_venue_in_the_documentation_is_valid_and_complete():
    text = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()
    example = text.split("## Venues")[1].split("```yaml\n")[1].split("```")[0]
    venue = parse(example, "example").venue
    shown = yaml.safe_load(example)["venue"]
    assert set(shown) == set(type(venue).model_fields)
    for part in ("cl_ord_id", "ids", "cancel_on_disconnect", "numbering", "batches", "event_resend", "fees"):
        assert set(shown[part]) == set(type(getattr(venue, part)).model_fields), part
