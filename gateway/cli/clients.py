"""`gateway client add`."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.certificate_commands import AuthorityFolder, authority_of, issue_client
from gateway.cli.connection import CA_VARIABLE, CERTIFICATE_VARIABLE, KEY_VARIABLE
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Config, Json
from gateway.cli.output import print_json

__all__ = ["make_token", "register"]

_TOKEN_BYTES = 32
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Clients of the API and their tokens.")
    group.callback()(_group)
    group.command("add")(_add)
    app.add_typer(group, name="client")


def make_token() -> tuple[str, str]:
    """Make a token of 256 random bits; the token, and its hash as the configuration has it."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def _group() -> None:
    """Hold `add` as a command of its own (a group with one command would become that command)."""


def _add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The client's name in the configuration.")],
    account: Annotated[
        list[str] | None, typer.Option("--account", help="An account of it; more than once for several.")
    ] = None,
    certificate: Annotated[
        bool,
        typer.Option(
            "--certificate",
            help="A certificate in place of a token, by the CA that `gateway init --tls` made.",
        ),
    ] = False,
    ca: AuthorityFolder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a token for a client, and print it with the lines for the configuration. It is kept nowhere.

    With --certificate NAME.crt and NAME.key beside the CA, for `api.identity: certificate`.

    For a client that has a token already, add the hash to its token_hashes: both are valid until the old one is removed
    and the configuration is read again (SIGHUP, or `gateway sessions reload`).
    """
    if not re.fullmatch(_NAME, name):
        raise CommandFailure(
            f"expected a name of letters, digits and _.- (at most 32), was {name!r}", ExitCode.USAGE
        )
    if certificate:
        _add_certificate(name, account or ["ACCOUNT"], ca, config, as_json)
        return
    token, digest = make_token()
    if as_json:
        print_json({"client": name, "token": token, "token_hash": digest})
        return
    print("token (shown once; give it to the client as a secret, for the command line as GATEWAY_TOKEN):")
    print(f"  {token}")
    _print_entry(name, account or ["ACCOUNT"], "token", f"token_hashes: ['{digest}']")


def _add_certificate(
    name: str, accounts: list[str], ca: Path | None, config: Path | None, as_json: bool
) -> None:
    folder, authority = authority_of(ca, config)
    certificate, key = issue_client(name, folder, authority)
    if as_json:
        paths = {"certificate": str(certificate), "private_key": str(key)}
        print_json({"client": name, **paths, "certificate_name": f"DNS:{name}"})
        return
    print("give these to the client, and take the key away from here:")
    print(f"  {certificate}\n  {key}")
    print("for the command line:")
    print(
        f"  export {CA_VARIABLE}={folder / 'ca.crt'} {CERTIFICATE_VARIABLE}={certificate} {KEY_VARIABLE}={key}"
    )
    print(f"in the configuration `api.tls.client_ca: {folder / 'ca.crt'}`, and")
    _print_entry(name, accounts, "certificate", f"certificate_names: ['DNS:{name}']")


def _print_entry(name: str, accounts: list[str], identity: str, proof: str) -> None:
    print(f"under `clients` in the configuration, with `api.identity: {identity}`:")
    print(f"  - name: {name}")
    print(f"    accounts: [{', '.join(accounts)}]")
    print("    rights: [read, trade, cancel]")
    print(f"    {proof}")
