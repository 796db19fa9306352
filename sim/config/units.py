"""Values of settings that people write with a unit."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

__all__ = ["Duration", "parse_duration"]

_NANOSECONDS = {"ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}
_DURATION = re.compile(r"(-?)(\d{1,9})(?:\.(\d{1,3}))?(ms|s|m|h)")


def parse_duration(value: object) -> int:
    """Give nanoseconds for `200ms`, `1.5s`, `2m`, `-1h`; an integer is taken for nanoseconds already."""
    if isinstance(value, int):
        return value
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise ValueError("a duration is a number and a unit: 200ms, 1.5s, 2m, 1h")
    sign, whole, fraction, unit = match.groups()
    thousandths = int(whole) * 1000 + int((fraction or "").ljust(3, "0"))
    return (-1 if sign else 1) * thousandths * _NANOSECONDS[unit] // 1000


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": "^-?[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h)$"}),
]
"""Nanoseconds in the model, a number with a unit in the file."""
