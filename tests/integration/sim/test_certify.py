"""The certification kit against the simulator, against the gateway in both roles, and against known mistakes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.client import GatewayError, Side
from ops.demo.configuration import SessionTerms
from ops.demo.processes import Child, python
from tests.integration.gateway.world import Gateway, free_port, stop_all

VENUE = """\
name: the simulator
counterparty: venue
sender_comp_id: CERT
target_comp_id: SIM
timeout: 10s
"""
# FIX 5.0 SP2 over FIXT 1.1 is what the kit takes that for.
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
GATEWAY = """\
name: the gateway
counterparty: client
sender_comp_id: SIM
target_comp_id: GATEWAY
reset: no
timeout: 20s
connect_within: 200s
differences:
  S13: takes a message that is in sequence, PossDupFlag(43) or not (validation is tolerant by default)
  S14: takes a message that is in sequence, whatever its OrigSendingTime(122) (validation is tolerant by default)
  S22: answers an empty TestReqID(112) with an empty one (validation is tolerant by default)
"""


def run_kit(folder: Path, profile: str, *options: object) -> subprocess.CompletedProcess:
    (folder / "profile.yaml").write_text(profile)
    reports = ("--html", folder / "report.html", "--junit", folder / "report.xml")
    command = python("sim", "certify", "--profile", folder / "profile.yaml", *reports, *options)
    return subprocess.run(command, capture_output=True, text=True, timeout=110)


def failed_cases(folder: Path) -> dict[str, str]:
    suite = ElementTree.parse(folder / "report.xml").getroot()
    failures = ((case, case.find("failure")) for case in suite)
    return {c.get("name").split()[0]: f.get("message") for c, f in failures if f is not None}


@pytest.mark.parametrize("version", VERSIONS)
def test_simulator_is_certified_as_a_venue(start_sim, tmp_path, version):
    sim = start_sim("--no-liquidity")
    result = run_kit(tmp_path, VENUE + f"begin_string: {version}\n", "--target", f"127.0.0.1:{sim.port}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "certified: 38 passed, 0 failed, 0 differs, 10 skipped" in result.stdout
    page = (tmp_path / "report.html").read_text()
    assert "<b>NewOrderSingle</b>" in page
    assert "<i>ClOrdID</i>(11)=" in page
    assert "<script" not in page
    assert "http" not in page, "the page needs no other file"
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("48", "0", "10")


FAULTS = """\
name: broken
purpose: A venue with known mistakes.
rules:
- {name: deaf, when: {message: '0', at: sending, fields: {112: present}}, do: [{alter: {remove: [112]}}]}
- {name: lax, when: {message: '3', at: sending, fields: {373: '9'}}, do: [drop]}
- {name: liar, when: {message: '8', at: reporting, fields: {150: '4'}}, do: [{alter: {set: {151: 7}}}]}
- {name: late, when: {message: '9', at: reporting}, do: [{alter: {set: {102: 0}}}]}
"""


def test_kit_finds_what_is_wrong_with_a_venue_and_names_it(start_sim, tmp_path):
    (tmp_path / "broken.yaml").write_text(FAULTS)
    sim = start_sim("--no-liquidity", "--scenario", str(tmp_path / "broken.yaml"))
    cases = "only: [S06, S18, S30, O02, O04]\ndifferences: {O04: says too late of what it does not know}\n"
    quick = VENUE.replace("timeout: 10s", "timeout: 3s")
    result = run_kit(tmp_path, quick + cases, "--target", f"127.0.0.1:{sim.port}")
    assert result.returncode == 1
    failed = failed_cases(tmp_path)
    # The venue gives up on the silent kit at about the time at which the kit gives up on the venue.
    assert failed.pop("S18").endswith(": another SenderCompID(49) is rejected with 373=9")
    assert failed == {
        "S06": "not within 3 s: a TestRequest(1) is answered by a Heartbeat(0) with its TestReqID(112)",
        "O02": "field 151 is 7, expected 0",
    }
    assert "says too late of what it does not know (field 102 is 0, expected 1)" in result.stdout
    assert "not certified: 1 passed, 3 failed, 1 differs" in result.stdout
    assert 'class="reason failed">field 151 is 7' in (tmp_path / "report.html").read_text()


async def send_orders(gateway: Gateway) -> None:
    """Be the client that the kit waits for: try to send an order, over and over."""
    async with gateway.client() as client:
        while True:
            with suppress(GatewayError):
                await client.submit("AAPL", Side.BUY, 100, price="185.00")
            await asyncio.sleep(0.1)


def with_short_heartbeat(gateway: Gateway) -> Gateway:
    text = gateway.configuration.read_text()
    gateway.configuration.write_text(text.replace("    role: ", "    heartbeat_interval: 2s\n    role: ", 1))
    return gateway


@pytest.mark.timeout(300)  # a case each for some dozen logons; seconds where nothing else runs
@pytest.mark.parametrize(
    ("role", "version"),
    [("acceptor", "FIX.4.4"), *(("initiator", version) for version in VERSIONS)],
)
async def test_gateway_is_certified_as_a_client(tmp_path: Path, role: str, version: str) -> None:
    port = free_port()
    (tmp_path / "profile.yaml").write_text(GATEWAY + f"begin_string: {version}\n")
    reports = ("--html", tmp_path / "report.html", "--junit", tmp_path / "report.xml")
    where = ("--listen" if role == "initiator" else "--target", f"127.0.0.1:{port}")
    command = python("sim", "certify", "--profile", tmp_path / "profile.yaml", *reports, *where)
    application = "FIX.5.0SP2" if version == "FIXT.1.1" else None
    terms = SessionTerms("SIM", port, version, application, role=role)
    gateway = with_short_heartbeat(Gateway(tmp_path, terms))
    if role == "acceptor":
        await gateway.start()
    kit = Child("kit", command, tmp_path / "kit.log")
    if role == "initiator":
        await gateway.start()
    sending = asyncio.create_task(send_orders(gateway))
    try:
        await kit.wait_for(lambda: kit.exit_code is not None or None, "it ends", 280)
    finally:
        sending.cancel()
        await kit.stop()
        await stop_all(gateway)
    assert kit.exit_code == 0, kit.output()


def test_faulty_profile_and_command_line_are_named(tmp_path):
    assert run_kit(tmp_path, VENUE + "order: {simbol: X}\n", "--target", "127.0.0.1:1").returncode == 2
    result = run_kit(tmp_path, VENUE + "only: [S99]\n", "--target", "127.0.0.1:1")
    assert result.stderr.startswith("only: there is no case S99; ")
    wrong = run_kit(tmp_path, VENUE + "appl_ver_id: '9'\n", "--target", "127.0.0.1:1")
    assert "appl_ver_id belongs to begin_string: FIXT.1.1" in wrong.stderr
    nowhere = run_kit(tmp_path, VENUE + "only: [S01]\nconnect_within: 1s\n", "--target", "127.0.0.1:1")
    assert nowhere.returncode == 1
    assert "no connection to 127.0.0.1:1" in nowhere.stdout
    listed = subprocess.run(
        [sys.executable, "-m", "sim", "certify", "--list"], capture_output=True, text=True, timeout=30
    )
    assert listed.stdout.count("\n") == 48
