"""`gateway run`: the gateway in the foreground."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, Config, load_or_fail
from gateway.config import ConfigError, Settings
from gateway.config.core_credentials import CredentialError
from gateway.config.dictionaries import DictionaryError
from gateway.core import _core
from gateway.ready import Ready

__all__ = ["register"]


class LogLevel(StrEnum):
    """What to log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(_run)


def _run(
    config: Config = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(
            "--ready-file", metavar="FILE", help="Write here, as JSON, where it listens once it does."
        ),
    ] = None,
    log_level: Annotated[
        LogLevel, typer.Option("--log-level", help="What to log, to stderr.")
    ] = LogLevel.INFO,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; then sessions log out and everything is stopped in order."""
    from gateway import daemon  # only this command pays for loading the server and the database

    settings = load_or_fail(config or DEFAULT_CONFIG)
    logging.basicConfig(
        level=log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at an up-to-date database
    try:
        path = config or DEFAULT_CONFIG
        daemon.run(settings, ready_file, lambda ready: _announce(settings, ready), configuration=path)
    except _core.JournalError as error:
        raise CommandFailure(f"{settings.journal.path}: {error}", ExitCode.JOURNAL) from error
    except (ConfigError, DictionaryError, CredentialError) as error:
        raise CommandFailure(str(error), ExitCode.CONFIG) from error
    except OSError as error:
        raise CommandFailure(str(error)) from error


def _announce(settings: Settings, ready: Ready) -> None:
    """Say in one block what runs, and where."""
    lines = [
        f"gateway {metadata.version('fixgateway')} runs (pid {ready.pid})",
        f"  journal   {settings.journal.path}, recovered to lsn {ready.recovered_lsn}",
        f"  database  {ready.database}",
        f"  api       {ready.api}",
        f"  monitor   {'https' if settings.monitor.tls else 'http'}://{ready.monitor}/metrics",
    ]
    for session in settings.sessions:
        direction = "to" if session.role == "initiator" else "on"
        port = ready.acceptors.get(session.name, session.port)
        lines.append(
            f"  session   {session.name}: {session.begin_string} {session.sender_comp_id} ->"
            f" {session.target_comp_id}, {session.role} {direction} {session.host}:{port}"
        )
    print("\n".join(lines), flush=True)
