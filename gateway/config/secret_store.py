"""Secrets in one encrypted file, whose key comes from outside of it.

The file is one Fernet token (AES-128-CBC and HMAC-SHA256, github.com/fernet/spec) of a JSON object of names and
values: whoever has not the key learns neither, and can change nothing unnoticed but put an older file in its place.
The key stands in the environment, in a file of its own, or in a systemd credential; never beside the secrets.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from gateway.config.private_file import read_private

__all__ = [
    "CREDENTIALS_VARIABLE",
    "KEY_CREDENTIAL",
    "KEY_FILE_VARIABLE",
    "KEY_VARIABLE",
    "NAME_PATTERN",
    "SecretStore",
    "find_key",
]

KEY_VARIABLE = "GATEWAY_SECRETS_KEY"
"""Holds the key."""
KEY_FILE_VARIABLE = "GATEWAY_SECRETS_KEY_FILE"
"""Names the file that holds the key."""
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
"""Where systemd puts the credentials of a service (systemd.exec, LoadCredential=)."""
KEY_CREDENTIAL = "gateway-secrets-key"
"""The credential that holds the key."""

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
FILE_BYTES_MAX = 1 << 20
KEY_BYTES_MAX = 256


def find_key(environ: Mapping[str, str], directory: Path) -> str:
    """Find the key: in the environment, in a file that it names, or among the service's credentials, in this order.

    Relative paths start at `directory`. Raises ValueError that says where it was looked for.
    """
    if key := environ.get(KEY_VARIABLE, ""):
        return key
    if path := environ.get(KEY_FILE_VARIABLE, ""):
        return (
            read_private(directory / Path(path).expanduser(), KEY_BYTES_MAX)
            .decode("ascii", "replace")
            .strip()
        )
    if credentials := environ.get(CREDENTIALS_VARIABLE, ""):
        path_of_credential = Path(credentials) / KEY_CREDENTIAL
        if path_of_credential.exists():
            return read_private(path_of_credential, KEY_BYTES_MAX).decode("ascii", "replace").strip()
    raise ValueError(
        f"there is no key for encrypted secrets; set {KEY_FILE_VARIABLE} to the file that holds it (`gateway secrets"
        f" key FILE` makes one), {KEY_VARIABLE} to the key itself, or give the service the credential {KEY_CREDENTIAL}"
    )


class SecretStore:
    """The secrets of one file."""

    def __init__(self, path: Path, key: str) -> None:
        """Read a file; one that is not there has no secrets yet. Raises ValueError, which tells no secret."""
        self._path = path
        try:
            self._fernet = Fernet(key.encode())
        except ValueError as error:
            raise ValueError(
                "the key for encrypted secrets is none: expected 44 characters as `gateway secrets key` makes them"
            ) from error
        self._values = self._read()

    @property
    def names(self) -> list[str]:
        """What there is, in alphabetical order."""
        return sorted(self._values)

    def get(self, name: str) -> str:
        """Give a secret. Raises ValueError where there is none of that name."""
        if not self._path.exists():
            raise ValueError(f"{self._path} does not exist; `gateway secrets add {name}` makes it")
        if name not in self._values:
            raise ValueError(f"{self._path} has no secret {name}; `gateway secrets list` shows what it has")
        return self._values[name]

    def put(self, name: str, value: str) -> bool:
        """Add or replace a secret, and write the file; whether it is new. Raises ValueError, OSError."""
        if not re.fullmatch(NAME_PATTERN, name):
            raise ValueError(f"expected a name of letters, digits and _.- (at most 64), was {name!r}")
        is_new = name not in self._values
        self._values[name] = value
        self._write()
        return is_new

    def remove(self, name: str) -> None:
        """Remove a secret, and write the file. Raises ValueError where there is none of that name, OSError."""
        self.get(name)
        del self._values[name]
        self._write()

    def change_key(self, key: str) -> None:
        """Encrypt with another key from now on, and write the file. Raises ValueError, OSError."""
        other = SecretStore(self._path.with_name(self._path.name + ".none"), key)
        self._fernet = other._fernet
        self._write()

    def _read(self) -> dict[str, str]:
        try:
            with self._path.open("rb") as file:
                data = file.read(FILE_BYTES_MAX + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ValueError(f"{self._path} cannot be read ({error.strerror})") from error
        if len(data) > FILE_BYTES_MAX:
            raise ValueError(
                f"{self._path} has more than {FILE_BYTES_MAX >> 20} MiB; is this the right file?"
            )
        try:
            values = json.loads(self._fernet.decrypt(data.strip()))
        except (InvalidToken, ValueError) as error:
            raise ValueError(
                f"{self._path} cannot be decrypted with this key: it is of another key, or was changed; give the key"
                " that it was made with, or restore the file"
            ) from error
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise ValueError(f"{self._path} holds something else than secrets; is this the right file?")
        return values

    def _write(self) -> None:
        """Replace the file as a whole: whoever reads meanwhile sees the old one or the new one."""
        data = self._fernet.encrypt(json.dumps(self._values, sort_keys=True).encode())
        handle, name = tempfile.mkstemp(dir=self._path.absolute().parent, prefix=self._path.name)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path)
        except BaseException:
            os.unlink(name)
            raise
