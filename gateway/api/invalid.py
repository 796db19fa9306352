"""Which field of a request is wrong, where somebody further in has found it."""

from __future__ import annotations

from google.protobuf.message import Message

from gateway.api.errors import ApiError, Problem

__all__ = ["invalid"]


def invalid(
    error: ValueError,
    message: Message,
    otherwise: str,
    *,
    path: str = "",
    where: str = "",
    partly: bool = False,
) -> ApiError:
    """Make the INVALID_ARGUMENT of a value that was refused as "FIELD: what was expected".

    `message` holds the value, and stands at `path` ("prices[3].") in the request. `otherwise` is the field where the
    text names none of the message's. `where` goes before the text. `partly` as `ApiError.partly_done`.
    """
    said = str(error).partition(":")[0]
    field = said if said in message.DESCRIPTOR.fields_by_name else otherwise
    text = f"{where}: {error}" if where else str(error)
    return ApiError(Problem.INVALID_ARGUMENT, text, field=f"{path}{field}", partly_done=partly)
