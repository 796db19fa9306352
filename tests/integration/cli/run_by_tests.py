"""Which commands the tests of the command line run: read from their calls, `cli("orders", "cancel", "--all")`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.integration.cli.documented import ROOT

__all__ = ["run_by_a_test"]

_FOLDERS = ("tests/integration/cli", "tests/unit/cli")


def run_by_a_test(text: str) -> bool:
    """Tell whether a test runs `gateway ...` with the same command and, where the text has options, with those."""
    words = re.sub(r"[\[\]]", "", text).split()[1:]
    options = {word.split("=")[0] for word in words if word.startswith("-")}
    path = []
    for word in words:
        if not re.fullmatch(r"[a-z][a-z-]*", word):
            break
        path.append(word)
    return bool(path) and any(run[: len(path)] == path and options <= set(run) for run in _calls(ROOT))


@cache
def _calls(root: Path) -> tuple[list[str], ...]:
    files = sorted(path for folder in _FOLDERS for path in (root / folder).rglob("test_*.py"))
    return tuple(words for path in files for words in _words_of_calls(ast.parse(path.read_text())))


def _words_of_calls(tree: ast.AST) -> Iterator[list[str]]:
    """The words that stand in each call as they are; what is worked out is left out."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            words = [
                word
                for argument in call.args
                for constant in ast.walk(argument)
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
                for word in constant.value.split()
            ]
            if words:
                yield words
