"""Which values of MsgType(35) FIX defines."""

import re

__all__ = ["is_msg_type"]

# 4.2 to 5.0 SP2 use most single letters and digits, and two letters from AA to CM; U begins a
# private type by convention, and is as valid as any.
_SINGLE = frozenset("0123456789ABCDEFGHJKLMNPQRSTVWXYZabcdefghijklmnopqrstuvwxyz")
_DOUBLE = re.compile(r"[AB][A-Z]|C[A-M]|U.{0,2}", re.ASCII)


def is_msg_type(value: str) -> bool:
    return value in _SINGLE or _DOUBLE.fullmatch(value) is not None
