"""A short run of the comparison; simplefix_differential.py says how to run it for long."""

from __future__ import annotations

import random

import pytest

from gateway.core import encode_message, parse_message
from tests.unit.core.simplefix_differential import compare


def test_random_messages_are_encoded_and_parsed_as_simplefix_does() -> None:
    for seed in range(1_500):
        assert not (difference := compare(random.Random(seed))), f"seed {seed}: {difference}"


def test_message_that_is_garbled_is_none() -> None:
    message = encode_message("FIX.4.4", "0", [(34, b"1")])
    assert parse_message(message) == [
        (8, b"FIX.4.4"),
        (9, b"10"),
        (35, b"0"),
        (34, b"1"),
        (10, message[-4:-1]),
    ]
    for garbled in (b"", message[:-1], message + b"8", b"x" + message):
        assert parse_message(garbled) is None


def test_message_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        encode_message("FIX.4.4", "B", [(58, b"x" * 70_000)])
