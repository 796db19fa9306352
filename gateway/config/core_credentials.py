"""Credentials as the core takes them. Passwords are encrypted here, once: the core needs no random numbers."""

from __future__ import annotations

import base64
import binascii
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from gateway.config.credentials import PasswordEncryptionSettings, SigningSettings
from gateway.config.settings import SessionSettings
from gateway.core import _core

__all__ = ["CredentialError", "core_credentials"]


class CredentialError(ValueError):
    """A key or password cannot be used; the text names the session and never the secret."""


def core_credentials(session: SessionSettings) -> dict[str, Any]:
    """Give the credentials' keyword arguments of the core's SessionSettings. Raises CredentialError."""
    password, change = _text(session.password), session.password_change
    new_password = _text(change.new_password)
    encrypt = _encryption(session.password_encryption, session.name)
    return {
        "username": session.username or "",
        "password": password,
        "new_password": new_password,
        "encrypted_password": encrypt(password),
        "encrypted_new_password": encrypt(new_password),
        "password_change_id": change.id or "",
        "password_encryption_method": session.password_encryption.method or "",
        **_signing(session.signing, session.name, session.role == "acceptor"),
    }


def _signing(signing: SigningSettings, session: str, verifies: bool) -> dict[str, Any]:
    if signing.algorithm == "none":
        return {}
    if signing.algorithm in ("command", "python"):
        return _outside(signing, session, verifies)
    key = _key(signing, session)
    if fault := _core.signing_fault(signing.algorithm, key, signing.payload or "", verifies=verifies):
        raise CredentialError(f"session {session}: signing: {fault}; correct it")
    return {
        "signer": signing.algorithm,
        "signing_key": key,
        "signing_payload": signing.payload or "",
        "signature_tag": signing.field,
        "signature_in_hex": signing.signature_format == "hex",
    }


def _outside(signing: SigningSettings, session: str, verifies: bool) -> dict[str, Any]:
    if fault := _core.signing_fault("outside", b"", signing.payload or "", verifies=verifies):
        raise CredentialError(f"session {session}: signing: {fault}; correct it")
    if signing.algorithm == "python":
        name = signing.callable or ""
        command = [sys.executable, "-m", "gateway.sign_logon", name, signing.signature_format]
    else:
        name, command = signing.command[0], list(signing.command)
        if shutil.which(name) is None or ("/" in name and not Path(name).is_absolute()):
            raise CredentialError(
                f"session {session}: signing.command: {name} is no program in PATH and no absolute path of one;"
                " correct it, or make the file executable"
            )
    return {
        "signer": "outside",
        "signer_name": name,
        "signer_command": command,
        "signer_timeout_ms": signing.timeout // timedelta(milliseconds=1),
        "signing_payload": signing.payload or "",
        "signature_tag": signing.field,
        "signature_answer": signing.signature_format,
        "further_signature_tags": list(signing.further_fields),
    }


def _key(signing: SigningSettings, session: str) -> bytes:
    text = _text(signing.key)
    try:
        match signing.key_format:
            case "base64":
                return base64.b64decode(text, validate=True)
            case "hex":
                return bytes.fromhex(text)
            case "text":
                return text.encode()
    except (binascii.Error, ValueError):
        message = f"session {session}: signing.key is not {signing.key_format}; correct it, or set key_format"
        raise CredentialError(message) from None  # the cause shows the key


def _encryption(settings: PasswordEncryptionSettings, session: str) -> Callable[[str], str]:
    if settings.algorithm == "none" or settings.public_key is None:
        return lambda password: ""
    key = _public_key(settings.public_key, session)
    # Here, because most gateways need no RSA.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    if settings.algorithm == "rsa-pkcs1":
        scheme: Any = padding.PKCS1v15()
    else:
        digest = hashes.SHA256() if settings.algorithm == "rsa-oaep-sha256" else hashes.SHA1()
        scheme = padding.OAEP(padding.MGF1(digest), digest, None)

    def encrypt(password: str) -> str:
        return base64.b64encode(key.encrypt(password.encode(), scheme)).decode() if password else ""

    return encrypt


def _public_key(path: Path, session: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        message = f"session {session}: {path} is no public key in PEM ({error}); correct the file or the path"
        raise CredentialError(message) from error
    if not isinstance(key, RSAPublicKey):
        raise CredentialError(f"session {session}: expected an RSA public key, was another kind ({path})")
    return key


def _text(value: SecretStr | None) -> str:
    return "" if value is None else value.get_secret_value()
