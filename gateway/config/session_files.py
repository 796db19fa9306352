"""The files behind a session's TLS: whether they hold something else than when the session was made."""

from __future__ import annotations

import hashlib

from gateway.config.settings import SessionSettings

__all__ = ["content_of_files"]


def content_of_files(session: SessionSettings) -> str:
    """Give one digest of all the files that a session reads when it is made; of one that cannot be read, nothing."""
    digest = hashlib.sha256()
    tls = session.tls
    for path in (tls.ca_file, tls.certificate, tls.private_key) if tls is not None else ():
        try:
            content = b"" if path is None else path.read_bytes()
        except OSError:
            content = b""
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()
