"""Pages: their size, and the token that says where the next one goes on.

A token is opaque and stable: it names the last row of its page by key, so rows that are added meanwhile shift nothing,
and it holds a fingerprint of the query, so that it cannot be used with another. It gives no right: every page is judged
by who asks for it.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from gateway.api.errors import ApiError, Problem

__all__ = ["PAGE_SIZE_MAX", "Page", "page_of"]

_PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1000
_VERSION = 1
_TOKEN = struct.Struct(">BIQ")
_TOKEN_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class Page:
    """What a request asks for. `position` is where its page begins, as a token gave it; 0 for the first."""

    size: int
    position: int
    _query: int

    def token(self, position: int) -> str:
        """Make the token of the page that begins there; empty where there is none (0)."""
        if not position:
            return ""
        packed = _TOKEN.pack(_VERSION, self._query, position)
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def page_of(request: Any) -> Page:
    """Read `page_size` and `page_token` of a request. Raises ApiError."""
    size = request.page_size or _PAGE_SIZE_DEFAULT
    if size > PAGE_SIZE_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected page_size of 1 to {PAGE_SIZE_MAX}, was {size}",
            field="page_size",
        )
    query = _fingerprint(request)
    return Page(size, _position(request.page_token, query), query)


def _fingerprint(request: Message) -> int:
    query = type(request)()
    query.CopyFrom(request)
    query.ClearField("page_size")
    query.ClearField("page_token")
    query.DiscardUnknownFields()
    name = request.DESCRIPTOR.full_name.encode()
    return zlib.crc32(name + b"\0" + query.SerializeToString(deterministic=True))


def _position(token: str, query: int) -> int:
    if not token:
        return 0
    try:
        if len(token) > _TOKEN_CHARACTERS_MAX or not token.isascii():
            raise ValueError
        version, fingerprint, position = _TOKEN.unpack(
            base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, binascii.Error, struct.error):
        version = fingerprint = position = 0
    if version != _VERSION or position == 0:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected page_token as a page before gave it, was {token[:40]!r}; start again without",
            field="page_token",
        )
    if fingerprint != query:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            "page_token is of another query: keep every other field as it was for the page before, or start again "
            "without",
            field="page_token",
        )
    return int(position)
