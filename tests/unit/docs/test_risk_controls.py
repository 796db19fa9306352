"""The table of controls names code and tests that are there."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "risk-control.md").read_text()


def test_every_control_names_code_and_a_test_that_exist() -> None:
    rows = PAGE.split("| control | where | test | helps with |\n|---|---|---|---|\n")[1].splitlines()
    assert len(rows) >= 11
    for row in rows:
        control, where, test, helps = (cell.strip() for cell in row.strip("|").split(" | "))
        assert control
        assert helps
        links = re.findall(r"\]\(([^)#]+)\)", f"{where} {test}")
        assert len(links) >= 2, row
        missing = [link for link in links if not (DOCS / link).resolve().exists()]
        assert missing == [], row


def test_page_claims_no_compliance() -> None:
    assert not re.search(r"\b(is|are|makes?) compliant\b", PAGE)
