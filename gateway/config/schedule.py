"""When a session is up: from what a person writes (days, times, a time zone, holidays) to windows in UTC.

Everything is local wall-clock time until the last step, which is one function: `first_instant` gives the first
moment at which the wall clock reads a time or later. It never goes back, so windows that do not overlap on the
wall clock do not overlap in UTC, whatever the time zone does:

- a time that is skipped when the clocks go forward is the moment when they do;
- a time that comes twice when they go back is the first of the two.

So a window from 01:30 to 01:30 is 23, 24 or 25 hours long, and the next one begins when it ends.

Pure: no clock is read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = [
    "WEEKDAYS",
    "WINDOWS_MAX",
    "DayReset",
    "Holiday",
    "Schedule",
    "Window",
    "WindowRule",
    "find_overlap",
    "first_instant",
    "windows_between",
]

DayReset = Literal["never", "local", "logon"]
"""What happens to the sequence numbers when a session day begins."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOWS_MAX = 1024
"""What the core takes at once."""

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class WindowRule:
    """A window that comes again each week: on which days it opens, and when it closes.

    Without `close_day` it closes on the day on which it opens, or on the next one where `closes` is not after
    `opens`: equal times are a whole day. With it, it closes on the next such weekday.
    """

    days: frozenset[int]
    """Weekdays on which it opens, Monday is 0."""
    opens: time
    closes: time
    close_day: int | None = None

    def opening(self, weekday: int) -> timedelta:
        """Distance from the Monday's midnight."""
        return weekday * _DAY + _since_midnight(self.opens)

    def closing(self, weekday: int) -> timedelta:
        """Distance from the same midnight; later than the opening, by a week at most."""
        opening = self.opening(weekday)
        day = weekday if self.close_day is None else self.close_day
        closing = day * _DAY + _since_midnight(self.closes)
        step = _DAY if self.close_day is None else _WEEK
        while closing <= opening:
            closing += step
        return closing


@dataclass(frozen=True)
class Holiday:
    """A date on which the session is down: all day, or from a time on until midnight."""

    date: date
    closes: time = time.min


@dataclass(frozen=True)
class Schedule:
    """A session's windows, its holidays and what a new day does."""

    zone: ZoneInfo
    rules: tuple[WindowRule, ...]
    holidays: tuple[Holiday, ...] = ()
    day_starts: time = time.min
    """A window belongs to the day that began last before it opens; the day is called after that date."""
    reset: DayReset = "never"


@dataclass(frozen=True, order=True)
class Window:
    """A time in which the session is up."""

    opens_ns: int
    closes_ns: int
    """First instant after it."""
    day: int
    """The session day, as YYYYMMDD."""


def windows_between(schedule: Schedule, begin_ns: int, end_ns: int) -> list[Window]:
    """Give the windows that have a part in [begin, end), whole and in order; at most WINDOWS_MAX, the earliest."""
    first = _local_date(begin_ns, schedule.zone) - _WEEK - _DAY
    last = _local_date(end_ns, schedule.zone) + _DAY
    windows: list[Window] = []
    for rule in schedule.rules:
        for opens, closes in _occurrences(rule, first, last):
            windows.extend(_in_utc(schedule, opens, closes))
    windows.sort()
    return [window for window in windows if window.closes_ns > begin_ns and window.opens_ns < end_ns][
        :WINDOWS_MAX
    ]


def first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Give the first moment, in UTC, at which the wall clock reads `local` (naive) or later."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    # A time that is skipped. Read with the offset after the jump it is too early, with the one before too late.
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = instant
    while late - early > _SECOND:
        middle = early + (late - early) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= local:
            late = middle
        else:
            early = middle
    return late


def find_overlap(rules: Sequence[WindowRule]) -> tuple[int, int] | None:
    """Give the places of two rules (or of one, twice) that are open at the same time in the same week."""
    spans = sorted(
        (rule.opening(day), rule.closing(day), place) for place, rule in enumerate(rules) for day in rule.days
    )
    for (_, closing, before), (opening, _, after) in pairwise(spans):
        if opening < closing:
            return before, after
    if spans:
        latest = max(spans, key=lambda span: span[1])
        if latest[1] > spans[0][0] + _WEEK:
            return latest[2], spans[0][2]
    return None


def _occurrences(rule: WindowRule, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Give the openings from one date to another, each with its closing, on the wall clock."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        opening_date = date.fromordinal(ordinal)
        if opening_date.weekday() in rule.days:
            opens = datetime.combine(opening_date, rule.opens)
            weekday = opening_date.weekday()
            yield opens, opens + (rule.closing(weekday) - rule.opening(weekday))


def _in_utc(schedule: Schedule, opens: datetime, closes: datetime) -> Iterator[Window]:
    """Cut the holidays out, and give what is left of a window."""
    day = _session_day(schedule, opens)
    for begin, end in _without_holidays(schedule, opens, closes):
        opens_ns = _nanoseconds(first_instant(begin, schedule.zone))
        closes_ns = _nanoseconds(first_instant(end, schedule.zone))
        if opens_ns < closes_ns:  # else the clocks have skipped all of it
            yield Window(opens_ns, closes_ns, day)


def _without_holidays(
    schedule: Schedule, opens: datetime, closes: datetime
) -> Iterator[tuple[datetime, datetime]]:
    begin = opens
    for holiday in sorted(schedule.holidays, key=lambda holiday: (holiday.date, holiday.closes)):
        down = datetime.combine(holiday.date, holiday.closes)
        up = datetime.combine(holiday.date, time(0)) + _DAY
        if up <= begin or down >= closes:
            continue
        if down > begin:
            yield begin, down
        begin = up
    if begin < closes:
        yield begin, closes


def _session_day(schedule: Schedule, opens: datetime) -> int:
    began = opens - _since_midnight(schedule.day_starts)
    return began.year * 10_000 + began.month * 100 + began.day


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)


def _local_date(instant_ns: int, zone: ZoneInfo) -> date:
    return (_EPOCH + timedelta(microseconds=instant_ns // 1_000)).astimezone(zone).date()


def _nanoseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _SECOND * 1_000_000_000
