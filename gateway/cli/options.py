"""Options that several commands have, and where the configuration is looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.config import ConfigError, Settings, load_settings

__all__ = ["DEFAULT_CONFIG", "Address", "AnyClient", "Client", "Config", "Json", "load_or_fail"]

DEFAULT_CONFIG = Path("gateway.yaml")

Config = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", envvar="GATEWAY_CONFIG", help="Configuration file (default: gateway.yaml)."
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address", metavar="HOST:PORT", help="Address of the gateway's API (default: from the file)."
    ),
]
Client = Annotated[
    str | None,
    typer.Option("--client", help="Client on whose behalf to ask (default: those of the file)."),
]
AnyClient = Annotated[
    bool | None,
    typer.Option(
        "--any-client/--own",
        help="Of every client in the caller's accounts, or the caller's own (default: every client's where the"
        " caller has the right admin).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def load_or_fail(path: Path, *, resolve_secrets: bool = True) -> Settings:
    """Read the configuration, or end the command with all its problems."""
    try:
        return load_settings(path, resolve_secrets=resolve_secrets)
    except ConfigError as error:
        raise CommandFailure(str(error), ExitCode.CONFIG) from error
