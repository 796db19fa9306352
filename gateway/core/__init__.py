"""The order path: a C++20 core, and its Python face."""

from gateway.core._core import (
    CoreError,
    JournalError,
    JournalReader,
    JournalRecord,
    JournalRepair,
    JournalReport,
    RecordKind,
    SeekOutcome,
    __version__,
    reencode,
    repair_journal,
    verify_journal,
)

__all__ = [
    "CoreError",
    "JournalError",
    "JournalReader",
    "JournalRecord",
    "JournalRepair",
    "JournalReport",
    "RecordKind",
    "SeekOutcome",
    "__version__",
    "reencode",
    "repair_journal",
    "verify_journal",
]
