"""`gateway init`, `gateway check-config`, `gateway config schema`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.certificate_commands import issue_client, make_authority
from gateway.cli.certificates import write_public
from gateway.cli.clients import make_token
from gateway.cli.connection import CA_VARIABLE, TOKEN_VARIABLE
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, Json
from gateway.cli.output import print_json
from gateway.config import ConfigError, Settings, load_settings
from gateway.config.schema import SCHEMA_FILE_NAME, json_schema_text
from gateway.config.template import LIMITS, TEMPLATE, TLS_FOLDER, with_tls

__all__ = ["register"]

_TLS_FILES = ("ca.crt", "server.crt", "server.key", "demo.crt", "demo.key")
_CLIENT_NAME = "demo"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("init")(_init)
    app.command("check-config")(_check)
    group = typer.Typer(no_args_is_help=True, help="About the configuration's format.")
    group.callback()(_group)
    group.command("schema")(_schema)
    app.add_typer(group, name="config")


def _group() -> None:
    """Hold `schema` as a command of its own (a group with one command would become that command)."""


def _init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write into; made where missing.")
    ],
    tls: Annotated[
        bool,
        typer.Option(
            "--tls",
            help="With TLS: make a CA, the gateway's certificate, and a first client's token and certificate.",
        ),
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option("--host", help="With --tls: a name or address that clients reach it by; repeatable."),
    ] = None,
) -> None:
    """Write a commented configuration that points at the bundled exchange simulator."""
    if host and not tls:
        raise CommandFailure(
            "--host names the gateway in its certificate; it goes with --tls", ExitCode.USAGE
        )
    token, digest = make_token() if tls else ("", "")
    files = {
        directory / DEFAULT_CONFIG: with_tls(TEMPLATE, digest) + LIMITS if tls else TEMPLATE + LIMITS,
        directory / SCHEMA_FILE_NAME: json_schema_text(),
    }
    folder = directory / TLS_FOLDER
    if tls:
        files |= {folder / name: "" for name in (*_TLS_FILES, "ca.key")}
    existing = [str(path) for path in files if path.exists()]
    if existing:
        message = f"{', '.join(existing)} exists already and is not overwritten; choose another folder"
        raise CommandFailure(message, ExitCode.USAGE)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if tls:
            _write_tls(folder, host or [])
        for path, text in files.items():
            if path.parent == directory:
                write_public(path, text.encode())
    except OSError as error:
        raise CommandFailure(f"{error.filename}: cannot be written: {error.strerror}") from error
    config = directory / DEFAULT_CONFIG
    print(f"wrote {config} (and {SCHEMA_FILE_NAME}, for editors)")
    if tls:
        print(f"wrote {folder} (keep ca.key apart: who has it can be anyone; clients need ca.crt)")
    print("next:")
    print("  python -m sim --port 9878 &          # the exchange simulator it points at")
    print(f"  gateway check-config {config}")
    print(f"  gateway run -c {config}")
    if tls:
        print("for the client demo, and for the command line (the token is shown once, and kept nowhere):")
        print(f"  export {CA_VARIABLE}={folder / 'ca.crt'} {TOKEN_VARIABLE}={token}")


def _write_tls(folder: Path, hosts: list[str]) -> None:
    """Make a CA, the certificate of a gateway that is reached by these names and on this machine, and a client's."""
    authority = make_authority(folder, hosts)
    issue_client(_CLIENT_NAME, folder, authority)


def _check(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", envvar="GATEWAY_CONFIG", help="Configuration file.")
    ] = DEFAULT_CONFIG,
    without_secrets: Annotated[
        bool, typer.Option("--without-secrets", help="Check references to secrets in form only.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a configuration: every problem at once, each with its line."""
    try:
        settings = load_settings(file, resolve_secrets=not without_secrets, check_dictionaries=True)
    except ConfigError as error:
        if as_json:
            problems = [
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "key": problem.key,
                    "message": problem.message,
                }
                for problem in error.problems
            ]
            print_json({"ok": False, "problems": problems})
        else:
            print(error, file=sys.stderr)
            count = len(error.problems)
            print(f"{file}: {count} problem{'s' if count != 1 else ''}", file=sys.stderr)
        raise typer.Exit(ExitCode.CONFIG) from error
    if as_json:
        print_json({"ok": True, "problems": []})
        return
    print(f"{file}: good ({_summary(settings)})")
    for note in _notes(settings):
        print(f"note: {note}")


def _summary(settings: Settings) -> str:
    counts = {
        "session": len(settings.sessions),
        "instrument": len(settings.instruments),
        "client": len(settings.clients),
        "limit": len(settings.limits),
    }
    return ", ".join(f"{count} {name}{'s' if count != 1 else ''}" for name, count in counts.items())


def _notes(settings: Settings) -> list[str]:
    """Say what is allowed and may still surprise."""
    unpriced = [
        instrument.symbol for instrument in settings.instruments if instrument.reference_price is None
    ]
    notes = []
    if unpriced:
        some = ", ".join(unpriced[:5]) + (", ..." if len(unpriced) > 5 else "")
        notes.append(
            f"no reference_price for {some}: orders are denied with NO_REFERENCE_PRICE until a price is set"
            " through the API"
        )
    if settings.journal.durability == "process":
        notes.append(
            "durability is `process`: what was acknowledged survives kill -9, not a power cut (use `disk`)"
        )
    return notes


def _schema() -> None:
    """Print the JSON schema of the configuration, for editors."""
    print(json_schema_text(), end="")
