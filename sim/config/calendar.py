"""The settings of trading days and phases."""

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from sim.config.frozen import Frozen, Positive
from sim.phases.phase import Phase

__all__ = ["CalendarSettings", "PhaseStart", "Split", "Weekday", "check_timezone"]


def check_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a name of the IANA time zone database, as America/New_York")
    return name


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        return list(Weekday).index(self)


class PhaseStart(Frozen):
    """A phase and when it begins, as the venue's clocks show it."""

    at: time
    phase: Phase


class Split(Frozen):
    """`new` shares for each `old` ones, from the first phase of the trading day on."""

    day: date
    symbol: str
    new: Positive
    old: Positive = Decimal(1)


class CalendarSettings(Frozen):
    """Without phases the market is continuous and never closes."""

    timezone: str = "UTC"
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = tuple(Weekday)
    holidays: tuple[date, ...] = ()
    phases: tuple[PhaseStart, ...] = ()
    splits: tuple[Split, ...] = ()
    report_done_for_day: bool = False
    restate_at_open: bool = False

    _timezone = field_validator("timezone")(check_timezone)

    @model_validator(mode="after")
    def _check_phases(self) -> "CalendarSettings":
        times = [start.at for start in self.phases]
        if times != sorted(set(times)):
            raise ValueError("phases must begin one after the other within a day")
        if self.phases and self.phases[-1].phase not in (Phase.CLOSED, Phase.CONTINUOUS):
            raise ValueError("the last phase of a day must be closed or continuous")
        return self
