"""Numbers to the API and back: decimals as text, never floats."""

from decimal import Decimal, InvalidOperation

__all__ = ["Number", "to_text"]

Number = Decimal | int | str
"""What prices and quantities may be given as."""

_EXPONENT_MAX = 40
"""Far beyond what the gateway takes; keeps a Decimal("1E+999999") from becoming a megabyte of zeros."""


def to_text(value: Number, name: str) -> str:
    """Write a number as the API takes it. Raises TypeError for a float, ValueError for what is no finite
    number.

    Range and precision are judged by the gateway, which denies with a code.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(
            f"expected {name} as Decimal, int or str, was {type(value).__name__} {value!r}; "
            f'a float is not exact: write Decimal("{value}")'
        )
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"expected {name} to be a decimal number, was {value!r}") from error
    if not number.is_finite() or abs(number.adjusted()) > _EXPONENT_MAX:
        raise ValueError(f"expected {name} to be a number of up to {_EXPONENT_MAX} digits, was {value!r}")
    return format(number, "f")
