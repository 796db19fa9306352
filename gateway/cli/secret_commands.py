"""`gateway secrets`: one encrypted file of secrets, and its key."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from cryptography.fernet import Fernet

from gateway.cli.certificates import write_private
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Json
from gateway.cli.output import print_json
from gateway.config.private_file import read_private
from gateway.config.secret_store import KEY_BYTES_MAX, KEY_FILE_VARIABLE, SecretStore, find_key
from gateway.config.secrets import SECRET_BYTES_MAX

__all__ = ["register"]

_DEFAULT_FILE = "secrets.enc"

_File = Annotated[
    Path,
    typer.Option("--file", "-f", metavar="FILE", help="The encrypted file.", show_default=True),
]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="What the configuration calls it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        no_args_is_help=True,
        help=f"An encrypted file of secrets. Its key is in the file that {KEY_FILE_VARIABLE} names.",
    )
    group.command("key")(_key)
    group.command("add")(_add)
    group.command("list")(_list)
    group.command("remove")(_remove)
    group.command("change-key")(_change_key)
    app.add_typer(group, name="secrets")


def _key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; must not exist yet.")],
) -> None:
    """Make a key, in a file that its owner alone may read. Keep it apart from the encrypted file."""
    try:
        write_private(path, Fernet.generate_key() + b"\n")
    except OSError as error:
        raise CommandFailure(
            f"{path} cannot be written ({error.strerror}); a key that exists is never replaced",
            ExitCode.USAGE,
        ) from error
    print(f"{path}: a new key; give it to the gateway and to this command by {KEY_FILE_VARIABLE}={path}")


def _add(name: _Name, file: _File = Path(_DEFAULT_FILE)) -> None:
    """Add or replace a secret; its value is asked for, or read from standard input where that is no terminal."""
    store = _open(file)
    value = _value(name)
    try:
        is_new = store.put(name, value)
    except ValueError as error:
        raise CommandFailure(str(error), ExitCode.USAGE) from error
    except OSError as error:
        raise _unwritable(file, error) from error
    print(f"{file}: {name} {'added' if is_new else 'replaced'}; refer to it as ${{encrypted:{file}#{name}}}")


def _list(file: _File = Path(_DEFAULT_FILE), as_json: Json = False) -> None:
    """List the names of the secrets; never what they are."""
    names = _open(file, must_exist=True).names
    if as_json:
        print_json(names)
        return
    print("\n".join(names) if names else f"{file} has no secrets")


def _remove(name: _Name, file: _File = Path(_DEFAULT_FILE)) -> None:
    """Remove a secret."""
    store = _open(file, must_exist=True)
    try:
        store.remove(name)
    except ValueError as error:
        raise CommandFailure(str(error), ExitCode.USAGE) from error
    except OSError as error:
        raise _unwritable(file, error) from error
    print(f"{file}: {name} removed")


def _change_key(
    new_key: Annotated[Path, typer.Argument(metavar="KEYFILE", help="The file of the new key.")],
    file: _File = Path(_DEFAULT_FILE),
) -> None:
    """Encrypt the file with another key; the gateway needs that key from its next start or reload on."""
    store = _open(file, must_exist=True)
    try:
        store.change_key(read_private(new_key, KEY_BYTES_MAX).decode("ascii", "replace").strip())
    except ValueError as error:
        raise CommandFailure(str(error), ExitCode.CONFIG) from error
    except OSError as error:
        raise _unwritable(file, error) from error
    print(
        f"{file}: encrypted with the key of {new_key}; set {KEY_FILE_VARIABLE}={new_key} before the gateway reads it"
    )


def _open(file: Path, *, must_exist: bool = False) -> SecretStore:
    if must_exist and not file.exists():
        raise CommandFailure(f"{file} does not exist; `gateway secrets add NAME` makes it", ExitCode.USAGE)
    try:
        return SecretStore(file, find_key(os.environ, Path.cwd()))
    except ValueError as error:
        raise CommandFailure(str(error), ExitCode.CONFIG) from error


def _value(name: str) -> str:
    if sys.stdin.isatty():
        value = getpass.getpass(f"{name}: ")
        if value != getpass.getpass("again: "):
            raise CommandFailure("the two were different; nothing was written", ExitCode.USAGE)
    else:
        value = sys.stdin.read(SECRET_BYTES_MAX + 2).removesuffix("\n").removesuffix("\r")
    if not value:
        raise CommandFailure("the secret is empty; nothing was written", ExitCode.USAGE)
    if len(value) > SECRET_BYTES_MAX or any(ord(character) < 0x20 for character in value):
        raise CommandFailure(
            f"expected one line of at most {SECRET_BYTES_MAX} characters without control characters; nothing was"
            " written",
            ExitCode.USAGE,
        )
    return value


def _unwritable(file: Path, error: OSError) -> CommandFailure:
    return CommandFailure(f"{file} cannot be written ({error.strerror}); it is as it was")
