"""Every command that a page names in its text or in a table is run, and says what the page says that it does.

A gateway, two venues and a folder are prepared once; each command has what it needs made before it (`named`). What
no entry runs is run elsewhere: by CI's own script, by a test that gives the command the same options, or where EXCUSED
says.
"""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.integration.cli.documented import ROOT, Documented, fenced_commands, named_commands, run_by_ci
from tests.integration.cli.named import files, orders, risk, sessions
from tests.integration.cli.named.world import Run, World, prepared_world
from tests.integration.cli.run_by_tests import run_by_a_test
from tests.unit.cli.cli_runner import Result
from tests.unit.cli.cli_runner import gateway as cli

RUNS: tuple[Run, ...] = (*files.RUNS, *orders.RUNS, *sessions.RUNS, *risk.RUNS)

EXCUSED = {
    "gateway run": "tests/integration/cli/test_run.py",  # all of this is run against one
    "gateway run -c FILE": "tests/integration/cli/test_run.py",
    "gateway console": "tests/integration/cli/test_console.py",
    "gateway console --web": "tests/integration/cli/test_console_web.py",
    "gateway --install-completion": "tests/integration/cli/test_completion.py",
    "gateway --show-completion": "tests/integration/cli/test_completion.py",
    "make bench": "tests/unit/bench/test_table.py",  # measures for minutes; asserts nothing
    "make crash": "tests/integration/gateway/test_kill.py",  # the same test, more often
    "make crash KILLS=n": "tests/integration/gateway/test_kill.py",
    "python -m sim": "tests/integration/sim/test_control.py",
    "python -m sim certify": "tests/integration/sim/test_certify.py",
    "python -m sim ctl bust": "tests/integration/sim/test_control.py",
    "python -m tests.bench --only grpc-single": "tests/unit/bench/test_table.py",
    "python -m tests.bench.sim_memory": "tests/unit/bench/test_table.py",
    "python -m tests.bench.sim_throughput": "tests/unit/bench/test_table.py",
    "python proto/generate_denial_codes.py": "tests/unit/api/test_denial_codes_page.py",
}
"""What is run elsewhere, and where."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def named() -> list[Documented]:
    """Commands that pages name, each once; what a fenced block shows as well is run from there."""
    fenced = {command.text for command in fenced_commands()}
    return [command for command in named_commands() if command.text not in fenced or in_table(command)]


def in_table(command: Documented) -> bool:
    return any(command.text in run.shown for run in RUNS)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with prepared_world(tmp_path_factory.mktemp("named")) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.folder)
        patch.setenv("GATEWAY_SECRETS_KEY_FILE", "secrets.key")
        patch.setenv("XDG_CACHE_HOME", str(made.folder.parent / "cache"))
        made.cli("secrets", "key", "secrets.key")
        yield made


def execute(words: list[str]) -> Result:
    if words[0] != "curl":
        return cli(*words)
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return Result(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.shown[0])
def test_named_command_says_what_its_pages_say(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = run.prepare(world)
    monkeypatch.setattr(sys, "stdin", io.StringIO(run.typed))
    words = run.words.format(**values)
    result = execute(shlex.split(words))
    shown = result.out + result.err
    assert result.code in run.codes, f"gateway {words}\n{shown}"
    for expression in run.says:
        assert re.search(expression.format(**values), shown, re.MULTILINE), f"{expression}\n{words}\n{shown}"
    assert not CONTROL.search(shown)
    run.after(world, values)


def test_every_command_that_a_page_names_is_run() -> None:
    not_run = [
        str(command)
        for command in named()
        if not in_table(command)
        and command.text not in EXCUSED
        and not run_by_ci(command.text)
        and not run_by_a_test(command.text)
    ]
    assert not not_run, "give them an entry of RUNS in tests/integration/cli/named, or a test of their own"


def test_table_has_each_command_once_and_none_that_no_page_names() -> None:
    shown = Counter(text for run in RUNS for text in run.shown)
    assert [text for text, count in shown.items() if count > 1] == []
    pages = {command.text for command in named_commands()}
    assert sorted(set(shown) - pages) == []


def test_every_excuse_is_needed_and_what_it_points_to_is_there() -> None:
    pages = {command.text for command in named_commands()}
    assert sorted(set(EXCUSED) - pages) == []
    assert [text for text in EXCUSED if run_by_ci(text)] == []
    assert [where for where in EXCUSED.values() if not (ROOT / where).is_file()] == []


@pytest.mark.parametrize(
    "text", sorted({c.text for c in named_commands() + fenced_commands() if c.text.startswith("make ")})
)
def test_target_of_make_is_there(text: str) -> None:
    words = [word for word in text.split() if word != "KILLS=n"]
    ended = subprocess.run(
        [*words, "--dry-run", "--no-print-directory"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
