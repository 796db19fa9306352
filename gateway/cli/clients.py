"""`gateway client add`."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Json
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
    as_json: Json = False,
) -> None:
    """Make a token for a client, and print it with the lines for the configuration. It is kept nowhere.

    For a client that has one already, add the hash to its token_hashes: both are valid until the old one is removed
    and the configuration is read again (SIGHUP, or `gateway sessions reload`).
    """
    if not re.fullmatch(_NAME, name):
        raise CommandFailure(
            f"expected a name of letters, digits and _.- (at most 32), was {name!r}", ExitCode.USAGE
        )
    token, digest = make_token()
    if as_json:
        print_json({"client": name, "token": token, "token_hash": digest})
        return
    print("token (shown once; give it to the client as a secret, for the command line as GATEWAY_TOKEN):")
    print(f"  {token}")
    print("under `clients` in the configuration, with `api.identity: token`:")
    print(f"  - name: {name}")
    print(f"    accounts: [{', '.join(account or ['ACCOUNT'])}]")
    print("    rights: [read, trade, cancel]")
    print("    token_hashes:")
    print(f"      - {digest}")
