"""The order path: a C++20 core, and its Python face."""

from gateway.core._core import (
    ClientSettings,
    CoreError,
    CoreSettings,
    EventBatch,
    Gateway,
    InstrumentSettings,
    JournalError,
    LimitSettings,
    SessionSettings,
    VenueSettings,
    __version__,
    reencode,
)

__all__ = [
    "ClientSettings",
    "CoreError",
    "CoreSettings",
    "EventBatch",
    "Gateway",
    "InstrumentSettings",
    "JournalError",
    "LimitSettings",
    "SessionSettings",
    "VenueSettings",
    "__version__",
    "reencode",
]
