"""Requests for changes of limits: what they ask for, and who asks."""

from __future__ import annotations

from gateway.v1 import risk_pb2

__all__ = ["asks_the_same", "client_of", "without_approval"]


def without_approval(request: risk_pb2.SetLimitsRequest) -> risk_pb2.SetLimitsRequest:
    """Copy; who approved is for the desk to say."""
    copy = risk_pb2.SetLimitsRequest()
    copy.CopyFrom(request)
    copy.approved_by = ""
    return copy


def asks_the_same(one: risk_pb2.SetLimitsRequest, other: risk_pb2.SetLimitsRequest) -> bool:
    """Compare what is asked for; the version that it was asked for may differ."""
    return list(one.limits) == list(other.limits) and list(one.removed) == list(other.removed)


def client_of(who: str) -> str:
    """Give the client of `client/person`: the person is only said, the client is proved."""
    return who.partition("/")[0]
