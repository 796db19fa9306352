"""The connection of a command to the running gateway."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, load_or_fail
from gateway.client.identity import Identity, Tls
from gateway.config import Settings
from gateway.config.settings import ApiSettings
from gateway.ready import READY_FILE_NAME
from gateway.v1 import admin_pb2

__all__ = ["Connection", "View", "connect", "is_missing"]

Answer = TypeVar("Answer", bound=Message)

CALL_TIMEOUT_S = 5.0
TOKEN_VARIABLE, CA_VARIABLE = "GATEWAY_TOKEN", "GATEWAY_CA"
CERTIFICATE_VARIABLE, KEY_VARIABLE = "GATEWAY_CERTIFICATE", "GATEWAY_PRIVATE_KEY"
NAME_VARIABLE = "GATEWAY_SERVER_NAME"


@dataclass(frozen=True)
class View:
    """On whose behalf to read, and whether every client's in the accounts of that one."""

    client: str
    any_client: bool


@dataclass(frozen=True)
class Connection:
    """A channel, and the clients whose data the command asks for ("": whoever the token or certificate is of)."""

    channel: grpc.Channel
    clients: tuple[str, ...]
    token: str | None = None
    rights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the file's clients."""
    _known: dict[str, admin_pb2.GetVersionResponse] = field(default_factory=dict)

    def ask(self, method: str, request: Message, answer: type[Answer], client: str | None = None) -> Answer:
        """Call a method such as `Orders/GetOrder`, on behalf of the first client that may where none is named."""
        call = self.channel.unary_unary(
            f"/gateway.v1.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        identity = Identity(self._first(method) if client is None else client, self.token)
        return call(request, timeout=CALL_TIMEOUT_S, metadata=identity.metadata)

    def views(self, any_client: bool | None = None) -> list[View]:
        """Say how to read what several clients may see; what two of them see comes twice.

        None: every client's for those that have `admin`, and for the others their own. True: every client's, or none
        has the right and the gateway says so.
        """
        if any_client is False:
            return [View(client, False) for client in self.clients]
        views = [View(client, "admin" in self.rights_of(client)) for client in self.clients]
        if any_client and not any(view.any_client for view in views):
            return [View(self.clients[0], True)]
        return views

    def operator(self, right: str) -> str:
        """Name the first client that has a right and `admin`, or the first of all, to be told that it has not."""
        wanted = {right, "admin"}
        return next((name for name in self.clients if wanted <= self.rights_of(name)), self.clients[0])

    def rights_of(self, client: str) -> frozenset[str]:
        """Tell which rights a client has; the gateway is asked once. Raises grpc.RpcError."""
        return frozenset(self._who(client).rights)

    def name_of(self, client: str) -> str:
        """Name the client; whose the token or certificate is ("") the gateway says. Raises grpc.RpcError."""
        return client or self._who(client).client

    def _who(self, client: str) -> admin_pb2.GetVersionResponse:
        if client not in self._known:
            request, answer = admin_pb2.GetVersionRequest(), admin_pb2.GetVersionResponse
            try:
                self._known[client] = self.ask("Admin/GetVersion", request, answer, client)
            except grpc.RpcError as error:
                if not isinstance(error, grpc.Call) or error.code() is not grpc.StatusCode.PERMISSION_DENIED:
                    raise
                self._known[client] = answer(client=client)  # it has neither `read` nor `admin`
        return self._known[client]

    def _first(self, method: str) -> str:
        if not self.rights:
            return self.clients[0]
        from gateway.api.rights import METHOD_RIGHTS  # loads the server: only where there is a choice

        needed = METHOD_RIGHTS[f"gateway.v1.{method.replace('/', '.')}"]
        return next((name for name, rights in self.rights.items() if needed & set(rights)), self.clients[0])


@contextmanager
def connect(config: Path | None, address: str | None, client: str | None) -> Iterator[Connection]:
    """Open the channel. What goes wrong on it ends the command with a message and its exit code.

    A token or certificate comes from the environment: on a command line others could read it.
    """
    token, certificate = os.environ.get(TOKEN_VARIABLE), os.environ.get(CERTIFICATE_VARIABLE)
    is_proved = bool(token or certificate)
    settings = _settings(config, needed=address is None or (client is None and not is_proved))
    target = address or _address(settings)
    rights: dict[str, tuple[str, ...]] = {}
    if client or is_proved:
        clients: tuple[str, ...] = (client or "",)
    else:
        rights = {entry.name: entry.rights for entry in settings.clients} if settings else {}
        readers = tuple(name for name, granted in rights.items() if "read" in granted)
        clients = readers or tuple(rights)
    if not clients:
        raise CommandFailure("say on whose behalf to ask: --client NAME, or -c FILE", ExitCode.USAGE)
    with _channel(target, Identity("", token, _tls(settings if address is None else None))) as channel:
        try:
            yield Connection(channel, clients, token, rights if len(rights) > 1 else {})
        except grpc.RpcError as error:
            raise _failure(error, target) from error


def _channel(target: str, identity: Identity) -> grpc.Channel:
    try:
        identity.check(target)
        credentials = identity.credentials
    except (ValueError, OSError) as error:
        raise CommandFailure(f"{error}; set {CA_VARIABLE} to the CA's file", ExitCode.USAGE) from error
    options = [("grpc.enable_retries", 0), *identity.options]
    if credentials is None:
        return grpc.insecure_channel(target, options=options)
    return grpc.secure_channel(target, credentials, options=options)


def _tls(settings: Settings | None) -> Tls | None:
    variables = (CA_VARIABLE, CERTIFICATE_VARIABLE, KEY_VARIABLE, NAME_VARIABLE)
    ca, certificate, private_key, server_name = (os.environ.get(name) or None for name in variables)
    if not any((ca, certificate, private_key, settings and settings.api.tls)):
        return None
    try:
        return Tls(ca=ca, certificate=certificate, private_key=private_key, server_name=server_name)
    except ValueError as error:
        raise CommandFailure(f"{error}: {CERTIFICATE_VARIABLE} and {KEY_VARIABLE}", ExitCode.USAGE) from error


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
