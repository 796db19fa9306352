"""The gateway itself."""

from gateway.client.enums.base import ProtoEnum

__all__ = ["NameKind", "PartStatus", "ValueSource"]


class NameKind(ProtoEnum):
    """What a number in the journal's record headers stands for."""

    UNSPECIFIED = 0
    CLIENT = 1
    SESSION = 2


class PartStatus(ProtoEnum):
    """How a part of the gateway does."""

    UNSPECIFIED = 0
    OK = 1
    DEGRADED = 2
    FAILED = 3


class ValueSource(ProtoEnum):
    """Where a value of the configuration comes from."""

    UNSPECIFIED = 0
    PRESET = 1
    GIVEN = 2
