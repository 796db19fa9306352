"""When everybody is logged out, and when the sequence numbers begin again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sim.config.venue import Numbering
from sim.wire import SECOND

__all__ = ["Numbers"]


class Numbers:
    def __init__(self, settings: Numbering, now: int) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self.resets_at_logon = settings.reset == "logon"
        self.resets_at_logout = settings.reset in ("daily", "weekly")
        self._next = self._after(now) if settings.logout != "never" else None

    def due_at(self) -> int | None:
        """Give the next time at which everybody is logged out."""
        return self._next

    def is_due(self, now: int) -> bool:
        """Tell whether that time has come; the next one is set then."""
        if self._next is None or now < self._next:
            return False
        self._next = self._after(now)
        return True

    def _after(self, now: int) -> int:
        settings = self._settings
        today = datetime.fromtimestamp(now // SECOND, UTC).astimezone(self._zone).date()
        for ahead in range(9):
            day = today + timedelta(days=ahead)
            if settings.logout == "weekly" and day.weekday() != settings.day.number:
                continue
            at = int(datetime.combine(day, settings.at, self._zone).timestamp()) * SECOND
            if at > now:
                return at
        raise AssertionError("a week has every day")
