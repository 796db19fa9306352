"""Every exit code of docs/cli.md comes out of the command itself, started as a script starts it, and says why."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from tests.integration.cli.documented import ROOT
from tests.integration.cli.processes import RunningGateway, wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

TIMEOUT_S = 60


@dataclass(frozen=True)
class Case:
    """A command that ends with a code; `prepare` makes what stands for {..} in its words."""

    code: ExitCode
    words: str
    says: str
    prepare: Callable[[Path], dict[str, object]] = lambda _: {}


def nothing_listens(_: Path) -> dict[str, object]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return {"port": listener.getsockname()[1]}


def a_file(folder: Path) -> dict[str, object]:
    (folder / "file").write_text("")
    return {"file": folder / "file"}


def a_configuration(folder: Path) -> dict[str, object]:
    assert cli("init", folder / "made").code == 0
    config = folder / "made" / "gateway.yaml"
    text = (
        config.read_text().replace("127.0.0.1:7010", "127.0.0.1:0").replace("127.0.0.1:7011", "127.0.0.1:0")
    )
    config.write_text(text)
    return {"config": config}


def a_wrong_configuration(folder: Path) -> dict[str, object]:
    made = a_configuration(folder)
    Path(str(made["config"])).write_text("sesions: []\n")
    return made


def a_kernel_that_swaps(folder: Path) -> dict[str, object]:
    """Files of a kernel with one setting that deserves a warning; the rest is left to this machine."""
    for name, text in {
        "proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
        "proc/swaps": "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n",
        "proc/sys/vm/swappiness": "60\n",
    }.items():
        path = folder / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {**a_configuration(folder), "root": folder / "root"}


def an_empty_folder(folder: Path) -> dict[str, object]:
    (folder / "empty").mkdir()
    return {"folder": folder / "empty"}


CASES = (
    Case(ExitCode.OK, "--version", "gateway 0."),
    Case(ExitCode.OK, "check-config {config}", "good", a_configuration),
    Case(ExitCode.FAILED, "init {file}/below", "cannot be written: Not a directory", a_file),
    Case(ExitCode.USAGE, "nonsense", "No such command"),
    Case(ExitCode.USAGE, "orders --limit 0", "--limit"),
    Case(ExitCode.USAGE, "journal verify {file}", "there is no such folder", a_file),
    Case(ExitCode.CONFIG, "check-config {config}", "did you mean 'sessions'?", a_wrong_configuration),
    Case(ExitCode.CONFIG, "run -c {config}", "did you mean 'sessions'?", a_wrong_configuration),
    Case(
        ExitCode.UNREACHABLE, "orders --client c1 --address 127.0.0.1:{port}", "no gateway answers", nothing_listens
    ),
    Case(ExitCode.JOURNAL, "journal verify {folder}", "no journal there", an_empty_folder),
    Case(ExitCode.WARNINGS, "doctor -c {config} --root {root}", "vm.swappiness 60", a_kernel_that_swaps),
    Case(ExitCode.ERRORS, "doctor -c {config}", "unknown key 'sesions'", a_wrong_configuration),
)  # fmt: skip


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}: {case.words}")
def test_command_ends_with_its_code_and_says_why(case: Case, tmp_path: Path) -> None:
    words = case.words.format(**case.prepare(tmp_path)).split()
    ended = run(words)
    assert ended.returncode == case.code, ended.stdout + ended.stderr
    assert case.says in " ".join((ended.stdout + ended.stderr).split())
    assert "Traceback" not in ended.stderr


def test_refusal_of_a_running_gateway_is_5(gateway: RunningGateway) -> None:
    ended = run(["order", "no-such", "-c", str(gateway.config)])
    assert ended.returncode == ExitCode.REFUSED
    assert "no order has the id 'no-such'" in ended.stderr


def test_journal_that_is_held_is_6(gateway: RunningGateway) -> None:
    ended = run(["run", "-c", str(gateway.config)])
    assert ended.returncode == ExitCode.JOURNAL
    assert str(gateway.process.pid) in ended.stderr


def interrupted(folder: Path, *words: object) -> str:
    """Start a command that waits for more, interrupt it once it has shown something; gives what it has shown."""
    out, err = folder / "out", folder / "err"
    command = [sys.executable, "-m", "gateway.cli", *map(str, words)]
    with out.open("w") as to, err.open("w") as err_to:
        process = subprocess.Popen(command, stdout=to, stderr=err_to, cwd=ROOT)
    try:
        wait_until(lambda: "\n" in out.read_text() or process.poll() is not None, "it shows something")
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_S) == ExitCode.INTERRUPTED, err.read_text()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    assert err.read_text() == ""
    return out.read_text()


def test_tail_that_is_interrupted_ends_with_130(gateway: RunningGateway, tmp_path: Path) -> None:
    assert "GatewayStarted" in interrupted(tmp_path, "tail", "--from-lsn", "1", "-c", gateway.config)


def test_tail_of_a_gateway_elsewhere_shows_the_clients_events_until_it_is_interrupted(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    submit(gateway.ready["api"], "elsewhere-1", price="175.00")
    api = gateway.ready["api"]
    where = ("--from-lsn", "1", "--kind", "OrderAccepted")
    shown = interrupted(tmp_path, "tail", "--address", api, "--client", "demo", *where)
    assert "AAPL" in shown


def test_log_that_is_followed_ends_with_130(gateway: RunningGateway, tmp_path: Path) -> None:
    assert "Logon" in interrupted(tmp_path, "fixlog", "-f", gateway.folder / "journal")


def test_quotes_that_are_followed_end_with_130(gateway: RunningGateway, tmp_path: Path) -> None:
    assert "AAPL" in interrupted(tmp_path, "quotes", "AAPL", "--follow", "-c", gateway.config)


def test_every_documented_code_has_a_case() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    table = page[page.index("## Exit codes") :].split("\n## ")[0]
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert documented == {int(code) for code in ExitCode}
    by_themselves = {ExitCode.REFUSED, ExitCode.INTERRUPTED}
    assert documented == {int(case.code) for case in CASES} | by_themselves
