"""How a session's schedule is written in the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field
from pydantic.json_schema import JsonSchemaValue

from gateway.config.scalars import Context, Name, Scalar
from gateway.config.schedule import WEEKDAYS, DayReset, Holiday, Schedule, WindowRule
from gateway.config.section import Section

__all__ = ["Day", "ScheduleSettings", "TradingHoursSettings", "WindowSettings"]


@dataclass(frozen=True)
class TimeOfDay(Scalar):
    """A time on the wall clock."""

    @property
    def expected(self) -> str:
        return "a time of day from 00:00 to 23:59:59, such as 17:30"

    def read(self, text: str, context: Context) -> time:
        match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", text)
        if match is None:
            raise ValueError
        return time(int(match[1]), int(match[2]), int(match[3] or 0))

    def write(self, value: Any) -> str:
        assert isinstance(value, time)
        return value.isoformat("seconds" if value.second else "minutes")

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}


@dataclass(frozen=True)
class Weekdays(Scalar):
    """Days of the week: single ones and ranges, with commas between them."""

    @property
    def expected(self) -> str:
        return f"days of the week such as mon-fri or sun,wed (of {', '.join(WEEKDAYS)})"

    def read(self, text: str, context: Context) -> frozenset[int]:
        days: set[int] = set()
        for part in text.lower().split(","):
            first, _, last = part.strip().partition("-")
            begin = WEEKDAYS.index(first.strip())
            end = WEEKDAYS.index(last.strip()) if last else begin
            days.update((begin + offset) % 7 for offset in range((end - begin) % 7 + 1))
        return frozenset(days)

    def write(self, value: Any) -> str:
        assert isinstance(value, frozenset)
        return "mon-sun" if len(value) == len(WEEKDAYS) else ",".join(WEEKDAYS[day] for day in sorted(value))

    def json_schema(self) -> JsonSchemaValue:
        day = "|".join(WEEKDAYS)
        part = f"({day})(-({day}))?"
        return {"type": "string", "pattern": f"^{part}(, ?{part})*$"}


@dataclass(frozen=True)
class Weekday(Scalar):
    """One day of the week."""

    @property
    def expected(self) -> str:
        return f"one of {', '.join(WEEKDAYS)}"

    def read(self, text: str, context: Context) -> int:
        return WEEKDAYS.index(text.lower())

    def write(self, value: Any) -> str:
        return WEEKDAYS[value]

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "enum": list(WEEKDAYS)}


@dataclass(frozen=True)
class HolidayText(Scalar):
    """A date, and where not all of it is meant, the time from which on."""

    @property
    def expected(self) -> str:
        return "a date such as 2026-12-25, or with the time it closes at: 2026-12-24 13:00"

    def read(self, text: str, context: Context) -> Holiday:
        day, _, closes = text.partition(" ")
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
            raise ValueError
        return Holiday(
            date.fromisoformat(day), TimeOfDay().read(closes.strip(), context) if closes else time(0)
        )

    def write(self, value: Any) -> str:
        assert isinstance(value, Holiday)
        text = value.date.isoformat()
        return text if value.closes == time(0) else f"{text} {TimeOfDay().write(value.closes)}"

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$"}


@dataclass(frozen=True)
class Day(Scalar):
    """A date."""

    @property
    def expected(self) -> str:
        return "a date such as 2026-12-18"

    def read(self, text: str, context: Context) -> date:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return date.fromisoformat(text)

    def write(self, value: Any) -> str:
        assert isinstance(value, date)
        return value.isoformat()

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True)
class TimeZone(Scalar):
    """A time zone by its name in the IANA database."""

    @property
    def expected(self) -> str:
        return "the IANA name of a time zone, such as America/New_York or UTC"

    def read(self, text: str, context: Context) -> ZoneInfo:
        if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", text):
            raise ValueError
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError("no zone is called so") from error

    def write(self, value: Any) -> str:
        return str(value)

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}


class WindowSettings(Section):
    """A time in which the session is up, again each week."""

    days: Annotated[frozenset[int], Weekdays()] = frozenset(range(7))
    """Days on which it opens: `mon-fri`, `sun`, `mon,wed`."""
    opens: Annotated[time, TimeOfDay()]
    """When it opens, on the wall clock of the time zone."""
    closes: Annotated[time, TimeOfDay()]
    """When it closes: on the same day, or on the next where it is not after `opens`. Equal: 24 hours."""
    close_day: Annotated[int | None, Weekday()] = None
    """The day on which it closes, where it is open for several: a weekly session. `days` is one day then."""


class ScheduleSettings(Section):
    """When a session is up. Outside its windows it logs out, and no Logon is sent or taken."""

    time_zone: Annotated[ZoneInfo, TimeZone()]
    """The time zone of all times, by its IANA name. Daylight saving is followed."""
    windows: Annotated[tuple[WindowSettings, ...], Field(min_length=1, max_length=32)]
    """Its windows; they must not overlap. Those that follow at once are one session without a logout."""
    holidays: Annotated[tuple[Annotated[Holiday, HolidayText()], ...], Field(max_length=1000)] = ()
    """Dates on which it is down, all day or from a time on: `2026-12-25`, `2026-12-24 13:00`."""
    day_starts: Annotated[time, TimeOfDay()] = time.min
    """When a session day begins. Windows of one day share their sequence numbers."""
    reset: DayReset = "never"
    """Sequence numbers at the start of a session day: they go on (never), start at 1 without a word, as the
    counterparty's do (local), or start at 1 with ResetSeqNumFlag(141)=Y in the day's first Logon (logon)."""

    def schedule(self) -> Schedule:
        """Give it in the form in which windows are computed."""
        return Schedule(
            zone=self.time_zone,
            rules=tuple(
                WindowRule(window.days, window.opens, window.closes, window.close_day)
                for window in self.windows
            ),
            holidays=self.holidays,
            day_starts=self.day_starts,
            reset=self.reset,
        )


class TradingHoursSettings(Section):
    """When instruments may be traded. Outside its windows new orders and replaces are denied; cancels pass."""

    name: Annotated[str, Name("a name")]
    """What instruments call them."""
    time_zone: Annotated[ZoneInfo, TimeZone()]
    """The time zone of all times, by its IANA name. Daylight saving is followed."""
    windows: Annotated[tuple[WindowSettings, ...], Field(min_length=1, max_length=32)]
    """When it is open; they must not overlap."""
    holidays: Annotated[tuple[Annotated[Holiday, HolidayText()], ...], Field(max_length=1000)] = ()
    """Dates on which it is closed, all day or from a time on: `2026-12-25`, `2026-12-24 13:00`."""

    def schedule(self) -> Schedule:
        """Give it in the form in which windows are computed."""
        return Schedule(
            zone=self.time_zone,
            rules=tuple(
                WindowRule(window.days, window.opens, window.closes, window.close_day)
                for window in self.windows
            ),
            holidays=self.holidays,
        )
