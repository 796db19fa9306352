"""Trading hours, expiry and margin rates of instruments in the configuration."""

from datetime import UTC, datetime

import pytest

from gateway.config.core_settings import expires_ns, trading_windows
from gateway.config.load import parse_settings
from gateway.config.problem import ConfigError
from gateway.config.template import TEMPLATE

HOURS = """
trading_hours:
  - name: us
    time_zone: America/New_York
    windows:
      - {days: mon-fri, opens: "09:30", closes: "16:00"}
    holidays: [2026-12-25, 2026-11-27 13:00]
"""
AAPL = "{symbol: AAPL, venue: SIM, "


def settings_of(terms: str, hours: str = HOURS):
    return parse_settings(TEMPLATE.replace(AAPL, f"{AAPL}{terms}, ") + hours, "g.yaml")


def ns(*time: int) -> int:
    return int(datetime(*time, tzinfo=UTC).timestamp()) * 10**9


def test_hours_are_windows_in_utc_with_holidays_and_daylight_saving():
    settings = settings_of("trading_hours: us")
    assert settings.instruments[0].trading_hours == "us"
    windows = trading_windows(settings.trading_hours[0], ns(2026, 11, 26))
    assert (ns(2026, 11, 27, 14, 30), ns(2026, 11, 27, 18), 20261127) in windows  # closes at 13:00 there
    spring = trading_windows(settings.trading_hours[0], ns(2026, 3, 6))
    assert [(opens, closes) for opens, closes, _ in spring if opens > ns(2026, 3, 6)][:2] == [
        (ns(2026, 3, 6, 14, 30), ns(2026, 3, 6, 21)),
        (ns(2026, 3, 9, 13, 30), ns(2026, 3, 9, 20)),
    ]
    december = trading_windows(settings.trading_hours[0], ns(2026, 12, 25))
    assert not [day for _, _, day in december if day == 20261225]


def test_instrument_expires_with_its_last_day_in_the_zone_of_its_hours():
    settings = settings_of("expires: 2026-12-18, trading_hours: us")
    assert expires_ns(settings.instruments[0], settings.trading_hours) == ns(2026, 12, 19, 5)
    settings = settings_of("expires: 2026-12-18")
    assert expires_ns(settings.instruments[0], settings.trading_hours) == ns(2026, 12, 19)
    assert expires_ns(settings.instruments[1], settings.trading_hours) == 0


@pytest.mark.parametrize(
    ("terms", "hours", "said"),
    [
        ("trading_hours: eu", HOURS, "no entry of trading_hours is called 'eu' (there are us)"),
        ("trading_hours: us", "", "no entry of trading_hours is called 'us' (there are none)"),
        ("expires: tomorrow", HOURS, "expected a date such as 2026-12-18, was 'tomorrow'"),
        ("expires: 2026-13-18", HOURS, "expected a date such as 2026-12-18"),
        ("max_quantity: -1", HOURS, "instruments[0].max_quantity: expected a decimal of zero or more"),
        ("margin_rate_percent: lots", HOURS, "instruments[0].margin_rate_percent: expected a decimal"),
        ("trading_hours: us", HOURS.replace("America/New_York", "Mars/Base"), "IANA name of a time zone"),
        ("trading_hours: us", HOURS + HOURS.partition("trading_hours:\n")[2], "'us' is already the name"),
        (
            "trading_hours: us",
            HOURS.replace(
                "    holidays", '      - {days: fri, opens: "15:00", closes: "17:00"}\n    holidays'
            ),
            "trading_hours[0].windows[1]: overlaps windows[0]",
        ),
    ],
)
def test_garbage_is_refused_with_its_place(terms, hours, said):
    with pytest.raises(ConfigError) as refused:
        settings_of(terms, hours)
    assert said in str(refused.value)
