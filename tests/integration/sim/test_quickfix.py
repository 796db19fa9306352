"""QuickFIX as the client: a second opinion on the session layer and on every field of the reports.

QuickFIX validates what it receives against its dictionaries and rejects what does not fit, so a test that
hears no Reject(3) has had each report checked by somebody else.
"""

import queue
import sys
from pathlib import Path

import pytest

fix = pytest.importorskip("quickfix")

pytestmark = pytest.mark.interop

TIMEOUT_S = 20
DICTIONARIES = Path(sys.prefix) / "share" / "quickfix"
VERSIONS = {
    "FIX.4.2": "DataDictionary={0}/FIX42.xml",
    "FIX.4.4": "DataDictionary={0}/FIX44.xml",
    "FIXT.1.1": (
        "DefaultApplVerID=FIX.5.0SP2\n"
        "TransportDataDictionary={0}/FIXT11.xml\nAppDataDictionary={0}/FIX50SP2.xml"
    ),
}


class Application(fix.Application):
    """Puts what happens into a queue, from QuickFIX's own threads."""

    def __init__(self):
        super().__init__()
        self.events = queue.Queue()
        self.session_id = None

    def onCreate(self, session_id):
        self.session_id = session_id

    def onLogon(self, session_id):
        self.events.put(("logon", None))

    def onLogout(self, session_id):
        self.events.put(("logout", None))

    def toAdmin(self, message, session_id):
        if message.getHeader().getField(35) == "3":
            self.events.put(("rejected", message.toString()))

    def fromAdmin(self, message, session_id):
        pass

    def toApp(self, message, session_id):
        pass

    def fromApp(self, message, session_id):
        self.events.put(("app", fields_of(message)))


def fields_of(message):
    pairs = (part.partition("=") for part in message.toString().split("\x01") if part)
    return {int(tag): value for tag, _, value in pairs}


class Initiator:
    def __init__(self, directory, port, version):
        self.version = version
        config = directory / "initiator.cfg"
        dictionary = VERSIONS[version].format(DICTIONARIES)
        config.write_text(
            "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nStartTime=00:00:00\nEndTime=00:00:00\n"
            f"HeartBtInt=30\nSocketNodelay=Y\n\n[SESSION]\nBeginString={version}\nSenderCompID=QF\nTargetCompID=SIM\n"
            f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}\n{dictionary}\n"
        )
        self.application = Application()
        self.settings = fix.SessionSettings(str(config))
        self.store = fix.MemoryStoreFactory()
        self.initiator = fix.SocketInitiator(self.application, self.store, self.settings)
        self.initiator.start()

    def expect(self, kind):
        event, content = self.application.events.get(timeout=TIMEOUT_S)
        assert event == kind, (event, content)
        return content

    def send(self, msg_type, **fields):
        message = fix.Message()
        message.getHeader().setField(35, msg_type)
        if msg_type != "H":
            message.setField(fix.TransactTime())
        if self.version == "FIX.4.2" and msg_type in "DG":
            message.setField(21, "1")
        for tag, value in fields.items():
            message.setField(int(tag.removeprefix("t")), value)
        fix.Session.sendToTarget(message, self.application.session_id)

    def order(self, cl_ord_id, side, quantity, price="190.00", **more):
        fields = {"t11": cl_ord_id, "t55": "AAPL", "t54": side, "t38": quantity, "t40": "2", "t44": price}
        self.send("D", **fields | more)


@pytest.fixture
def initiator(tmp_path):
    running = []

    def start(port, version="FIX.4.4"):
        running.append(Initiator(tmp_path, port, version))
        running[-1].expect("logon")
        return running[-1]

    yield start
    for one in running:
        one.initiator.stop(True)


@pytest.mark.parametrize("version", list(VERSIONS))
def test_quickfix_finds_no_fault_in_any_report(start_sim, initiator, version):
    sim = start_sim("--no-liquidity")
    client = initiator(sim.port, version)
    client.order("rest", "1", "100", t1="ACC", t59="0")
    assert client.expect("app")[39] == "0"
    client.send("G", t11="more", t41="rest", t55="AAPL", t54="1", t38="150", t40="2", t44="190.01")
    assert client.expect("app")[150] == "5"
    client.order("hit", "2", "50", t59="3")
    heard = [client.expect("app") for _ in range(3)]
    trade = {"FIX.4.2": "1"}.get(version, "F")
    assert [(m[150], m[11]) for m in heard[:2]] == [("0", "hit"), (trade, "more")]
    client.send("H", t11="more", t55="AAPL", t54="1")
    assert client.expect("app")[39] == "1"
    client.send("H", t11="unknown", t55="AAPL", t54="1")
    assert client.expect("app")[39] == "8"
    client.send("F", t11="off", t41="more", t55="AAPL", t54="1", t38="150")
    assert client.expect("app")[39] == "4"
    client.send("F", t11="off2", t41="more", t55="AAPL", t54="1", t38="150")
    assert client.expect("app")[35] == "9"
    client.order("bad-symbol", "1", "1", t55="NONE")
    assert client.expect("app")[103] == "1"
    client.order("bad-tick", "1", "1", "190.001")
    assert client.expect("app")[39] == "8"
    client.send("K", t66="list")
    assert client.expect("app")[35] == "j"
    assert client.application.events.empty()


@pytest.mark.parametrize("message_is", ["lost", "processed"])
def test_quickfix_recovers_from_a_dropped_connection(start_sim, initiator, tmp_path, message_is):
    config = tmp_path / "venue.yaml"
    config.write_text(f"behaviours: {{drop_connection: {{after_messages: 2, message_is: {message_is}}}}}\n")
    sim = start_sim("--no-liquidity", "--config", str(config))
    client = initiator(sim.port)
    client.order("a", "1", "100")
    assert client.expect("app")[11] == "a"
    client.order("b", "1", "100")
    client.expect("logout")
    client.expect("logon")
    client.order("c", "1", "100")
    heard = {m[11]: m for m in (client.expect("app"), client.expect("app"))}
    assert set(heard) == {"b", "c"}
    assert (heard["b"].get(43) == "Y") == (message_is == "processed")
    assert sim.get("/ledger")["new_order_arrivals"] == {"QF": {"a": 1, "b": 1, "c": 1}}


def test_quickfix_gets_its_fills_after_being_away(start_sim, initiator, connect):
    sim = start_sim("--no-liquidity")
    client = initiator(sim.port)
    client.order("a", "1", "100")
    client.expect("app")
    client.initiator.stop()
    client.expect("logout")
    other = connect(sim.port)
    other.logon()
    other.say("35=D|55=AAPL|54=2|40=2|60=now|11=s|38=100|44=190.00")
    other.hear_until(39, "2")
    client.initiator.start()
    client.expect("logon")
    fill = client.expect("app")
    assert (fill[150], fill[14], fill[43]) == ("F", "100", "Y")
