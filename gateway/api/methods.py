"""Which handler a call gets, by its path and its headers.

grpc waits for the message of a call with one request before it runs the handler. Whoever proves nothing could hold as
many calls as he likes by sending none; so such a call gets a handler that looks at no message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import grpc

__all__ = ["Methods"]

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]  # a class with parameters in its stubs only
Metadata = Mapping[str, str | bytes]


class Methods(grpc.GenericRpcHandler):
    """All methods of a server in one table."""

    def __init__(self, is_known: Callable[[Metadata], bool]) -> None:
        """`is_known`: whether the headers of a call may be those of a client, as far as they tell."""
        self._is_known = is_known
        self._open: dict[str, Handler] = {}
        self._closed: dict[str, tuple[Handler, Handler]] = {}

    def add_open(self, handlers: Mapping[str, Handler]) -> None:
        """Add methods that anybody may call, by path."""
        self._open |= handlers

    def add(self, path: str, handler: Handler, refusal: Handler) -> None:
        """Add a method, and what refuses calls of it that nobody known makes."""
        self._closed[path] = (handler, refusal)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """Choose the handler; None where there is no such method."""
        found = self._closed.get(handler_call_details.method)
        if found is None:
            return self._open.get(handler_call_details.method)
        handler, refusal = found
        return handler if self._is_known(dict(handler_call_details.invocation_metadata or ())) else refusal
