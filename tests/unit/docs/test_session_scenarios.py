"""The table of session test cases in docs/session.md: complete, and every test that it names is there."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = [
    *("1B", "1S", "2S"),
    *(f"2{letter}" for letter in "abcdefghijklmnopqrst"),
    *(f"3{letter}" for letter in "abcde"),
    *("4", "5", "6", "7", "8", "9"),
    *(f"10{letter}" for letter in "abcde"),
    *("11a", "11b", "11c", "12", "13a", "13b"),
    *(f"14{letter}" for letter in "abcdefghijklmn"),
    *("15", "16", "18", "19", "20"),
]


def known_tests() -> set[str]:
    sources = (ROOT / "gateway/core/tests").glob("session_*_test.cpp")
    return {
        name for path in sources for name in re.findall(r"^TEST\((\w+)\)", path.read_text(), re.MULTILINE)
    }


def table() -> dict[str, list[str]]:
    text = (ROOT / "docs/session.md").read_text()
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| (`[^|]+`) \|$", text, re.MULTILINE)
    return {
        scenario: re.findall(r"`([^`]+)`", patterns) for scenario, patterns in rows if scenario in SCENARIOS
    }


def test_every_scenario_has_a_row() -> None:
    assert list(table()) == SCENARIOS


def test_every_row_names_tests_that_exist() -> None:
    known = known_tests()
    missing = [p for patterns in table().values() for p in patterns if not any(fnmatch(t, p) for t in known)]
    assert missing == []


def test_every_test_named_after_a_scenario_is_in_the_table() -> None:
    patterns = [pattern for row in table().values() for pattern in row]
    named = {test for test in known_tests() if test.startswith("scenario_")}
    assert sorted(test for test in named if not any(fnmatch(test, pattern) for pattern in patterns)) == []
