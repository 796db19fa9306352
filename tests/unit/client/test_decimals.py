from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client.decimals import to_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("10.50"), "10.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("-0"), "-0"),
        (7, "7"),
        ("0.25", "0.25"),
    ],
)
def test_to_text_writes_plain_digits(value: Decimal | int | str, text: str) -> None:
    assert to_text(value, "price") == text


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=8))
def test_to_text_of_any_decimal_is_exact(value: Decimal) -> None:
    assert Decimal(to_text(value, "price")) == value


@pytest.mark.parametrize("value", [1.5, 0.1 + 0.2, float("nan"), True, None, b"1"])
def test_to_text_of_no_exact_number_raises_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="expected quantity as Decimal"):
        to_text(value, "quantity")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["ten", "", "1,5", Decimal("NaN"), Decimal("-Infinity"), Decimal("1E+999999")]
)
def test_to_text_of_no_finite_number_raises_value_error(value: Decimal | str) -> None:
    with pytest.raises(ValueError, match="expected price"):
        to_text(value, "price")
