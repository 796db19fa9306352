"""The certification kit against QuickFIX, as a venue and as a client; where QuickFIX differs, the report says so."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ops.demo.processes import Child, python
from tests.integration.gateway.world import free_port

fix = pytest.importorskip("quickfix")

pytestmark = pytest.mark.interop

TIMEOUT_S = 110
SPECS = Path(__file__).resolve().parents[3] / "fix_specs"
VENUE = """\
name: QuickFIX
counterparty: venue
sender_comp_id: GATEWAY
target_comp_id: QUICKFIX
timeout: 10s
differences:
"""
CLIENT = """\
name: QuickFIX
counterparty: client
sender_comp_id: VENUE
target_comp_id: CLIENT
reset: no
timeout: 10s
connect_within: 30s
differences:
"""
DIFFERENCES = {
    "S13": "looks at OrigSendingTime(122) only where the number is too low",
    "S14": "looks at OrigSendingTime(122) only where the number is too low",
}
DICTIONARIES = {
    "FIX.4.2": "DataDictionary={0}/FIX42.xml",
    "FIX.4.4": "DataDictionary={0}/FIX44.xml",
    "FIXT.1.1": "TransportDataDictionary={0}/FIXT11.xml\nAppDataDictionary={0}/FIX50SP2.xml\n"
    "DefaultApplVerID=FIX.5.0SP2",
}
VENUE_DIFFERENCES = DIFFERENCES | {"O06": "the venue behind it has no list of symbols"}
TRADES_AT_WILL = "the venue behind it fills orders at a time of its own"


def differences(known: dict[str, str]) -> str:
    return "".join(f"  {case}: {text}\n" for case, text in known.items())


async def test_quickfix_is_certified_as_a_venue(tmp_path: Path) -> None:
    port = free_port()
    command = python("ops.demo.quickfix_venue", "--port", port, "--folder", tmp_path / "quickfix")
    skipped = "".join(f"  {case}: {TRADES_AT_WILL}\n" for case in ("O02", "O03", "O05", "O08", "O09", "O10"))
    profile = VENUE + differences(VENUE_DIFFERENCES) + "skip:\n" + skipped
    (tmp_path / "profile.yaml").write_text(profile)
    async with Child("venue", command, tmp_path / "venue.log") as venue:
        await venue.wait_for(lambda: venue.line_after("http on "), "it serves")
        await certified(tmp_path, "--target", f"127.0.0.1:{port}")


async def certified(folder: Path, *where: object) -> None:
    reports = ("--html", folder / "report.html", "--junit", folder / "report.xml")
    command = python("sim", "certify", "--profile", folder / "profile.yaml", *reports, *where)
    async with Child("kit", command, folder / "kit.log") as kit:
        await kit.wait_for(lambda: kit.exit_code is not None or None, "it ends", TIMEOUT_S)
        assert kit.exit_code == 0, kit.output()


class Sender(fix.Application):  # type: ignore[misc, name-defined]  # quickfix has no types
    """Sends an order again and again while it is logged on."""

    def __init__(self) -> None:
        super().__init__()
        self.logged_on = threading.Event()
        self.ended = threading.Event()
        self._sent = 0

    def run(self, session_id: object) -> None:
        while not self.ended.wait(0.2):
            if not self.logged_on.is_set():
                continue
            self._sent += 1
            message = fix.Message()
            message.getHeader().setField(35, "D")
            message.setField(fix.TransactTime())
            fields = {11: f"Q{self._sent}", 21: "1", 55: "AAPL", 54: "1", 38: "100", 40: "2", 44: "185"}
            for tag, value in fields.items():
                message.setField(tag, value)
            fix.Session.sendToTarget(message, session_id)

    def onCreate(self, session_id: object) -> None: ...
    def onLogon(self, session_id: object) -> None:
        self.logged_on.set()

    def onLogout(self, session_id: object) -> None:
        self.logged_on.clear()

    def toAdmin(self, message: object, session_id: object) -> None: ...
    def fromAdmin(self, message: object, session_id: object) -> None: ...
    def toApp(self, message: object, session_id: object) -> None: ...
    def fromApp(self, message: object, session_id: object) -> None: ...


@pytest.mark.parametrize("version", sorted(DICTIONARIES))
async def test_quickfix_is_certified_as_a_client(tmp_path: Path, version: str) -> None:
    port = free_port()
    config = tmp_path / "client.cfg"
    config.write_text(
        "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nStartTime=00:00:00\nEndTime=00:00:00\n"
        f"HeartBtInt=2\nSocketNodelay=Y\n\n[SESSION]\nBeginString={version}\nSenderCompID=CLIENT\n"
        f"TargetCompID=VENUE\nSocketConnectHost=127.0.0.1\nSocketConnectPort={port}\n"
        f"{DICTIONARIES[version].format(SPECS)}\n"
    )
    profile = CLIENT + differences(DIFFERENCES) + f"begin_string: {version}\n"
    (tmp_path / "profile.yaml").write_text(profile)
    application = Sender()
    settings = fix.SessionSettings(str(config))
    initiator = fix.SocketInitiator(application, fix.MemoryStoreFactory(), settings)
    sender = threading.Thread(target=application.run, args=(fix.SessionID(version, "CLIENT", "VENUE"),))
    initiator.start()
    sender.start()
    try:
        await certified(tmp_path, "--listen", f"127.0.0.1:{port}")
    finally:
        application.ended.set()
        sender.join()
        initiator.stop(True)
