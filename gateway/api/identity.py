"""Who calls: the one place that real authentication replaces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.api.errors import ApiError, Problem

__all__ = ["CLIENT_KEY", "Caller", "Identify", "MetadataIdentity"]

CLIENT_KEY = "client"
"""Metadata key that names the client."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The client on whose behalf a call is made."""

    client: str
    accounts: frozenset[str]


class Identify(Protocol):
    """Finds the caller of a call, or raises ApiError with NO_IDENTITY or UNKNOWN_CLIENT."""

    def __call__(self, metadata: Mapping[str, str | bytes], peer: str) -> Caller: ...


class MetadataIdentity:
    """Believes the metadata: for loopback, where whoever can connect could read the configuration as well."""

    def __init__(self, clients: Mapping[str, frozenset[str]]) -> None:
        self._callers = {name: Caller(name, accounts) for name, accounts in clients.items()}

    def __call__(self, metadata: Mapping[str, str | bytes], peer: str) -> Caller:
        name = metadata.get(CLIENT_KEY)
        if not name:
            raise ApiError(
                Problem.NO_IDENTITY,
                f"expected metadata {CLIENT_KEY!r} with a client's name, was missing; "
                "send it with every call",
            )
        caller = self._callers.get(name) if isinstance(name, str) else None
        if caller is None:
            raise ApiError(
                Problem.UNKNOWN_CLIENT,
                f"expected metadata {CLIENT_KEY!r} to name a configured client, was {name!r}; "
                "add it under `clients` in the configuration",
            )
        return caller
