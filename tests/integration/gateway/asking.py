"""Calls of the API that the SDK has no method for, and the monitor's numbers."""

from __future__ import annotations

import urllib.request
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from ops.demo.configuration import CLIENT
from tests.integration.gateway.world import Gateway

Answer = TypeVar("Answer", bound=Message)

TIMEOUT_S = 30.0


def ask(
    gateway: Gateway, method: str, request: Message, answer: type[Answer], client: str = CLIENT
) -> Answer:
    """Call a method such as `Risk/GetAnalytics`. Raises grpc.RpcError."""
    with grpc.insecure_channel(gateway.target) as channel:
        call = channel.unary_unary(
            f"/gateway.v1.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        return call(request, timeout=TIMEOUT_S, metadata=(("client", client),))  # type: ignore[no-any-return]


def metric(gateway: Gateway, start: str) -> float | None:
    """The value of the first series whose line begins like this."""
    with urllib.request.urlopen(f"http://{gateway.ready['monitor']}/metrics", timeout=TIMEOUT_S) as answer:
        lines = answer.read().decode().splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start)), None)
