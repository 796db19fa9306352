"""Shell completion in the shells themselves: each takes the script that it is given, and completes by it.

What the scripts ask of the command is tested without a shell too, so that all three are covered where none but bash is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.unit.cli.cli_runner import gateway

SHELLS = ("bash", "zsh", "fish")
TYPED = (
    ("gateway fixl", "fixlog"),
    ("gateway --vers", "--version"),
    ("gateway orders sh", "show"),
    ("gateway risk override --wai", "--waive"),
    ("gateway kill-switch sta", "status"),
    ("gateway export exec", "executions"),
    ("gateway tail --fr", "--from-lsn"),
)
"""What is typed, and the one word that it can become."""
IN_A_SHELL = (TYPED[0], TYPED[3], TYPED[5])
"""A command, an option, a value: each press of Tab starts the command anew, twice in fish."""

BASH = """\
eval "$(gateway --show-completion)"
IFS=' ' read -r -a COMP_WORDS <<< "$1"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete -p gateway > /dev/null || exit 9
_gateway_completion gateway
printf '%s\\n' "${COMPREPLY[@]}"
exit 0
"""
ZSH = """\
PS1='> '
autoload -Uz compinit && compinit -u -D
eval "$(gateway --show-completion)"
write_line() {{ print -r -- "$BUFFER" > {line} }}
zle -N write_line
bindkey '^X' write_line
"""


def environment(**more: str) -> dict[str, str]:
    """The environment with the command on the path, and none of this shell's own completion."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **more}


def need(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(
            f"{shell} is not installed (Debian: apt-get install {shell}); its protocol is tested below"
        )


@pytest.mark.parametrize(("typed", "word"), IN_A_SHELL)
def test_bash_completes(typed: str, word: str, tmp_path: Path) -> None:
    need("bash")
    ended = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", typed],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout.split()) == (0, [word]), ended.stderr


@pytest.mark.parametrize(("typed", "word"), IN_A_SHELL)
def test_fish_completes(typed: str, word: str, tmp_path: Path) -> None:
    need("fish")
    script = f"gateway --show-completion | source; complete --do-complete '{typed}'; true"
    ended = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=environment(HOME=str(tmp_path)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    words = [line.split("\t")[0] for line in ended.stdout.splitlines()]
    assert (ended.returncode, words) == (0, [word]), ended.stderr


def test_zsh_completes_what_is_typed(tmp_path: Path) -> None:
    """One shell on a terminal, for it takes a while to begin; the line that is left behind Tab is read from it."""
    need("zsh")
    line = tmp_path / "line"
    (tmp_path / ".zshrc").write_text(ZSH.format(line=line))
    with Terminal(["zsh", "-i"], environment=environment(ZDOTDIR=str(tmp_path)), folder=tmp_path) as terminal:
        terminal.wait_for("> ")
        for typed, word in IN_A_SHELL:
            terminal.type(f"{typed}\t\x18")
            left = terminal.wait_for_file(line)
            assert left.rstrip() == f"{typed.rpartition(' ')[0]} {word}", terminal.shown
            terminal.type("\x15")  # empties the line


def test_zsh_lists_commands_with_what_they_do(tmp_path: Path) -> None:
    need("zsh")
    (tmp_path / ".zshrc").write_text(ZSH.format(line=tmp_path / "line"))
    with Terminal(["zsh", "-i"], environment=environment(ZDOTDIR=str(tmp_path)), folder=tmp_path) as terminal:
        terminal.wait_for("> ")
        terminal.type("gateway risk \t")
        for shown in ("analytics", "approve", "simulate", "-- "):
            terminal.wait_for(shown)


@pytest.mark.parametrize(
    ("shell", "startup"),
    [("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/completions/gateway.fish")],
)
def test_completion_is_installed_for_the_shell_that_asks(shell: str, startup: str, tmp_path: Path) -> None:
    need(shell)
    ended = subprocess.run(
        [shell, "-c", "gateway --install-completion; true"],
        env=environment(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / ".config")),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f"{shell} completion installed in" in ended.stdout, ended.stderr
    assert (tmp_path / startup).is_file()
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert f"_GATEWAY_COMPLETE=complete_{shell}" in written


@pytest.mark.parametrize("shell", SHELLS)
def test_script_of_a_shell_asks_the_command_in_that_shells_way(
    shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_GATEWAY_COMPLETE", f"source_{shell}")
    script = gateway()
    assert script.code == 0
    assert f"_GATEWAY_COMPLETE=complete_{shell}" in script.out
    registers = {
        "bash": "complete -o default -F _gateway_completion gateway",
        "zsh": "compdef _gateway_completion gateway",
        "fish": "complete --command gateway ",
    }
    assert registers[shell] in script.out


@pytest.mark.parametrize(("typed", "word"), TYPED)
@pytest.mark.parametrize("shell", SHELLS)
def test_command_answers_each_shell(
    shell: str, typed: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_GATEWAY_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", typed)
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    answer = gateway().out.strip()
    if shell == "zsh":
        assert answer.startswith(f'_arguments \'*: :(("{word}"')
        assert answer.endswith("))'")
    else:
        assert [line.split("\t")[0] for line in answer.splitlines()] == [word]


def test_fish_is_told_to_offer_files_where_the_command_has_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_GATEWAY_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "is-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "gateway fixl")
    assert gateway().code == 0
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "gateway fixlog ./")
    assert gateway().code == 1
