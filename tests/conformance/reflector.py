"""An acceptor on our session core that behaves as the QuickFIX acceptance suite expects of the engine under test.

    python -m tests.conformance.reflector --port N

It echoes NewOrderSingle(D) and SecurityDefinition(d) with their body ascending by tag and their routing reversed,
drops a message marked PossResend whose ClOrdID it has seen, and answers everything else with a business reject.
Sequence numbers start at 1 with each Logon. The first line that it prints is `listening on PORT`; port 0 takes a
free one.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from gateway.config.dictionaries import bundled_dictionary, compile_dictionary
from gateway.core import SessionCore, SessionOutput

__all__ = ["IDENTITIES", "Identity", "Reflector", "new_session"]

SENDER_COMP_ID = "ISLD"
NEVER_NS = 2**63 - 1
SENDING_TIME_TOLERANCE_MS = 118_000
"""The suite sends times of whole seconds, 121 ahead: on a busy machine it is less when they are read."""

HEADER_TAGS = frozenset(
    {
        8,
        9,
        34,
        35,
        43,
        49,
        50,
        52,
        56,
        57,
        90,
        91,
        97,
        115,
        116,
        122,
        128,
        129,
        142,
        143,
        144,
        145,
        212,
        213,
        347,
        369,
        370,
    }
    | {627, 628, 629, 630, 1128, 1129, 1156}
)
TRAILER_TAGS = frozenset({10, 89, 93})
REVERSED = {115: 128, 116: 129, 128: 115, 129: 116, 144: 145, 145: 144}
KEPT_HEADER_TAGS = frozenset({97})


@dataclass(frozen=True)
class Identity:
    """One counterparty that may log on."""

    begin_string: str
    target_comp_id: str
    session_dictionary: str
    application_dictionary: str = ""
    default_appl_ver_id: str = ""
    check_values: bool = True


IDENTITIES = (
    Identity("FIX.4.0", "TW40", "FIX40"),
    Identity("FIX.4.1", "TW41", "FIX41"),
    Identity("FIX.4.2", "TW42", "FIX42"),
    Identity("FIX.4.3", "TW43", "FIX43"),
    Identity("FIX.4.4", "TW44", "FIX44"),
    Identity("FIXT.1.1", "TW50", "FIXT11", "FIX50", "7"),
    Identity("FIXT.1.1", "TW50SP1", "FIXT11", "FIX50SP1", "8"),
    Identity("FIXT.1.1", "TW50SP2", "FIXT11", "FIX50SP2", "9"),
    Identity("FIX.4.4", "TW", "FIX44"),
    Identity("FIX.4.4", "NO_CHECK_FIELDS_HAVE_VALUES", "FIX44", check_values=False),
)


@cache
def _compiled(name: str) -> bytes:
    return compile_dictionary(bundled_dictionary(name)) if name else b""


def new_session(identity: Identity) -> SessionCore:
    """Make the session of a counterparty, as the suite expects it."""
    return SessionCore(
        role="acceptor",
        begin_string=identity.begin_string,
        sender_comp_id=SENDER_COMP_ID,
        target_comp_id=identity.target_comp_id,
        default_appl_ver_id=identity.default_appl_ver_id,
        reset_on_logon=True,
        test_req_id="TEST",
        appl_ver_id_in_business_reject=True,
        dictionary=_compiled(identity.session_dictionary),
        application_dictionary=_compiled(identity.application_dictionary),
        supported=("D", "d"),
        check_values=identity.check_values,
        sending_time_tolerance_ms=SENDING_TIME_TOLERANCE_MS,
    )


def _fields(message: bytes) -> list[tuple[int, bytes]]:
    pairs = (field.partition(b"=") for field in message.rstrip(b"\x01").split(b"\x01"))
    return [(int(tag), value) for tag, _, value in pairs]


class Reflector(asyncio.Protocol):
    """One connection. The session is made when the first message names it."""

    def __init__(self, logged_on: set[Identity]) -> None:
        self._logged_on = logged_on
        self._identity: Identity | None = None
        self._session: SessionCore | None = None
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._opening = b""
        self._seen: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the Logon."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the identity log on again."""
        del exc
        if self._timer is not None:
            self._timer.cancel()
        if self._identity is not None:
            self._logged_on.discard(self._identity)
        self._session = None

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the session, and take in all messages that are complete."""
        if self._session is None:
            self._opening += data
            if not re.search(rb"\x0110=[^\x01]*\x01", self._opening):
                return
            if not self._open():
                self._hang_up()
                return
            data = self._opening
        session = self._session
        if session is None:
            return
        session.feed(data)
        while self._session is not None:
            output = session.take_next(time.time_ns())
            if output is None:
                break
            self._carry_out(output)
            if output.delivered is not None and self._session is not None:
                self._reflect(session, output)
        self._arm()

    def _open(self) -> bool:
        """Find the session that the first message names; False where there is none, or it is in use."""
        found = {
            tag: value.decode("latin-1")
            for tag, value in re.findall(rb"(?:^|\x01)(\d+)=([^\x01]*)", self._opening)
        }
        names = (found.get(b"8"), found.get(b"49"), found.get(b"56"))
        for identity in IDENTITIES:
            if names == (identity.begin_string, identity.target_comp_id, SENDER_COMP_ID):
                if identity in self._logged_on:
                    return False
                self._logged_on.add(identity)
                self._identity = identity
                self._session = new_session(identity)
                self._carry_out(self._session.connect(time.time_ns()))
                return True
        return False

    def _reflect(self, session: SessionCore, output: SessionOutput) -> None:
        assert output.delivered is not None
        fields = _fields(output.delivered)
        values = dict(reversed(fields))
        if values[35] not in (b"D", b"d"):
            return
        cl_ord_id = values.get(11)
        if cl_ord_id is not None:
            if output.poss_resend and cl_ord_id in self._seen:
                return
            self._seen.add(cl_ord_id)
        header = [
            (REVERSED.get(tag, tag), value)
            for tag, value in fields
            if tag in KEPT_HEADER_TAGS | REVERSED.keys()
        ]
        body = [(tag, value) for tag, value in fields if tag not in HEADER_TAGS | TRAILER_TAGS]
        by_tag = sorted(body, key=lambda field: field[0])
        self._carry_out(session.send(values[35].decode(), by_tag, sorted(header), time.time_ns()))

    def _carry_out(self, output: SessionOutput) -> None:
        assert self._transport is not None
        if output.sent:
            self._transport.write(b"".join(output.sent))
        if output.disconnect:
            self._hang_up()

    def _hang_up(self) -> None:
        assert self._transport is not None
        self._session = None
        self._transport.close()

    def _arm(self) -> None:
        """Call tick when the session next has something to do."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._session is None or (deadline := self._session.next_deadline_ns) == NEVER_NS:
            return
        delay_s = max(0.0, (deadline - time.time_ns()) / 1e9)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        if self._session is not None:
            self._carry_out(self._session.tick(time.time_ns()))
        self._arm()


async def serve(port: int) -> None:
    """Accept connections until cancelled."""
    logged_on: set[Identity] = set()
    server = await asyncio.get_running_loop().create_server(lambda: Reflector(logged_on), "127.0.0.1", port)
    async with server:
        print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Echo orders as an acceptance suite expects.")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(arguments)
    for identity in IDENTITIES:
        _compiled(identity.session_dictionary)
        _compiled(identity.application_dictionary)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
