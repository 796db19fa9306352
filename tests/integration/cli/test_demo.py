"""`gateway demo`: it trades, the books agree, and nothing is left running."""

import json
import os
from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from tests.unit.cli.cli_runner import gateway


@pytest.mark.timeout(300)
def test_demo_trades_and_its_books_agree(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    result = gateway("demo", folder, "--seconds", "2", "--json")
    assert result.code == ExitCode.OK, result.out + result.err
    outcome = json.loads(result.out)
    assert outcome["orders"] > 0
    assert outcome["fills"] > 0
    assert (outcome["open_orders"], outcome["differences"]) == (0, [])
    assert "gateway" in (folder / "gateway.log").read_text()
    running = [
        words
        for words in (
            path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)
        )
        if str(folder).encode() in words
    ]
    assert running == []
    assert gateway("journal", "verify", folder / "journal").code == ExitCode.OK
    again = gateway("demo", folder)
    assert again.code == ExitCode.USAGE
    assert "choose another folder" in again.err


def test_demo_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    result = gateway("demo", tmp_path / "demo", "--seconds", "1")
    assert result.code == ExitCode.FAILED
    assert "did not start" in result.err
