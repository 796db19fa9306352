"""How a session's Logon proves who sends it: signatures, encrypted passwords, a change of password."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import SecretStr

from gateway.config.scalars import Duration, FilePath, Integer, Name, Text
from gateway.config.secrets import Secret
from gateway.config.section import Section

__all__ = ["PasswordChangeSettings", "PasswordEncryptionSettings", "SigningSettings"]

_Payload = Annotated[str, Text("a payload", r"[ -~]{1,512}", "1 to 512 printable characters")]
_Method = Annotated[str, Text("a method", r"[!-~]{1,32}", "1 to 32 printable characters without spaces")]
_Argument = Annotated[str, Text("an argument", r"[ -~]{1,512}", "1 to 512 printable characters")]
_Function = Annotated[str, Text("a function", r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", "MODULE:FUNCTION")]
_Tag = Annotated[int, Integer(1, 2**31 - 1)]


class SigningSettings(Section):
    """A signature in the Logon. An initiator signs its own; an acceptor verifies the counterparty's."""

    algorithm: Literal["none", "hmac-sha256", "ed25519", "command", "python"] = "none"
    """The signer: one that is built in, a program or a Python function."""
    command: tuple[_Argument, ...] = ()
    """A program and its arguments: reads the payload from its standard input, writes the signature to its output."""
    callable: _Function | None = None
    """A Python function of the payload (bytes) and the session's name; it is called in a process of its own."""
    timeout: Annotated[timedelta, Duration("100ms", "1m")] = timedelta(seconds=5)
    """How long the program or function may take; then it is ended, and the connection with it."""
    key: Annotated[SecretStr, Secret()] | None = None
    """Its key, by reference. ed25519: the private key to sign, the counterparty's public key to verify."""
    key_format: Literal["text", "base64", "hex"] = "base64"
    """How the key is written."""
    payload: _Payload | None = None
    """What is signed: fields of the Logon in braces, by name or tag; | stands for SOH."""
    signature_format: Literal["base64", "hex", "text", "fields"] = "base64"
    """How the signature is written. A program or function may also give the text itself, or several fields."""
    field: Annotated[int, Integer(1, 2**31 - 1)] = 96
    """Where it stands: RawData(96) behind RawDataLength(95), EncryptedPassword(1402) behind its length, or another."""
    further_fields: tuple[_Tag, ...] = ()
    """With `fields`: what else may be answered, such as Password(554)."""


class PasswordChangeSettings(Section):
    """A change of the password at the next Logon."""

    id: Annotated[str, Name("a change's id")] | None = None
    """What the journal calls this change once it is made. Another change needs another id."""
    new_password: Annotated[SecretStr, Secret()] | None = None
    """NewPassword(925), by reference; the session's password from then on."""


class PasswordEncryptionSettings(Section):
    """Sends the password encrypted, in EncryptedPassword(1402) instead of Password(554)."""

    algorithm: Literal["none", "rsa-oaep-sha256", "rsa-oaep-sha1", "rsa-pkcs1"] = "none"
    """How; the result is written as base64."""
    method: _Method | None = None
    """EncryptedPasswordMethod(1400), as the counterparty calls this algorithm."""
    public_key: Annotated[Path, FilePath(must_exist=True)] | None = None
    """The counterparty's public key, a PEM file."""
