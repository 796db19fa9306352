"""What the trailing metadata of a failed call says to programs."""

import re

import grpc
import grpc.aio
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.rpc import error_details_pb2, status_pb2

__all__ = ["DETAILS_KEY", "assert_names_the_field", "has_field", "reason_of"]

DETAILS_KEY = "grpc-status-details-bin"
_PART = re.compile(r"(?P<name>[a-z_0-9]+)(?P<index>\[\d+\])?")


def assert_names_the_field(method: MethodDescriptor | None, error: grpc.aio.AioRpcError) -> None:
    """Whoever is told that an argument is invalid is told which: a field that the request has."""
    if method is None or error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
        return
    status = _status(error)
    if reason_of(status) == "MALFORMED":
        return
    fields = []
    for detail in status.details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            fields += [violation.field for violation in bad.field_violations]
    assert len(fields) == 1, (method.full_name, error.details(), fields)
    assert has_field(method.input_type, fields[0]), (method.full_name, error.details(), fields)


def has_field(message: Descriptor, path: str) -> bool:
    """Tell whether a path such as "prices[3].band_low" is one of a message; an index only where it is repeated."""
    here: Descriptor | None = message
    for part in path.split("."):
        match = _PART.fullmatch(part)
        if here is None or match is None:
            return False
        field = here.fields_by_name.get(match["name"])
        if field is None or (match["index"] and not field.is_repeated):
            return False
        here = field.message_type
    return True


def reason_of(status: status_pb2.Status) -> str:
    """Give the ErrorInfo.reason; empty where there is none."""
    info = error_details_pb2.ErrorInfo()
    return next((info.reason for detail in status.details if detail.Unpack(info)), "")


def _status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    data = dict(error.trailing_metadata() or ()).get(DETAILS_KEY, b"")
    return status_pb2.Status.FromString(data if isinstance(data, bytes) else data.encode())
