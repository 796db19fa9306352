"""docs/session.md names tests by scenario and by feature: each has to be there."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "session.md"


def known_tests() -> frozenset[str]:
    named: set[str] = set()
    for path in (ROOT / "gateway" / "core" / "tests").glob("*_test.cpp"):
        named |= set(re.findall(r"^TEST\(\s*(\w+)", path.read_text(), re.MULTILINE))
    for path in (ROOT / "tests").rglob("test_*.py"):
        named |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE))
    return frozenset(named)


def named_on_the_page() -> list[str]:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [name for row in rows for name in re.findall(r"`(\w[\w*]*_[\w*]+)`", row.split("|")[-2])]


def test_every_test_that_the_page_names_is_there() -> None:
    there, named = known_tests(), named_on_the_page()
    assert len(named) > 100
    missing = [name for name in named if not any(fnmatchcase(each, name) for each in there)]
    assert missing == []
