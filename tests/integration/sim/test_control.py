"""Faults at run time: the command, the service, and what they do to a session."""

import signal
import subprocess
import sys

import pytest

ORDER = "35=D|55=AAPL|54=1|40=2|60=now|38=100|44=190.00"


@pytest.fixture
def running(start_sim, connect):
    sim = start_sim("--no-liquidity", "--control-port", "0")
    address = sim.process.stdout.readline().strip().removeprefix("control on ")
    client = connect(sim.port)
    client.logon()

    def ctl(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "sim", "ctl", *arguments, "--address", address]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    return sim, client, ctl


def test_rules_are_injected_listed_and_cleared(running):
    _, client, ctl = running
    added = ctl(
        "inject", "{name: no, when: {message: D, session: GW}, do: [{reject: {code: 2, text: shut}}]}"
    )
    assert (added.returncode, added.stdout) == (0, "1\n")
    client.say(f"{ORDER}|11=a")
    assert (answer := client.hear())[103] == "2", answer
    listed = ctl("list").stdout
    assert listed.startswith("1  no  seen 1, acted 1  {")
    assert ctl("clear", "1").stdout == "1 removed\n"
    client.say(f"{ORDER}|11=b")
    assert client.hear()[39] == "0"
    assert (missing := ctl("clear", "9")).returncode == 2
    assert missing.stderr == "no rule has the number 9\n"


def test_acts_at_once_halt_cancel_and_restart(running):
    _, client, ctl = running
    client.say(f"{ORDER}|11=a")
    client.hear()
    assert ctl("act", "cancel: {order: last, text: by hand}", "--session", "GW").returncode == 0
    assert (client.hear())[58] == "by hand"
    assert ctl("halt").returncode == 0
    client.say(f"{ORDER}|11=b")
    assert client.hear()[39] == "8"
    assert "trading: halted; connections: 1" in (state := ctl("state").stdout)
    assert "GW  FIX.4.4  connected  next in 4, next out 5" in state
    assert ctl("resume").returncode == 0
    client.say(f"{ORDER}|11=c")
    assert client.hear()[39] == "0"
    assert ctl("restart", "--down", "1s", "--forget", "orders").returncode == 0
    assert client.hear() is None


def test_scenario_is_played_and_judged(running):
    _, client, ctl = running
    assert ctl("play", "order-rejected-with-unknown-code").returncode == 0
    assert "open" in ctl("verdict").stdout
    assert ctl("verdict", "--final").returncode == 3
    client.say(f"{ORDER}|11=a")
    assert client.hear()[103] == "4711"
    assert "passed" in ctl("verdict", "--final").stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["inject", "{when: {mesage: D}, do: [drop]}"],
            "rules:1: when.mesage: unknown key; allowed here: at, ",
        ),
        (["act", "explode"], "act:1: explode: unknown key; allowed here: accept, "),
        (["play", "nothing"], "no scenario nothing; there are ack-delayed, "),
        (["inject", "@none.yaml"], "none.yaml: cannot be read: "),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(running, arguments, error):
    _, _, ctl = running
    result = ctl(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith(error)
    assert ctl("list").stdout == ""


def test_simulator_that_is_not_there_is_named():
    command = [sys.executable, "-m", "sim", "ctl", "state", "--address", "127.0.0.1:1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode == 1
    assert "start the simulator with --control-port" in result.stderr


def test_people_of_the_venue_bust_correct_announce_and_halt(running, connect):
    sim, client, ctl = running
    other = connect(sim.port, "OTHER")
    other.logon()
    other.say(f"{ORDER.replace('54=1', '54=2')}|11=s")
    other.hear()
    client.say(f"{ORDER}|11=a")
    fill = client.hear_until(150, "F")[-1]
    assert ctl("correct", fill[17], "--price", "189.50").returncode == 0
    assert (client.hear_until(150, "G")[-1])[31] == "189.5"
    too_much = ctl("correct", fill[17], "--quantity", "101")
    assert (too_much.returncode, "at most" in too_much.stderr) == (2, True)
    assert ctl("announce", "Early close", "at one", "o'clock").returncode == 0
    assert (news := client.hear())[35] == "B", news
    assert ctl("phase", "AAPL", "halt").returncode == 0
    assert ctl("bust", fill[17]).returncode == 0
    assert client.hear_until(150, "H")[-1][19] == fill[17]
    assert "a phase is one of pre_open" in ctl("phase", "AAPL", "nap").stderr
    assert ctl("phase", "NOPE", "halt").returncode == 2
    assert ctl("bust", "T9").stderr.startswith("no trade T9; ")
    assert ctl("advance").stderr.startswith("there is no recording that waits; ")
    assert len(sim.get("/ledger")["busted"]) == 1


def test_state_takes_what_people_do_and_refuses_faults(start_sim, connect, tmp_path):
    options = ("--no-liquidity", "--control-port", "0", "--state", str(tmp_path / "state"))
    sim = start_sim(*options)
    address = sim.process.stdout.readline().strip().removeprefix("control on ")
    connect(sim.port).logon()

    def ctl(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "sim", "ctl", *arguments, "--address", address]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert ctl("phase", "AAPL", "halt").returncode == 0
    assert "halt" in ctl("state").stdout
    refused = ctl("halt")
    assert (refused.returncode, refused.stderr) == (
        2,
        "--state goes with no faults: what a script did is in no state\n",
    )
    sim.signal(signal.SIGKILL)
    sim.process.wait(20)
    sim = start_sim(*options)
    address = sim.process.stdout.readline().strip().removeprefix("control on ")
    assert ctl("state").stdout.startswith("trading: halt;")
