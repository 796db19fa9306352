"""Windows against a plain slow model, over zones and years; and the cases that people ask about, by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.config.schedule import (
    Holiday,
    Schedule,
    Window,
    WindowRule,
    find_overlap,
    first_instant,
    windows_between,
)

NEW_YORK = ZoneInfo("America/New_York")
ALL_DAYS = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
MINUTE = timedelta(minutes=1)
HOUR_NS = 3_600_000_000_000

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Asia/Tokyo",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Africa/Casablanca",  # clocks go back for Ramadan
    "Pacific/Apia",  # skipped a whole day in 2011
    "America/Sao_Paulo",  # changed at midnight
    "Asia/Kathmandu",
    "America/St_Johns",  # changed at 00:01
)


def ns(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000


def windows(schedule: Schedule, begin: str, end: str) -> list[Window]:
    return windows_between(schedule, ns(begin), ns(end))


def shown(found: list[Window]) -> list[str]:
    def text(instant_ns: int) -> str:
        return datetime.fromtimestamp(instant_ns // 1_000_000_000, UTC).strftime("%m-%d %H:%M")

    return [f"{text(window.opens_ns)} to {text(window.closes_ns)} ({window.day})" for window in found]


@cache
def model_first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Walk minute by minute until the wall clock reads it."""
    instant = datetime.combine(local.date(), time(0), UTC) - timedelta(hours=16)
    while instant.astimezone(zone).replace(tzinfo=None) < local:
        instant += MINUTE
    return instant


def model_is_open(schedule: Schedule, instant: datetime) -> bool:
    """Look at every opening of ten days by the slow clock, and leave out what is a holiday on the wall clock."""
    around = instant.astimezone(schedule.zone).date()
    for back in range(-1, 9):
        opening_date = around - timedelta(days=back)
        for rule in schedule.rules:
            if opening_date.weekday() not in rule.days:
                continue
            opens = datetime.combine(opening_date, rule.opens)
            closes = datetime.combine(opening_date, rule.closes)
            if rule.close_day is not None:
                while closes.weekday() != rule.close_day or closes <= opens:
                    closes += timedelta(days=1)
            elif closes <= opens:
                closes += timedelta(days=1)
            if (
                not model_first_instant(opens, schedule.zone)
                <= instant
                < model_first_instant(closes, schedule.zone)
            ):
                continue
            if not any(
                model_first_instant(datetime.combine(holiday.date, holiday.closes), schedule.zone)
                <= instant
                < model_first_instant(
                    datetime.combine(holiday.date, time(0)) + timedelta(days=1), schedule.zone
                )
                for holiday in schedule.holidays
            ):
                return True
    return False


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2036, 12, 31)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
    zones,
)
@example(datetime(2026, 3, 8, 2, 30), NEW_YORK)
@example(datetime(2026, 11, 1, 1, 30), NEW_YORK)
@example(datetime(2011, 12, 30, 12, 0), ZoneInfo("Pacific/Apia"))
@example(datetime(2018, 11, 4, 0, 0), ZoneInfo("America/Sao_Paulo"))
@settings(max_examples=60, deadline=None)
def test_first_instant_is_what_walking_the_clock_finds(local: datetime, zone: ZoneInfo) -> None:
    assert first_instant(local, zone) == model_first_instant(local, zone)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    count = draw(st.integers(1, 3))
    rules = []
    for _ in range(count):
        days = draw(st.frozensets(st.integers(0, 6), min_size=1))
        close_day = draw(st.none() | st.integers(0, 6)) if len(days) == 1 else None
        rules.append(WindowRule(days, draw(times), draw(times), close_day))
        if find_overlap(rules):
            rules.pop()
    if not rules:
        rules.append(WindowRule(WEEKDAYS, time(8), time(17)))
    dates = st.dates(date(2026, 3, 1), date(2026, 3, 20)) | st.dates(date(2026, 10, 20), date(2026, 11, 10))
    holidays = draw(st.lists(st.builds(Holiday, dates, st.just(time(0)) | times), max_size=2))
    return Schedule(draw(zones), tuple(rules), tuple(holidays))


@given(schedules(), st.data())
@settings(max_examples=12, deadline=None)
def test_windows_are_what_the_slow_model_finds(schedule: Schedule, data: st.DataObject) -> None:
    begin = data.draw(st.sampled_from([datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)]))
    end = begin + timedelta(days=4)
    found = windows_between(
        schedule, int(begin.timestamp()) * 1_000_000_000, int(end.timestamp()) * 1_000_000_000
    )
    for minute in range(0, 4 * 1440, 61):
        instant = begin + minute * MINUTE
        instant_ns = int(instant.timestamp()) * 1_000_000_000
        is_open = any(window.opens_ns <= instant_ns < window.closes_ns for window in found)
        assert is_open == model_is_open(schedule, instant), instant


@given(schedules(), st.integers(0, 20_000), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_windows_are_in_order_and_do_not_depend_on_where_one_looks(
    schedule: Schedule, hours: int, days: int
) -> None:
    begin = ns("2025-01-01T00:00") + hours * HOUR_NS
    end = begin + days * 24 * HOUR_NS
    found = windows_between(schedule, begin, end)
    for before, after in pairwise(found):
        assert before.closes_ns <= after.opens_ns
        assert before.day <= after.day
    middle = (begin + end) // 2
    halves = {*windows_between(schedule, begin, middle), *windows_between(schedule, middle, end)}
    assert halves == set(found)


@given(zones, times)
@settings(max_examples=40, deadline=None)
def test_whole_days_leave_no_gap_in_a_year(zone: ZoneInfo, at: time) -> None:
    schedule = Schedule(zone, (WindowRule(ALL_DAYS, at, at),))
    found = windows(schedule, "2026-01-01T00:00", "2027-01-01T00:00")
    assert len(found) in (365, 366, 367)
    for before, after in pairwise(found):
        assert before.closes_ns == after.opens_ns
        assert before.day < after.day


def test_office_hours_move_with_daylight_saving() -> None:
    schedule = Schedule(NEW_YORK, (WindowRule(WEEKDAYS, time(8), time(17)),))
    assert shown(windows(schedule, "2026-03-06T00:00", "2026-03-10T00:00")) == [
        "03-06 13:00 to 03-06 22:00 (20260306)",
        "03-09 12:00 to 03-09 21:00 (20260309)",
    ]


def test_window_from_friday_to_sunday_spans_the_change_and_keeps_its_day() -> None:
    weekly = Schedule(NEW_YORK, (WindowRule(frozenset({6}), time(17), time(17), close_day=4),))
    assert shown(windows(weekly, "2026-03-08T00:00", "2026-03-16T00:00")) == [
        "03-08 21:00 to 03-13 21:00 (20260308)",
        "03-15 21:00 to 03-20 21:00 (20260315)",
    ]


def test_time_that_is_skipped_is_the_moment_of_the_jump() -> None:
    schedule = Schedule(NEW_YORK, (WindowRule(ALL_DAYS, time(2, 30), time(4)),))
    assert shown(windows(schedule, "2026-03-08T00:00", "2026-03-09T00:00")) == [
        "03-08 07:00 to 03-08 08:00 (20260308)"
    ]


def test_window_that_is_skipped_as_a_whole_does_not_open() -> None:
    schedule = Schedule(NEW_YORK, (WindowRule(ALL_DAYS, time(2), time(3)),))
    assert windows(schedule, "2026-03-08T00:00", "2026-03-09T00:00") == []


def test_time_that_comes_twice_is_the_first() -> None:
    schedule = Schedule(NEW_YORK, (WindowRule(ALL_DAYS, time(1, 30), time(3)),))
    assert shown(windows(schedule, "2026-11-01T00:00", "2026-11-02T00:00")) == [
        "11-01 05:30 to 11-01 08:00 (20261101)"
    ]


def test_window_across_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    schedule = Schedule(ZoneInfo("UTC"), (WindowRule(WEEKDAYS, time(22), time(5)),))
    assert shown(windows(schedule, "2026-11-27T00:00", "2026-11-30T00:00")) == [
        "11-26 22:00 to 11-27 05:00 (20261126)",
        "11-27 22:00 to 11-28 05:00 (20261127)",
    ]


def test_evening_window_can_belong_to_the_day_after_where_the_day_starts_in_the_evening() -> None:
    rules = (WindowRule(ALL_DAYS, time(20), time(2)), WindowRule(ALL_DAYS, time(9), time(15)))
    schedule = Schedule(ZoneInfo("UTC"), rules, day_starts=time(18))
    assert [window.day for window in windows(schedule, "2026-11-27T08:00", "2026-11-28T16:00")] == [
        20261126,
        20261127,
        20261127,
    ]


def test_holiday_is_cut_out_all_day_or_from_a_time_on() -> None:
    rules = (WindowRule(WEEKDAYS, time(8), time(17)),)
    holidays = (Holiday(date(2026, 12, 24), time(13)), Holiday(date(2026, 12, 25)))
    schedule = Schedule(ZoneInfo("UTC"), rules, holidays)
    assert shown(windows(schedule, "2026-12-23T00:00", "2026-12-29T00:00")) == [
        "12-23 08:00 to 12-23 17:00 (20261223)",
        "12-24 08:00 to 12-24 13:00 (20261224)",
        "12-28 08:00 to 12-28 17:00 (20261228)",
    ]


def test_holiday_splits_a_weekly_window_and_the_day_stays_the_same() -> None:
    rules = (WindowRule(frozenset({6}), time(17), time(17), close_day=4),)
    schedule = Schedule(ZoneInfo("UTC"), rules, (Holiday(date(2026, 11, 25)),))
    assert shown(windows(schedule, "2026-11-22T00:00", "2026-11-28T00:00")) == [
        "11-22 17:00 to 11-25 00:00 (20261122)",
        "11-26 00:00 to 11-27 17:00 (20261122)",
    ]


@pytest.mark.parametrize(
    ("rules", "overlap"),
    [
        ([WindowRule(WEEKDAYS, time(8), time(12)), WindowRule(WEEKDAYS, time(12), time(17))], None),
        ([WindowRule(WEEKDAYS, time(8), time(12)), WindowRule(WEEKDAYS, time(11), time(17))], (0, 1)),
        ([WindowRule(ALL_DAYS, time(22), time(22))], None),
        (
            [WindowRule(frozenset({6}), time(22), time(5)), WindowRule(frozenset({0}), time(4), time(6))],
            (0, 1),
        ),
        ([WindowRule(frozenset({6}), time(17), time(17), 6)], None),
        (
            [WindowRule(frozenset({6}), time(17), time(17), 4), WindowRule(frozenset({2}), time(8), time(9))],
            (0, 1),
        ),
    ],
)
def test_overlap_within_the_week_and_over_its_end_is_found(
    rules: list[WindowRule], overlap: tuple[int, int] | None
) -> None:
    assert find_overlap(rules) == overlap
