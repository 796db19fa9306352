"""The command `gateway`. One file a command group; nothing is built before `main` runs."""

from gateway.cli.app import main

__all__ = ["main"]
