"""`gateway run`: starting, stopping, and what it says when it cannot."""

import json
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from gateway.ready import READY_FILE_NAME
from tests.integration.cli.processes import run_to_its_end, running_gateway, wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_stops_in_order_on_a_signal(folder: Path, number: int) -> None:
    with running_gateway(folder) as gateway:
        ready = folder / "journal" / READY_FILE_NAME
        assert json.loads(ready.read_text()) == gateway.ready
        assert gateway.stop(number) == 0
    assert not ready.exists()
    assert "Traceback" not in gateway.output()
    dumped = cli("journal", "dump", folder / "journal", "--kind", "SessionChanged").out.splitlines()
    assert "state=DISCONNECTED" in dumped[-1]


def test_run_says_once_what_runs_and_where(folder: Path) -> None:
    with running_gateway(folder) as gateway:
        lines = gateway.output().splitlines()
        start = next(n for n, line in enumerate(lines) if line.startswith("gateway 0."))
        assert lines[start + 1].startswith(f"  journal   {folder}/journal, recovered to lsn ")
        assert lines[start + 2] == f"  database  sqlite:///{folder}/gateway.db"
        assert lines[start + 3] == f"  api       {gateway.ready['api']}"
        assert lines[start + 4] == f"  monitor   http://{gateway.ready['monitor']}/metrics"
        assert lines[start + 5].startswith("  session   sim: FIX.4.4 GW-")


@pytest.mark.parametrize(
    ("version", "durability"),
    [
        ("begin_string: FIX.4.2", "process"),
        ("begin_string: FIX.4.4", "disk"),
        ("begin_string: FIXT.1.1\n    application_version: FIX.5.0SP2", "process"),
    ],
)
def test_run_trades_in_every_version_and_durability(folder: Path, version: str, durability: str) -> None:
    config = folder / "gateway.yaml"
    text = config.read_text().replace("begin_string: FIX.4.4", version)
    config.write_text(text.replace("durability: process", f"durability: {durability}"))
    with running_gateway(folder) as gateway:
        wait_until(lambda: "READY" in cli("sessions", "-c", config).out, "session is ready")
        result = submit(gateway.ready["api"], "v-1", price="180.00")
        assert not result.HasField("denial"), result
        wait_until(lambda: " NEW " in cli("orders", "--open", "-c", config).out, "the venue has the order")


def test_run_as_acceptor_says_which_port_it_got(folder: Path) -> None:
    config = folder / "gateway.yaml"
    lines = config.read_text().replace("role: initiator", "role: acceptor").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("    port: "))
    lines[at] = "    port: 0"
    config.write_text("\n".join(lines) + "\n")
    with running_gateway(folder) as gateway:
        port = gateway.ready["acceptors"]["sim"]
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            assert f"acceptor on 127.0.0.1:{port}" in gateway.output()


def test_run_serves_metrics_and_health(folder: Path) -> None:
    with running_gateway(folder) as gateway:
        base = f"http://{gateway.ready['monitor']}"
        with urllib.request.urlopen(f"{base}/healthz", timeout=5) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{base}/metrics", timeout=5) as answer:
            assert b"gateway_session_state" in answer.read()


def test_run_after_kill_9_has_every_order(folder: Path) -> None:
    with running_gateway(folder) as first:
        config = first.config
        wait_until(lambda: "READY" in cli("sessions", "-c", config).out, "session is ready")
        accepted = submit(first.ready["api"], "k-1", price="180.00")
        assert first.stop(signal.SIGKILL) == -signal.SIGKILL
    with running_gateway(folder) as second:
        assert second.ready["recovered_lsn"] >= accepted.lsn
        again = submit(second.ready["api"], "k-1", price="180.00")
        assert (again.duplicate, again.order_id, again.cl_ord_id) == (
            True,
            accepted.order_id,
            accepted.cl_ord_id,
        )


def test_second_run_on_a_journal_names_who_holds_it(folder: Path) -> None:
    with running_gateway(folder) as gateway:
        second = run_to_its_end(folder)
        assert second.returncode == 6
        assert f"process {gateway.process.pid}" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        assert gateway.process.poll() is None


@pytest.mark.parametrize("section", ["api", "monitor"])
def test_run_on_a_port_that_is_taken_says_so(folder: Path, section: str) -> None:
    config = folder / "gateway.yaml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        lines = config.read_text().splitlines()
        index = lines.index(f"{section}:") + 1
        lines[index] = lines[index].replace(":0", f":{port}")
        config.write_text("\n".join(lines) + "\n")
        result = run_to_its_end(folder)
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "Traceback" not in result.stderr


def test_run_with_a_bad_configuration_exits_3(folder: Path) -> None:
    config = folder / "gateway.yaml"
    config.write_text(config.read_text() + "foo: 1\n")
    result = run_to_its_end(folder)
    assert result.returncode == 3
    assert "foo: unknown key 'foo'" in result.stderr
    assert not (folder / "journal").exists()


def test_run_without_its_venue_serves_and_tries_again(folder: Path) -> None:
    config = folder / "gateway.yaml"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        text = config.read_text().splitlines()
        at = next(n for n, line in enumerate(text) if line.startswith("    port: "))
        text[at] = f"    port: {closed.getsockname()[1]}"
        config.write_text("\n".join(text) + "\n")
        with running_gateway(folder) as gateway:
            denied = submit(gateway.ready["api"], "d-1")
            assert denied.HasField("denial")
            assert gateway.stop() == 0


def test_damaged_journal_is_refused_inspected_and_repaired(folder: Path) -> None:
    journal = folder / "journal"
    with running_gateway(folder) as gateway:
        wait_until(lambda: "READY" in cli("sessions", "-c", gateway.config).out, "session is ready")
        submit(gateway.ready["api"], "r-1", price="180.00")
        gateway.stop()
    before = cli("journal", "dump", journal).out.splitlines()
    segment = min(journal.glob("*.seg"))
    content = bytearray(segment.read_bytes())
    at = content.index(b"r-1")
    content[at] ^= 0xFF
    segment.write_bytes(content)

    refused = run_to_its_end(folder)
    assert refused.returncode == 6
    assert segment.name in refused.stderr
    verified = cli("journal", "verify", journal)
    assert verified.code == 6
    assert "DAMAGED" in verified.out
    asked = cli("journal", "repair", journal)
    assert asked.code == 6
    assert "would keep everything up to lsn" in asked.out
    assert cli("journal", "verify", journal).code == 6

    repaired = cli("journal", "repair", journal, "--yes")
    assert repaired.code == 0, repaired.err
    after = cli("journal", "dump", journal).out.splitlines()
    assert after == before[: len(after)]
    assert 0 < len(after) < len(before)
    with running_gateway(folder) as again:
        assert again.stop() == 0
