"""Enumerations of the SDK, as the generated messages take them."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

__all__ = ["enumerator", "enumerators"]


def enumerator(value: IntEnum) -> Any:
    """Get the number of a member. The stubs want the proto's own type, which the runtime takes any number for."""
    return value.value


def enumerators(values: Iterable[IntEnum]) -> Any:
    """Get the numbers of members, for a repeated field."""
    return [value.value for value in values]
