"""FIX sessions."""

from gateway.client.enums.base import ProtoEnum

__all__ = ["MessageDirection", "SessionAction", "SessionState"]


class SessionState(ProtoEnum):
    """What a session to a venue is doing."""

    UNSPECIFIED = 0
    DISCONNECTED = 1
    LOGGING_ON = 2
    RECONCILING = 3
    READY = 4
    LOGGING_OUT = 5


class SessionAction(ProtoEnum):
    """What an operator does with a session."""

    UNSPECIFIED = 0
    LOGON = 1
    LOGOUT = 2
    SET_SEQUENCE = 3
    RESET = 4
    ADD = 5
    CHANGE = 6
    REMOVE = 7


class MessageDirection(ProtoEnum):
    """Which way a FIX message went."""

    UNSPECIFIED = 0
    IN = 1
    OUT = 2
