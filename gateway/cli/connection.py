"""The connection of a command to the running gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, load_or_fail
from gateway.config import Settings
from gateway.config.settings import ApiSettings
from gateway.ready import READY_FILE_NAME

__all__ = ["Connection", "connect", "is_missing"]

Answer = TypeVar("Answer", bound=Message)

CALL_TIMEOUT_S = 5.0
CLIENT_KEY = "client"
"""Metadata that names the client on whose behalf a call is made."""


@dataclass(frozen=True)
class Connection:
    """A channel, and the clients whose data the command asks for."""

    channel: grpc.Channel
    clients: tuple[str, ...]

    def ask(self, method: str, request: Message, answer: type[Answer], client: str | None = None) -> Answer:
        """Call a method such as `Orders/GetOrder`, on behalf of the first client where none is named."""
        call = self.channel.unary_unary(
            f"/gateway.v1.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        metadata = ((CLIENT_KEY, client or self.clients[0]),)
        return call(request, timeout=CALL_TIMEOUT_S, metadata=metadata)


@contextmanager
def connect(config: Path | None, address: str | None, client: str | None) -> Iterator[Connection]:
    """Open the channel. What goes wrong on it ends the command with a message and its exit code."""
    settings = _settings(config, needed=address is None or client is None)
    target = address or _address(settings)
    clients = (client,) if client else tuple(entry.name for entry in settings.clients) if settings else ()
    if not clients:
        raise CommandFailure("say on whose behalf to ask: --client NAME, or -c FILE", ExitCode.USAGE)
    with grpc.insecure_channel(target, options=[("grpc.enable_retries", 0)]) as channel:
        try:
            yield Connection(channel, clients)
        except grpc.RpcError as error:
            raise _failure(error, target) from error


def is_missing(error: grpc.RpcError) -> bool:
    """Tell whether the gateway answered that there is no such thing."""
    return isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND


def _settings(config: Path | None, needed: bool) -> Settings | None:
    """Read the file that was named; the default one only where it is there and something of it is needed."""
    if config is None and (not needed or not DEFAULT_CONFIG.exists()):
        return None
    return load_or_fail(config or DEFAULT_CONFIG, resolve_secrets=False)


def _address(settings: Settings | None) -> str:
    if settings is None:
        return str(ApiSettings().bind)
    if settings.api.bind.port:
        return str(settings.api.bind)
    ready = settings.journal.path / READY_FILE_NAME
    try:
        return str(json.loads(ready.read_text())["api"])
    except (OSError, ValueError, KeyError) as error:
        message = f"no gateway runs with this configuration: there is no {ready}; start it with `gateway run`"
        raise CommandFailure(message, ExitCode.UNREACHABLE) from error


def _failure(error: grpc.RpcError, target: str) -> CommandFailure:
    code = error.code() if isinstance(error, grpc.Call) else None
    details = (error.details() if isinstance(error, grpc.Call) else None) or str(error)
    if (
        code is grpc.StatusCode.UNAVAILABLE and "connect" in details
    ):  # else it answers, and says why it cannot
        start = "start it with `gateway run -c FILE`, or give the right --address"
        return CommandFailure(f"no gateway answers at {target}; {start}", ExitCode.UNREACHABLE)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        message = f"the gateway at {target} did not answer within {CALL_TIMEOUT_S:g} s; see its log"
        return CommandFailure(message, ExitCode.UNREACHABLE)
    return CommandFailure(f"{details} ({code.name if code else 'error'} from {target})", ExitCode.REFUSED)
