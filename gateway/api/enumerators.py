"""Enumerations in requests."""

from __future__ import annotations

from google.protobuf.message import Message

from gateway.api.errors import ApiError, Problem

__all__ = ["enumerators"]


def enumerators(request: Message, name: str) -> list[int]:
    """Give the numbers of a repeated field. Raises ApiError for one that its enumeration does not have: it would fit
    nothing, and the core takes none below zero.
    """
    enumeration = request.DESCRIPTOR.fields_by_name[name].enum_type
    assert enumeration is not None
    numbers: list[int] = list(getattr(request, name))
    for index, number in enumerate(numbers):
        if number not in enumeration.values_by_number:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"{name}[{index}]: expected a value of {enumeration.full_name}, was {number}",
                field=f"{name}[{index}]",
            )
    return numbers
