"""A schedule as people write it: what is read, and what is refused in which words."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from gateway.config import ConfigError, Context
from gateway.config.schedule import Holiday, WindowRule
from gateway.config.session_overlay import read_session
from gateway.config.settings import SessionSettings

SESSION = """\
name: timed
begin_string: FIX.4.4
sender_comp_id: GATEWAY
target_comp_id: VENUE
host: 127.0.0.1
port: 9878
"""


def read(schedule: str) -> SessionSettings:
    return read_session(f"{SESSION}schedule:\n{schedule}", Context())


def problems(schedule: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(schedule)
    return str(caught.value)


def test_schedule_is_read_with_days_times_holidays_and_a_zone() -> None:
    settings = read(
        "  time_zone: America/New_York\n"
        '  windows: [{days: "mon-wed,fri", opens: "08:00", closes: "17:00:30"}]\n'
        '  holidays: ["2026-12-25", "2026-12-24 13:00"]\n'
        '  day_starts: "17:00"\n'
        "  reset: logon\n"
    )
    assert settings.schedule is not None
    schedule = settings.schedule.schedule()
    assert schedule.zone == ZoneInfo("America/New_York")
    assert schedule.rules == (WindowRule(frozenset({0, 1, 2, 4}), time(8), time(17, 0, 30)),)
    assert schedule.holidays == (Holiday(date(2026, 12, 25)), Holiday(date(2026, 12, 24), time(13)))
    assert (schedule.day_starts, schedule.reset) == (time(17), "logon")


def test_days_are_all_and_numbers_go_on_where_nothing_else_is_said() -> None:
    settings = read('  time_zone: UTC\n  windows: [{opens: "00:00", closes: "00:00"}]\n')
    assert settings.schedule is not None
    assert settings.schedule.windows[0].days == frozenset(range(7))
    assert settings.schedule.reset == "never"


def test_range_of_days_goes_over_the_end_of_the_week() -> None:
    settings = read('  time_zone: UTC\n  windows: [{days: sat-mon, opens: "01:00", closes: "02:00"}]\n')
    assert settings.schedule is not None
    assert settings.schedule.windows[0].days == frozenset({5, 6, 0})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time_zone: Mars/Olympus", "time_zone: expected the IANA name of a time zone"),
        ("time_zone: ../../etc/passwd", "time_zone: expected the IANA name of a time zone"),
        ('windows: [{opens: "24:00", closes: "01:00"}]', "opens: expected a time of day"),
        ('windows: [{opens: "8:00", closes: "01:00"}]', "opens: expected a time of day"),
        ('windows: [{days: monday, opens: "08:00", closes: "09:00"}]', "days: expected days of the week"),
        ("holidays: [2026-02-30]", "holidays[0]: expected a date"),
        ("holidays: [christmas]", "holidays[0]: expected a date"),
        ("reset: daily", "reset"),
        ("windows: []", "windows"),
        (
            'windows: [{days: "mon,tue", opens: "08:00", closes: "09:00", close_day: fri}]',
            "close_day: goes with one opening day",
        ),
        (
            'windows: [{opens: "08:00", closes: "12:00"}, {days: fri, opens: "11:59", closes: "13:00"}]',
            "windows[1]: overlaps windows[0]",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(text: str, said: str) -> None:
    given = {
        "time_zone": "time_zone: UTC",
        "windows": 'windows: [{opens: "08:00", closes: "09:00"}]',
    }
    given[text.partition(":")[0]] = text
    message = problems("".join(f"  {line}\n" for line in given.values()))
    assert said in message
