"""The simulator as a process, over real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
from decimal import Decimal

import pytest

ORDER = "35=D|55=AAPL|54=1|40=2|60=now"


def test_process_accepts_an_order_and_ends_in_order(start_sim, connect):
    sim = start_sim("--no-liquidity")
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a|38=100|44=190.00|1=ACC")
    report = client.hear()
    assert (report[35], report[150], report[39], report[11], report[1]) == ("8", "0", "0", "a", "ACC")
    sim.signal(signal.SIGTERM)
    assert client.hear()[35] == "5"
    client.say("35=5")
    assert client.hear() is None
    assert sim.stop() == 0
    ledger = json.loads(sim.ledger_file.read_text())
    assert [order["cl_ord_ids"] for order in ledger["orders"]] == [["a"]]
    assert ledger["new_order_arrivals"] == {"GW": {"a": 1}}


def test_liquidity_fills_an_aggressive_and_a_passive_order(start_sim, connect):
    sim = start_sim()
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=aggressive|38=500|44=190.10")
    client.say(f"{ORDER}|11=passive|38=50|44=190.00|54=2")
    heard = client.hear_until(39, "2")
    while {m[11] for m in heard if m[39] == "2"} != {"aggressive", "passive"}:
        heard += client.hear_until(39, "2")
    assert any(m[39] == "1" for m in heard)
    ledger = sim.get("/ledger?comp_id=GW")
    (position,) = ledger["positions"]
    reported = {
        side: sum(Decimal(m[32]) for m in heard if m[150] == "F" and m[54] == side) for side in ("1", "2")
    }
    assert (Decimal(position["bought"]), Decimal(position["sold"])) == (reported["1"], reported["2"])
    assert sim.get("/ledger")["imbalances"] == {}


def test_reports_survive_a_lost_connection(start_sim, connect):
    sim = start_sim("--no-liquidity")
    maker = connect(sim.port, "MAKER")
    maker.logon()
    maker.say("35=D|55=AAPL|54=2|40=2|60=now|11=m|38=100|44=190.00")
    maker.hear()
    maker.close()
    taker = connect(sim.port, "TAKER")
    taker.logon()
    taker.say(f"{ORDER}|11=t|38=100|44=190.00")
    taker.hear_until(39, "2")
    maker = connect(sim.port, "MAKER")
    maker.logon(seq=3)
    maker.say("35=2|7=3|16=0")
    fill = maker.hear()
    assert (fill[150], fill[43], fill[34], fill[14]) == ("F", "Y", "3", "100")


def test_garbage_on_the_port_closes_it_and_nothing_else(start_sim, connect):
    sim = start_sim("--no-liquidity")
    client = connect(sim.port)
    client.logon()
    for garbage in (
        os.urandom(4096),
        b"\x00" * 1000,
        b"8=FIX.4.4\x019=5\x0135=A\x0110=000\x01",
        b"=" * 70_000,
    ):
        with socket.create_connection(("127.0.0.1", sim.port), 20) as stranger:
            stranger.sendall(garbage)
            stranger.shutdown(socket.SHUT_WR)
            try:
                while stranger.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    client.say("35=1|112=alive")
    assert client.hear()[112] == "alive"
    assert sim.get("/health") == {"status": "ok", "logged_on": ["GW"]}


def test_signal_writes_the_ledger_while_running(start_sim, connect, tmp_path):
    sim = start_sim("--no-liquidity")
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a|38=100|44=190.00")
    client.hear()
    sim.signal(signal.SIGUSR1)
    # Each answer is a turn of the loop that also runs the signal's handler.
    for _ in range(1000):
        if sim.ledger_file.exists():
            break
        client.say("35=1|112=x")
        client.hear()
    assert len(json.loads(sim.ledger_file.read_text())["orders"]) == 1
    assert [f.name for f in tmp_path.glob(".ledger*")] == []


def test_port_file_holds_the_port(start_sim, tmp_path):
    sim = start_sim("--port-file", str(tmp_path / "port"))
    # The endpoint is announced before the file is written, and answers after.
    sim.get("/health")
    assert int((tmp_path / "port").read_text()) == sim.port


@pytest.mark.parametrize("path", ["/", "/ledgers"])
def test_unknown_path_is_not_found(start_sim, path):
    sim = start_sim()
    with pytest.raises(OSError, match="404"):
        sim.get(path)


def test_connection_is_dropped_as_configured_and_nothing_is_lost(start_sim, connect, tmp_path):
    config = tmp_path / "venue.yaml"
    config.write_text("behaviours: {drop_connection: {after_messages: 2, message_is: processed}}\n")
    sim = start_sim("--no-liquidity", "--config", str(config))
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a|38=100|44=190.00")
    assert client.hear()[11] == "a"
    client.say(f"{ORDER}|11=b|38=100|44=190.00")
    assert client.hear() is None
    client = connect(sim.port)
    client.logon(seq=4)
    client.say("35=2|7=3|16=0")
    report = client.hear()
    assert (report[11], report[43]) == ("b", "Y")
    assert sim.get("/ledger")["new_order_arrivals"] == {"GW": {"a": 1, "b": 1}}


def test_killed_venue_forgets_without_a_state_directory_and_numbers_its_reports_anew(start_sim, connect):
    first_ids = []
    for _ in range(2):
        sim = start_sim("--no-liquidity")
        client = connect(sim.port)
        assert client.logon()[34] == "1"
        client.say(f"{ORDER}|11=a|38=100|44=190.00")
        report = client.hear()
        assert report[39] == "0"
        first_ids.append(report[17])
        sim.signal(signal.SIGKILL)
        sim.process.wait(20)
    assert first_ids[0] != first_ids[1]


def test_killed_venue_comes_back_as_it_was_with_a_state_directory(start_sim, connect, tmp_path):
    state = str(tmp_path / "state")
    sim = start_sim("--state", state)
    client = connect(sim.port)
    client.logon()
    client.say(f"{ORDER}|11=a|38=300|44=190.02")
    client.say(f"{ORDER}|11=b|38=300|44=180.00")
    heard = client.hear_until(11, "b")
    sim.signal(signal.SIGKILL)
    sim.process.wait(20)
    with (tmp_path / "state" / "inputs.bin").open("ab") as file:
        file.write(b"Rcut")  # a record that the end of the process cut short

    # Twice: the second life's record must fit behind the first one's.
    sim = start_sim("--state", state)
    connect(sim.port).logon(seq=4)
    sim.signal(signal.SIGKILL)
    sim.process.wait(20)

    sim = start_sim("--state", state)
    ledger = sim.get("/ledger?comp_id=GW")
    assert [order["cl_ord_ids"] for order in ledger["orders"]] == [["a"], ["b"]]
    assert ledger["new_order_arrivals"] == {"GW": {"a": 1, "b": 1}}
    client = connect(sim.port)
    client.logon(seq=5)
    client.say("35=2|7=1|16=0")
    again = [client.hear() for _ in range(1 + len(heard))][1:]
    assert [(m[17], m[11], m[150]) for m in again] == [(m[17], m[11], m[150]) for m in heard]
    client.say("35=F|11=c|41=b|55=AAPL|54=1|60=now")
    assert client.hear_until(11, "c")[-1][39] == "4"


def test_state_of_another_configuration_is_refused(start_sim, tmp_path):
    state = str(tmp_path / "state")
    start_sim("--no-liquidity", "--state", state).stop()
    result = run_to_end("--port", "0", "--state", state)
    assert result.returncode == 2
    assert "was made with another configuration" in result.stderr


def run_to_end(*options):
    command = [sys.executable, "-m", "sim", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def test_faulty_configuration_is_named_and_nothing_is_started(tmp_path):
    config = tmp_path / "venue.yaml"
    config.write_text("session:\n  sender: X\n")
    result = run_to_end("--port", "0", "--config", str(config))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(
        f"{config}:2: session.sender: unknown key; allowed here: sender_comp_id, "
    )


def test_port_in_use_is_named(start_sim):
    sim = start_sim()
    result = run_to_end("--port", str(sim.port))
    assert result.returncode == 1
    assert str(sim.port) in result.stderr
    assert "address already in use" in result.stderr


def test_help_names_every_option():
    result = run_to_end("--help")
    assert result.returncode == 0
    for option in (
        "--port",
        "--bind",
        "--config",
        "--ledger",
        "--state",
        "--seed",
        "--sender",
        "--http-port",
    ):
        assert option in result.stdout


def test_client_that_does_not_read_cannot_hold_up_the_end(start_sim, connect, tmp_path):
    config = tmp_path / "venue.yaml"
    config.write_text("session: {logout_timeout_s: 1}\n")
    sim = start_sim("--no-liquidity", "--config", str(config))
    client = connect(sim.port)
    client.logon()
    for i in range(500):
        client.say(f"{ORDER}|11={i}|38=100|44=190.00")
    client.hear_until(11, "499")
    # More than the sockets' buffers take, so that the answers stay in the simulator.
    for _ in range(100):
        client.say("35=2|7=1|16=0")
    client.say(f"{ORDER}|11=last|38=100|44=190.00")
    while "last" not in sim.get("/ledger")["new_order_arrivals"]["GW"]:
        pass
    assert sim.stop() == 0
    assert len(json.loads(sim.ledger_file.read_text())["orders"]) == 501
