"""Fields of application messages: reading them, and what is said where they cannot be read."""

import re
from decimal import Decimal

from sim.wire import Message

__all__ = [
    "FORMAT_INCORRECT",
    "REQUIRED_TAG_MISSING",
    "VALUE_INCORRECT",
    "FieldError",
    "decimal",
    "number",
    "required",
]

# FIX numbers have no exponent; the bound keeps every product exact in Decimal's 28 digits.
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{0,8})?|-?\.\d{1,8}", re.ASCII)

# SessionRejectReason(373)
REQUIRED_TAG_MISSING = 1
VALUE_INCORRECT = 5
FORMAT_INCORRECT = 6


class FieldError(Exception):
    """A field makes the message unreadable: the session layer answers with Reject(3)."""

    def __init__(self, tag: int, reason: int, text: str) -> None:
        super().__init__(text)
        self.tag = tag
        self.reason = reason
        self.text = text


def required(message: Message, tag: int) -> str:
    value = message.get(tag)
    if value is None:
        raise FieldError(tag, REQUIRED_TAG_MISSING, f"required field {tag} is missing")
    return value


def decimal(message: Message, tag: int) -> Decimal:
    value = required(message, tag)
    if not _NUMBER.fullmatch(value):
        raise FieldError(
            tag, FORMAT_INCORRECT, f"field {tag} must be a number with at most 8 decimals, was {value}"
        )
    return Decimal(value)


def number(value: Decimal) -> str:
    """Give a decimal without exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
