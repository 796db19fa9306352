"""The program behind `signing.algorithm: python`: calls one function of the user's to sign one Logon.

    python -m gateway.sign_logon MODULE:FUNCTION FORM < payload > signature

The function takes the payload (bytes) and the session's name, and gives what FORM (`signing.signature_format`) says:
bytes for `base64` and `hex`, a str for `text`, a mapping of tags to values for `fields`. It runs in a process of its
own, so that the gateway can end it when its time is over; what it prints, and its traceback, go to the gateway's
standard error. The exit code is 0, or 1 where there is no signature.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["answer_of", "load_function", "main"]


class SigningError(Exception):
    """The function is not there, or does not give what it should."""


def load_function(name: str) -> Callable[[bytes, str], Any]:
    """Import `MODULE:FUNCTION`. Raises SigningError where there is none."""
    module_name, _, function_name = name.partition(":")
    function: Any = importlib.import_module(module_name)
    for part in function_name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        raise SigningError(f"{name}: {module_name} has no function {function_name}; correct signing.callable")
    result: Callable[[bytes, str], Any] = function
    return result


def answer_of(signature: object, form: str) -> bytes:
    """Give a function's result as the gateway reads it. Raises SigningError, which never shows the result."""
    if form in ("base64", "hex") and isinstance(signature, bytes):
        return signature
    if form == "text" and isinstance(signature, str):
        return signature.encode()
    if form == "fields" and isinstance(signature, Mapping):
        return "".join(f"{tag}={value}\n" for tag, value in signature.items()).encode()
    expected = {"text": "a str", "fields": "a mapping of tags to values"}.get(form, "bytes")
    raise SigningError(f"with signature_format {form} expected {expected}, was {type(signature).__name__}")


def main(arguments: list[str]) -> int:
    """Sign what stands at the standard input."""
    name, form = arguments
    payload = sys.stdin.buffer.read()
    # What the function prints is no signature.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        answer = answer_of(load_function(name)(payload, os.environ.get("GATEWAY_SESSION", "")), form)
    except (SigningError, ImportError) as error:
        print(f"gateway.sign_logon: {error}", file=sys.stderr)
        return 1
    with out:
        out.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
