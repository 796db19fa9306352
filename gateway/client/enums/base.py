"""What all enumerations of the API have in common."""

from enum import IntEnum
from typing import Self

__all__ = ["ProtoEnum"]


class ProtoEnum(IntEnum):
    """An enumeration that a newer gateway may have more values of; those keep their number and are named for
    it.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member

    def __str__(self) -> str:
        return self.name
