"""docs/orders.md lists the order state matrices and the rules; what it lists is what is tested."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "gateway/core/tests"
PAGE = (ROOT / "docs/orders.md").read_text()


def test_orders_page_lists_every_matrix_with_its_table() -> None:
    rows = re.findall(r"^\| ([A-L]\.\d\.\w) \| (.+?) \| \[`(\w+\.txt)`\]", PAGE, re.MULTILINE)
    there = [
        (ref, title, path.name)
        for path in sorted((TESTS / "matrices").glob("*.txt"))
        for ref, title in re.findall(r"^matrix (\S+) (.+)$", path.read_text(), re.MULTILINE)
    ]
    assert rows == there


def test_orders_page_has_every_group_from_a_to_l() -> None:
    assert sorted({row[0] for row in re.findall(r"^\| ([A-L])\.", PAGE, re.MULTILINE)}) == list(
        "ABCDEFGHIJKL"
    )


def test_orders_page_names_only_tests_that_exist() -> None:
    section = PAGE.split("## Rules that order systems get wrong")[1].split("\n## ")[0]
    named = re.findall(r"\| `(\w+)` \|", section)
    sources = "".join(path.read_text() for path in TESTS.glob("*_test.cpp"))
    assert named
    assert [name for name in named if f"TEST({name})" not in sources] == []
