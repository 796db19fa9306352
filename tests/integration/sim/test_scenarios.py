"""A scenario around the process: faults on real sockets, a verdict, an exit code."""

import json

import pytest

ORDER = "35=D|55=AAPL|54=1|40=2|60=now|38=100|44=190.00"
SCENARIO = """\
name: t
purpose: t
rules:
- {name: cut, when: {message: '8', count: 2}, do: [{disconnect: {how: mid_message}}]}
- {name: fill, when: {message: D, at: request, count: 1}, do: [accept, {fill: {after: 50ms}}]}
expect:
- {see: {message: D}, within: 20s}
- {rule: cut, within: 20s}
"""


@pytest.fixture
def start(start_sim, tmp_path):
    def run(scenario: str, *options: str):
        file = tmp_path / "mine.yaml"
        file.write_text(scenario)
        return start_sim("--no-liquidity", "--scenario", str(file), *options)

    return run


def test_scenario_cuts_a_report_in_two_and_passes(start, connect, tmp_path):
    sim = start(SCENARIO, "--until-verdict", "--verdict", str(tmp_path / "verdict.json"))
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a")
    assert client.hear()[39] == "0"
    assert client.hear() is None
    assert client.parser.get_buffer(), "a part of the report came"
    assert sim.process.wait(20) == 0
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert (verdict["scenario"], verdict["passed"]) == ("t", True)
    assert [rule["fired"] for rule in verdict["rules"]] == [1, 1]
    assert json.loads(sim.ledger_file.read_text())["orders"][0]["status"] == "FILLED"


def test_scenario_that_did_not_come_to_pass_fails(start, connect):
    sim = start(SCENARIO)
    connect(sim.port).logon()
    assert sim.get("/verdict")["passed"] is None
    assert sim.stop() == 3


def test_reading_stops_on_the_socket(start, connect):
    sim = start("name: t\npurpose: t\nrules:\n- {when: {message: D}, do: [{stop_reading: {for: 300ms}}]}\n")
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a")
    assert client.hear()[39] == "0"
    client.say("35=1|112=x")
    assert client.hear()[112] == "x"
    log = (sim.ledger_file.parent / "sim.log").read_text()
    assert "fault rule: stop_reading" in log


def test_restarted_venue_can_be_reached_again(start, connect):
    sim = start(
        "name: t\npurpose: t\nrules:\n- {when: {message: D}, do: [{restart: {forget: [sessions]}}]}\n"
    )
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a")
    while client.hear() is not None:
        pass
    assert connect(sim.port).logon()[34] == "1"
    assert sim.stop() == 0
