"""How a command fails: one clear message, and an exit code that scripts may rely on."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["CommandFailure", "ExitCode"]


class ExitCode(IntEnum):
    """Exit codes of `gateway`. They are stable: docs/cli.md lists them."""

    OK = 0
    FAILED = 1
    """Something unexpected; with --debug the traceback is shown."""
    USAGE = 2
    """The command line is wrong."""
    CONFIG = 3
    """The configuration cannot be used."""
    UNREACHABLE = 4
    """No gateway answers at the address."""
    REFUSED = 5
    """The gateway answered with an error, such as NOT_FOUND."""
    JOURNAL = 6
    """The journal is damaged, cannot be read, or is held by another gateway."""
    WARNINGS = 7
    """`doctor`: something should be looked at."""
    ERRORS = 8
    """`doctor`: the gateway will not start, or will lose something."""
    INTERRUPTED = 130


class CommandFailure(Exception):
    """Ends a command. The text is for people: what, where, what to do next."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code
