"""Secrets stand in the environment, in files of their own, among the service's credentials, or encrypted in one file;
the configuration only says where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import SecretStr
from pydantic.json_schema import JsonSchemaValue

from gateway.config.private_file import read_private
from gateway.config.scalars import Context, Scalar
from gateway.config.secret_store import CREDENTIALS_VARIABLE, NAME_PATTERN, SecretStore, find_key

__all__ = ["DatabaseUrl", "Secret", "resolve_reference"]

SECRET_BYTES_MAX = 4096

_HIDDEN = "***"
_SECRET_KEY = re.compile(r"passw|passphrase|secret|token|conninfo|dsn", re.IGNORECASE)
"""In keys of a database URL's query: what holds a secret, or a whole connection with one. `passfile` and `sslkey` name
files, as references do."""

_KINDS = "env|file|credential|encrypted"
_REFERENCE = re.compile(rf"\$\{{({_KINDS}):([^${{}}]+)\}}")
_FORMS = "${env:NAME}, ${file:PATH}, ${credential:NAME} or ${encrypted:PATH#NAME}"


def resolve_reference(kind: str, name: str, context: Context) -> str:
    """Give what a reference stands for. Raises ValueError that says what is missing, never what was found."""
    if not context.resolve_secrets:
        return "unresolved"
    if kind == "env":
        value = context.environ.get(name, "")
        if not value:
            raise ValueError(f"the environment variable {name} is not set; set it before the gateway starts")
        return _checked(value, f"the environment variable {name}")
    if kind == "encrypted":
        return _decrypted(name, context)
    return _read(
        context.directory / Path(name).expanduser() if kind == "file" else _credential(name, context)
    )


def _credential(name: str, context: Context) -> Path:
    """Give the file of a systemd credential; its folder is the service's own."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError("a credential's name has letters, digits and _.- only, at most 64")
    folder = context.environ.get(CREDENTIALS_VARIABLE, "")
    if not folder:
        raise ValueError(
            f"{CREDENTIALS_VARIABLE} is not set, so systemd gave this process no credentials; start the gateway as a"
            f" service with LoadCredential={name}:PATH or LoadCredentialEncrypted="
        )
    return Path(folder) / name


def _decrypted(name: str, context: Context) -> str:
    place, _, secret = name.rpartition("#")
    if not place or not re.fullmatch(NAME_PATTERN, secret):
        raise ValueError("an encrypted secret is PATH#NAME: its file, and its name there")
    path = context.directory / Path(place).expanduser()
    value = SecretStore(path, find_key(context.environ, context.directory)).get(secret)
    return _checked(value, f"the secret {secret} in {path}")


def _read(path: Path) -> str:
    try:
        value = read_private(path, SECRET_BYTES_MAX).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text") from error
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise ValueError(f"{path} is empty; write the secret into it")
    return _checked(value, str(path))


def _checked(value: str, where: str) -> str:
    if len(value) > SECRET_BYTES_MAX:
        raise ValueError(f"{where} holds more than {SECRET_BYTES_MAX} bytes")
    if any(ord(character) < 0x20 for character in value):
        raise ValueError(f"{where} holds control characters, which no FIX field and no URL can carry")
    return value


@dataclass(frozen=True)
class Secret(Scalar):
    """A secret by reference."""

    @property
    def expected(self) -> str:
        return f"a reference to a secret, {_FORMS}"

    def shown(self, text: str) -> str:
        return repr(text) if _REFERENCE.fullmatch(text) else "something else (not shown)"

    def read(self, text: str, context: Context) -> SecretStr:
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise ValueError("secrets do not belong into this file: move it out and refer to it")
        return SecretStr(resolve_reference(match[1], match[2], context))

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": rf"^\$\{{({_KINDS}):[^${{}}]+\}}$"}


@dataclass(frozen=True)
class DatabaseUrl(Scalar):
    """An SQLAlchemy URL of SQLite or PostgreSQL; the password, or all of it, by reference."""

    @property
    def expected(self) -> str:
        return (
            "a database URL such as sqlite:///gateway.db or postgresql+psycopg://user:${env:NAME}@host/name"
        )

    def shown(self, text: str) -> str:
        url, mark, query = re.sub(r"(://[^:/@]*):(?!\$\{)[^@]*@", r"\1:***@", text).partition("?")
        if mark and "=" not in query:
            query = _HIDDEN
        return repr(url + mark + re.sub(r"=(?!\$\{)[^&]*", f"={_HIDDEN}", query))

    def read(self, text: str, context: Context) -> SecretStr:
        whole = _REFERENCE.fullmatch(text)
        if whole is not None:
            if not context.resolve_secrets:
                return SecretStr("sqlite://")
            return SecretStr(_database_url(resolve_reference(whole[1], whole[2], context), context))
        here = urlsplit(_REFERENCE.sub("", text))
        if here.password:
            raise ValueError("a password does not belong into this file: write ${env:NAME} in its place")
        for key, value in parse_qsl(here.query):
            if value and _SECRET_KEY.search(key):
                raise ValueError(
                    f"the secret in {key} does not belong into this file: write ${{env:NAME}} in its place"
                )
        return SecretStr(
            _database_url(
                _REFERENCE.sub(
                    lambda match: quote(resolve_reference(match[1], match[2], context), safe=""), text
                ),
                context,
            )
        )

    def write(self, value: Any) -> str:
        return str(value)

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}


def _database_url(url: str, context: Context) -> str:
    scheme, separator, rest = url.partition(":///")
    if separator and scheme in ("sqlite", "sqlite+pysqlite"):
        if not rest or rest == ":memory:":
            raise ValueError("a database in memory would be gone with the process; give a file")
        return f"{scheme}:///{(context.directory / rest).absolute()}"
    if re.match(r"postgresql(\+psycopg)?://", url):
        return url
    raise ValueError("only SQLite and PostgreSQL are supported")
