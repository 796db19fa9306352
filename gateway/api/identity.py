"""Who calls: by the name it gives, by a token, or by its certificate."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol

from gateway.api.errors import ApiError, Problem
from gateway.api.rights import Caller, ClientAccess

__all__ = ["CLIENT_KEY", "TOKEN_KEY", "ClientDirectory", "Identify", "certificate_names", "token_digest"]

CLIENT_KEY = "client"
"""Metadata key that names the client."""
TOKEN_KEY = "authorization"
"""Metadata key of the token: `Bearer TOKEN`."""

_SCHEME = "bearer "
_NAME_KINDS = {"peer_dns": "DNS", "peer_uri": "URI"}
"""What grpc calls a certificate's alternative names -> what certificates call them."""


class Identify(Protocol):
    """Finds the caller of a call by its metadata and the names of its certificate, or raises ApiError."""

    def __call__(self, metadata: Mapping[str, str | bytes], names: frozenset[str]) -> Caller: ...


class ClientDirectory:
    """The clients with their proofs and rights. For one thread."""

    def __init__(
        self,
        clients: Mapping[str, ClientAccess],
        identity: Literal["name", "token", "certificate"],
        accounts: frozenset[str] = frozenset(),
    ) -> None:
        """`accounts`: those that there are beside the clients' own."""
        self._find = {"name": self._by_name, "token": self._by_token, "certificate": self._by_certificate}[
            identity
        ]
        judges: dict[str, Callable[[Mapping[str, str | bytes]], bool]] = {
            "name": self._is_known_name,
            "token": self._is_known_token,
            "certificate": lambda _: True,
        }
        self._is_known = judges[identity]
        self._proved = identity != "name"
        self._accounts = accounts
        self._clients: Mapping[str, ClientAccess] = {}
        self.replace(clients)

    def replace(self, clients: Mapping[str, ClientAccess]) -> list[str]:
        """Put others in their place; gives the clients that have lost something by it."""
        lost = [name for name, access in self._clients.items() if access.lost_by(clients.get(name))]
        self._clients = dict(clients)
        everything = ClientAccess(
            accounts=self._accounts.union(*(access.accounts for access in clients.values()))
        )
        self._callers = {
            name: Caller(
                name,
                access.accounts,
                access.rights,
                access.strategies,
                frozenset(other for other, its in clients.items() if access.covers(its)),
                access.covers(everything),
            )
            for name, access in clients.items()
        }
        self._hashes = [(digest, name) for name, access in clients.items() for digest in access.token_hashes]
        self._digests = frozenset(digest for digest, _ in self._hashes)
        self._names = {proof: name for name, access in clients.items() for proof in access.certificate_names}
        return lost

    def __call__(self, metadata: Mapping[str, str | bytes], names: frozenset[str]) -> Caller:
        client = self._find(metadata, names)
        said = metadata.get(CLIENT_KEY)
        if self._proved and said and said != client:
            raise ApiError(
                Problem.BAD_PROOF,
                f"metadata {CLIENT_KEY!r} names {said!r}, and the token or certificate is another client's; send the"
                f" right one, or no {CLIENT_KEY!r}",
            )
        return self._callers[client]

    def is_known(self, metadata: Mapping[str, str | bytes]) -> bool:
        """Tell whether a call with these headers may be a client's. True of each where certificates say who calls."""
        return self._is_known(metadata)

    def _is_known_name(self, metadata: Mapping[str, str | bytes]) -> bool:
        return metadata.get(CLIENT_KEY) in self._callers

    def _is_known_token(self, metadata: Mapping[str, str | bytes]) -> bool:
        # Looked up where `_by_token` compares all: this comes before every call, and who it is is found out behind it.
        # How long a look-up takes depends on a hash of the hash, with a key of this process.
        try:
            return _presented_digest(metadata) in self._digests
        except ApiError:
            return False

    def _by_name(self, metadata: Mapping[str, str | bytes], names: frozenset[str]) -> str:
        name = metadata.get(CLIENT_KEY)
        if not name:
            raise ApiError(
                Problem.NO_IDENTITY,
                f"expected metadata {CLIENT_KEY!r} with a client's name, was missing; "
                "send it with every call",
            )
        if not isinstance(name, str) or name not in self._callers:
            raise ApiError(
                Problem.UNKNOWN_CLIENT,
                f"expected metadata {CLIENT_KEY!r} to name a configured client, was {name!r}; "
                "add it under `clients` in the configuration",
            )
        return name

    def _by_token(self, metadata: Mapping[str, str | bytes], names: frozenset[str]) -> str:
        presented = _presented_digest(metadata)
        # All are compared, and each in constant time: how long it takes says nothing about which are near.
        found = [name for digest, name in self._hashes if hmac.compare_digest(digest, presented)]
        if not found:
            raise ApiError(
                Problem.BAD_PROOF,
                "the token is not one of a configured client; it may have been replaced: ask for a new one",
            )
        return found[0]

    def _by_certificate(self, metadata: Mapping[str, str | bytes], names: frozenset[str]) -> str:
        found = {self._names[name] for name in names if name in self._names}
        if len(found) != 1:
            shown = ", ".join(sorted(names)) or "none"
            raise ApiError(
                Problem.BAD_PROOF,
                f"expected a certificate whose DNS and URI names are those of one configured client, were {shown}; "
                "have one of them added to the client's `certificate_names`",
            )
        return found.pop()


def _presented_digest(metadata: Mapping[str, str | bytes]) -> bytes:
    value = metadata.get(TOKEN_KEY)
    if not isinstance(value, str) or not value.lower().startswith(_SCHEME):
        raise ApiError(
            Problem.NO_IDENTITY,
            f"expected metadata {TOKEN_KEY!r} with `Bearer TOKEN`, was missing or something else; send it with"
            " every call",
        )
    return token_digest(value[len(_SCHEME) :].strip())


def token_digest(token: str) -> bytes:
    """Hash a token. It is 256 random bits, which nobody can try out, so a fast hash without salt is enough."""
    return hashlib.sha256(token.encode()).digest()


def certificate_names(auth_context: Mapping[str, Iterable[bytes]]) -> frozenset[str]:
    """Give the alternative names of the caller's verified certificate, as `DNS:NAME` and `URI:NAME`."""
    return frozenset(
        f"{kind}:{value.decode('utf-8', 'replace')}"
        for key, kind in _NAME_KINDS.items()
        for value in auth_context.get(key, ())
    )
