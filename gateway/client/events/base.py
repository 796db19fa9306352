"""What all events have in common."""

from dataclasses import dataclass

__all__ = ["Event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that became true. An event of a kind that this SDK does not know is of this type itself."""

    lsn: int
    time_ns: int
