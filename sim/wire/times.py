"""UTC timestamps: nanoseconds since 1970 inside, UTCTimestamp text on the wire."""

import re
from datetime import UTC, datetime
from functools import lru_cache

MILLISECOND = 1_000_000
SECOND = 1_000_000_000

_TIMESTAMP = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")


@lru_cache(maxsize=8)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d-%H:%M:%S")


def format_utc(at_ns: int) -> str:
    """Give `YYYYMMDD-HH:MM:SS.mmm`; milliseconds are what every supported version allows."""
    second, rest = divmod(at_ns, SECOND)
    return f"{_format_second(second)}.{rest // MILLISECOND:03d}"


@lru_cache(maxsize=64)  # a message has the same time in several fields, and the next one often too
def parse_utc(text: str) -> int | None:
    """Give nanoseconds since 1970, or None where `text` is no UTCTimestamp."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    leap = second == 60  # the spec allows 60; datetime does not
    try:
        moment = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    except ValueError:
        return None
    fraction = int((match.group(7) or "").ljust(9, "0"))
    return (int(moment.timestamp()) + leap) * SECOND + fraction
