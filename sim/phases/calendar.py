"""When a market is in which phase: trading days and the times of a day, in the venue's time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sim.config.calendar import CalendarSettings
from sim.phases.phase import Phase
from sim.wire import SECOND

__all__ = ["Calendar", "Change"]

# A calendar without a trading day in so long has none.
_SEARCH_DAYS = 366


@dataclass(frozen=True, slots=True)
class Change:
    """The beginning of a phase, in UTC nanoseconds; `day` is the trading day that it belongs to."""

    at: int
    phase: Phase
    day: date


class Calendar:
    """Holidays and days that are no trading days are spent in the phase that the last one ended with."""

    def __init__(self, settings: CalendarSettings) -> None:
        self._zone = ZoneInfo(settings.timezone)
        self._days = {day.number for day in settings.days}
        self._holidays = set(settings.holidays)
        self._phases = [(entry.at, entry.phase) for entry in settings.phases]

    def local_date(self, now: int) -> date:
        return datetime.fromtimestamp(now // SECOND, UTC).astimezone(self._zone).date()

    def phase_at(self, now: int) -> Phase:
        """Give the phase of the latest change; without any, closed."""
        today = self.local_date(now)
        for back in range(_SEARCH_DAYS):
            begun = [c for c in self._changes(today - timedelta(days=back)) if c.at <= now]
            if begun:
                return begun[-1].phase
        return Phase.CLOSED

    def next_change(self, after: int) -> Change | None:
        """Give the first change later than `after`."""
        first = self.local_date(after)
        for ahead in range(_SEARCH_DAYS):
            for change in self._changes(first + timedelta(days=ahead)):
                if change.at > after:
                    return change
        return None

    def _changes(self, day: date) -> Iterator[Change]:
        if day.weekday() not in self._days or day in self._holidays:
            return
        for at, phase in self._phases:
            moment = datetime.combine(day, at, self._zone)
            yield Change(int(moment.timestamp()) * SECOND, phase, day)
