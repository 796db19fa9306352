"""Who a client is and how it proves it: its name, a token, a certificate."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

import grpc

__all__ = ["Identity", "Tls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """TLS to the gateway. Paths are PEM files, read when the client connects."""

    ca: str | Path | None = None
    """The CA that vouches for the gateway; the system's where not given."""
    certificate: str | Path | None = None
    """The client's own certificate, where the gateway asks for one."""
    private_key: str | Path | None = None
    """Its private key."""
    server_name: str | None = None
    """The name to find in the gateway's certificate, where it is not the target's host."""

    def __post_init__(self) -> None:
        """Raise ValueError where one of certificate and key is missing."""
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("a certificate goes with its private key; give both of Tls or neither")

    def credentials(self) -> grpc.ChannelCredentials:
        """Read the files. Raises OSError where one cannot be read."""
        return grpc.ssl_channel_credentials(_read(self.ca), _read(self.private_key), _read(self.certificate))


@dataclass(frozen=True, slots=True)
class Identity:
    """What every call of a client carries."""

    client: str = ""
    token: str | None = field(default=None, repr=False)
    tls: Tls | None = None

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of each call."""
        named = (("client", self.client),) if self.client else ()
        return named if self.token is None else (*named, ("authorization", f"Bearer {self.token}"))

    @property
    def credentials(self) -> grpc.ChannelCredentials | None:
        """None for plain text. Raises OSError where a file cannot be read."""
        return None if self.tls is None else self.tls.credentials()

    @property
    def options(self) -> list[tuple[str, str]]:
        """Options of the channel."""
        name = self.tls.server_name if self.tls else None
        return [("grpc.ssl_target_name_override", name)] if name else []

    def check(self, target: str) -> None:
        """Raise ValueError where the token would leave this machine in plain text."""
        if self.token is not None and self.tls is None and not _is_loopback(target):
            raise ValueError(f"the token would go to {target} in plain text; give tls=Tls(ca=...)")


def _is_loopback(target: str) -> bool:
    host = target.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return target.startswith("unix:")


def _read(path: str | Path | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()
