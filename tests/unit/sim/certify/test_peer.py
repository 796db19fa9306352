"""The kit's end of a connection, against a counterparty that is written out here, line by line."""

from __future__ import annotations

import asyncio

import pytest

from sim.certify.connector import Unmet
from sim.certify.peer import Peer
from sim.certify.profile import Profile
from sim.wire import Frame, Framer, Message, encode, format_utc, parse

PROFILE = Profile(
    name="test", counterparty="client", sender_comp_id="KIT", target_comp_id="THEM", reset=False
)
NOW = format_utc(0)
ORDER = [(11, "a"), (55, "ABC"), (54, "1"), (38, "100"), (40, "2"), (44, "1"), (60, NOW)]


class Wire(asyncio.Transport):
    """Keeps what the kit writes, and answers as `react` says: message by message, at once."""

    def __init__(self, react) -> None:
        super().__init__()
        self.reader = asyncio.StreamReader()
        self.sent: list[Message] = []
        self._framer = Framer(65_536)
        self._react = react
        self._number = 1

    def write(self, data: bytes) -> None:
        self._framer.feed(data)
        for item in self._framer.frames():
            assert isinstance(item, Frame)
            message = parse(item.data)
            self.sent.append(message)
            for msg_type, body in self._react(message):
                self.say(msg_type, body)

    def say(self, msg_type: str, body=()) -> None:
        header = [(49, "THEM"), (56, "KIT"), (34, str(self._number)), (52, NOW)]
        self._number += 1
        self.reader.feed_data(encode("FIX.4.4", msg_type, header, body))

    def close(self) -> None:
        self.reader.feed_eof()

    def is_closing(self) -> bool:
        return False


class Counterparty:
    """Connects as often as the kit wants; each connection is a Wire that begins with a Logon(A)."""

    initiator = False

    def __init__(self, react) -> None:
        self.wires: list[Wire] = []
        self._react = react

    async def connect(self, within_s: float):
        wire = Wire(self._react)
        wire.say("A", [(98, "0"), (108, "30")])
        self.wires.append(wire)
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(wire.reader, loop=loop)
        return wire.reader, asyncio.StreamWriter(wire, protocol, wire.reader, loop)


def types(wire: Wire) -> list[str]:
    return [message.msg_type for message in wire.sent]


async def test_order_that_crosses_the_logout_is_not_answered_after_it():
    crossing = {"5": [("D", ORDER), ("1", [(112, "x")]), ("5", [])]}
    counterparty = Counterparty(lambda message: crossing.get(message.msg_type, []))
    peer = Peer(PROFILE, counterparty)
    await peer.logon()
    await peer.end(failed=False)
    assert types(counterparty.wires[0]) == ["A", "5"]
    peer.begin()
    await peer.logon()
    assert counterparty.wires[1].sent[0].number(34) == 3, "no number is missing on the next connection"


async def test_logout_without_answer_leaves_a_gap_that_is_filled_before_the_next_case():
    def react(message: Message):
        if message.msg_type == "5":
            counterparty.wires[0].close()  # it hangs up in place of an answer
        return [("2", [(7, "2"), (16, "0")])] if message.number(34) > 100 else []

    counterparty = Counterparty(react)
    peer = Peer(PROFILE, counterparty)
    await peer.logon()
    await peer.end(failed=False)
    peer.begin()
    await peer.logon()
    logon, fill = counterparty.wires[1].sent
    assert (logon.msg_type, fill.msg_type, fill.get(36)) == ("A", "4", str(peer.next_out))
    assert logon.number(34) > 100, "certainly above what they wait for"


async def test_answer_that_will_not_come_is_known_by_the_heartbeat_behind_it():
    def react(message: Message):
        return [("0", [(112, message.get(112) or "")])] if message.msg_type == "1" else []

    peer = Peer(PROFILE, Counterparty(react))
    await peer.logon()
    peer.send("zz", [])
    with pytest.raises(Unmet, match="what was sent after it is answered, it is not: it is rejected"):
        await peer.answered("3", why="it is rejected")
    assert not any("as expected: it is rejected" in line.text for line in peer.trace.lines)


async def test_answer_that_comes_is_given():
    def react(message: Message):
        answers = {"zz": [("3", [(373, "11")])], "1": [("0", [(112, message.get(112) or "")])]}
        return answers.get(message.msg_type, [])

    peer = Peer(PROFILE, Counterparty(react))
    await peer.logon()
    peer.send("zz", [])
    assert (await peer.answered("3", why="it is rejected")).get(373) == "11"
    await peer.alive()


@pytest.mark.parametrize(
    ("begin_string", "appl_ver_id", "version", "logon"),
    [
        ("FIX.4.2", None, "FIX.4.2", None),
        ("FIXT.1.1", None, "FIX 5.0 SP2 over FIXT.1.1", "9"),
        ("FIXT.1.1", "7", "FIX 5.0 over FIXT.1.1", "7"),
    ],
)
async def test_logon_is_that_of_the_profiles_version(begin_string, appl_ver_id, version, logon):
    profile = PROFILE.model_copy(update={"begin_string": begin_string, "appl_ver_id": appl_ver_id})
    counterparty = Counterparty(lambda message: [])
    await Peer(profile, counterparty).logon()
    assert counterparty.wires[0].sent[0].get(8) == begin_string
    assert counterparty.wires[0].sent[0].get(1137) == logon
    assert profile.version == version
