"""Credentials in the running gateway: checked with Python's own cryptography, from the file to the wire."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.client import AsyncClient, SessionState, Side
from gateway.v1 import events_pb2
from ops.demo.configuration import COMP_ID, SessionTerms
from tests.integration.gateway.scripted_venue import Fields, ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, free_port, session_ready, stop_all

HMAC_KEY = b"\x00\x01secret-key\xff"
ED25519 = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"test").digest())
PUBLIC = ED25519.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
PAYLOAD = "{SendingTime}|{MsgType}|{MsgSeqNum}|{SenderCompID}|{TargetCompID}|{Password}"


def payload_of(logon: Fields) -> bytes:
    return "\x01".join(logon.get(tag, "") for tag in ("52", "35", "34", "49", "56", "554")).encode()


def secret(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.secret"
    path.touch(mode=0o600)
    path.write_text(text)
    return f'"${{file:{path}}}"'


def signing(folder: Path, algorithm: str, key: bytes) -> str:
    reference = secret(folder, "key", base64.b64encode(key).decode())
    return f"""\
    username: desk1
    password: {secret(folder, "password", "pass-1")}
    signing:
      algorithm: {algorithm}
      key: {reference}
      payload: "{PAYLOAD}"
"""


@asynccontextmanager
async def running(
    folder: Path, venue: ScriptedVenue, keys: str, role: str = "initiator"
) -> AsyncIterator[tuple[Gateway, AsyncClient]]:
    port = venue.port if role == "initiator" else free_port()
    gateway = Gateway(folder, SessionTerms("SIM", port, role=role, keys=keys))
    try:
        await gateway.start()
        async with gateway.client() as client:
            yield gateway, client
    finally:
        await stop_all(gateway)


async def test_logon_is_signed_with_hmac_sha256(tmp_path: Path) -> None:
    async with (
        ScriptedVenue() as venue,
        running(tmp_path, venue, signing(tmp_path, "hmac-sha256", HMAC_KEY)) as (_, client),
    ):
        await session_ready(client)
        logon = venue.received[0]
    expected = base64.b64encode(hmac.new(HMAC_KEY, payload_of(logon), "sha256").digest()).decode()
    assert (logon["553"], logon["554"]) == ("desk1", "pass-1")
    assert (logon["95"], logon["96"]) == (str(len(expected)), expected)


async def test_logon_is_signed_with_ed25519(tmp_path: Path) -> None:
    der = ED25519.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    async with (
        ScriptedVenue() as venue,
        running(tmp_path, venue, signing(tmp_path, "ed25519", der)) as (_, client),
    ):
        await session_ready(client)
        logon = venue.received[0]
    ED25519.public_key().verify(base64.b64decode(logon["96"]), payload_of(logon))


def signer_program(folder: Path, lines: str) -> str:
    """Write an executable that signs; give its path."""
    path = folder / "signer"
    path.write_text(f"#!{sys.executable}\n{lines}")
    path.chmod(0o700)
    return str(path)


def signed_by(folder: Path, lines: str, more: str = "") -> str:
    return f"""\
    username: desk1
    password: {secret(folder, "password", "pass-1")}
    signing:
      algorithm: command
      command: [{signer_program(folder, lines)}, --desk]
      payload: "{PAYLOAD}"
{more}"""


SHA512 = """
import hashlib, hmac, os, sys
assert sys.argv[1:] == ["--desk"] and os.environ["GATEWAY_SESSION"] == "venue"
key = open(__file__ + ".key", "rb").read()
sys.stdout.buffer.write(hmac.new(key, sys.stdin.buffer.read(), hashlib.sha512).digest())
"""


async def test_logon_is_signed_by_a_program_of_the_users_and_blanked_in_the_journal(tmp_path: Path) -> None:
    (tmp_path / "signer.key").write_bytes(HMAC_KEY)
    async with (
        ScriptedVenue() as venue,
        running(tmp_path, venue, signed_by(tmp_path, SHA512)) as (gateway, client),
    ):
        await session_ready(client)
        # Another Logon, another signature; a crash in between changes nothing of it.
        gateway.kill()
        await gateway.start()
        await session_ready(client)
        logons = [message for message in venue.received if message["35"] == "A"]
        shown = b"".join(path.read_bytes() for path in (gateway.folder / "journal").glob("*"))
    assert len(logons) == 2
    for logon in logons:
        expected = base64.b64encode(hmac.new(HMAC_KEY, payload_of(logon), "sha512").digest()).decode()
        assert (logon["95"], logon["96"]) == (str(len(expected)), expected)
        assert expected.encode() not in shown
    assert b"96=" + b"*" * 88 in shown


async def test_signer_that_hangs_or_fails_holds_up_its_own_logon_only_and_is_asked_again(
    tmp_path: Path,
) -> None:
    """First it hangs, then it fails, then its answer is no text; then it signs."""
    program = """
import pathlib, sys, time
turn = pathlib.Path(__file__ + ".turn")
now = turn.read_text() if turn.exists() else "hang"
turn.write_text({"hang": "fail", "fail": "bytes"}.get(now, "sign"))
if now == "hang": time.sleep(3600)
if now == "fail": sys.exit("no key today")
print("se\\x01cret" if now == "bytes" else "good")
"""
    keys = signed_by(tmp_path, program, "      signature_format: text\n      timeout: 5s\n")
    async with ScriptedVenue() as venue, running(tmp_path, venue, keys) as (gateway, client):
        reasons: set[str] = set()

        async def look() -> None:
            while not venue.received:
                (session,) = await client.sessions()
                reasons.add(session.reason)
                await asyncio.sleep(0.02)

        await asyncio.wait_for(look(), 60)
        await session_ready(client)
        assert venue.received[0]["96"] == "good"
        name = tmp_path / "signer"
        wanted = (
            f"the signer {name} did not answer within 5000 ms",
            f"the signer {name} ended with exit status 1",
            "the signer answered bytes that are no text",
        )

        def log() -> str:
            return (gateway.folder / "gateway.log").read_text()

        await eventually(lambda: all(reason in log() for reason in wanted), "the log has every reason")
    assert any("did not answer within 5000 ms" in reason for reason in reasons), (
        "it can be seen while it hangs"
    )
    assert "no key today" in log(), "what the program says is in the log"
    assert "cret" not in log().replace("secret", "")


async def test_signer_that_hangs_holds_up_no_other_session_and_ends_with_the_gateway(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = f"""
import os, pathlib, time
pathlib.Path({str(begun)!r}).write_text(str(os.getpid()))
time.sleep(3600)
"""
    async with ScriptedVenue() as venue, ScriptedVenue(comp_id="SLOW") as slow:
        slow_session = f"""
  - name: slow
    begin_string: FIX.4.4
    sender_comp_id: {COMP_ID}
    target_comp_id: SLOW
    host: 127.0.0.1
    port: {slow.port}
    signing:
      algorithm: command
      command: [{signer_program(tmp_path, program)}]
      payload: "{{MsgSeqNum}}"
      timeout: 1m
"""
        gateway = Gateway(tmp_path, SessionTerms("SIM", venue.port), more_sessions=slow_session)
        try:
            await gateway.start()
            async with gateway.client() as client:
                await eventually(begun.exists, "the slow session's signer runs")
                await session_ready(client)
                result = await client.submit("AAPL", Side.BUY, 1, price=Decimal("190.00"))
                assert result.denial is None
                await eventually(lambda: any(m["35"] == "D" for m in venue.received), "the order is out")
            assert slow.received == []
            signer = int(begun.read_text())
            os.kill(signer, 0)  # it has run all the while
        finally:
            await stop_all(gateway)

        def is_gone() -> bool:
            with suppress(ProcessLookupError):
                os.kill(signer, 0)
                return False
            return True

        await eventually(is_gone, "the gateway has ended it")


async def test_python_function_makes_a_password_for_each_logon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "desk_signers.py").write_text(
        "print('loaded')\n"
        "def one_time(payload, session):\n"
        "    return {554: f'{session}-{len(payload)}', 96: 'nonce'}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    keys = """\
    signing:
      algorithm: python
      callable: desk_signers:one_time
      payload: "{MsgSeqNum}|{MsgType}"
      signature_format: fields
      further_fields: [554]
      timeout: 1m
"""
    async with ScriptedVenue() as venue, running(tmp_path, venue, keys) as (_, client):
        await session_ready(client)
        logon = venue.received[0]
    assert (logon["554"], logon["95"], logon["96"]) == ("venue-3", "5", "nonce")


class SigningVenue(ScriptedVenue):
    """Signs its Logon the moment that it is made, over the header that it then has."""

    def __init__(self, algorithm: str, password: str = "pass-1", *, forged: bool = False) -> None:
        super().__init__()
        self.algorithm, self.password, self.forged = algorithm, password, forged

    def frame(self, text: str) -> bytes:
        if not text.startswith("35=A"):
            return super().frame(text)
        number = self.next_out
        bare = super().frame(f"{text}|553=desk1|554={self.password}")
        self.next_out = number
        fields = dict(part.split("=", 1) for part in bare.decode().split("\x01") if part)
        payload = payload_of(fields) + (b"x" if self.forged else b"")
        if self.algorithm == "ed25519":
            signature = ED25519.sign(payload)
        else:
            signature = hmac.new(HMAC_KEY, payload, "sha256").digest()
        value = base64.b64encode(signature).decode()
        whole = super().frame(f"{text}|553=desk1|554={self.password}|95={len(value)}|96={value}")
        # The clock may have gone on between the two: a signature is of the time that stands beside it.
        later = dict(part.split("=", 1) for part in whole.decode().split("\x01") if part)
        if later["52"] != fields["52"]:
            self.next_out = number
            return self.frame(text)
        return whole


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "ed25519"])
@pytest.mark.parametrize(("password", "forged"), [("pass-1", False), ("pass-2", False), ("pass-1", True)])
async def test_acceptor_takes_only_a_logon_that_proves_itself(
    tmp_path: Path, algorithm: str, password: str, forged: bool
) -> None:
    keys = signing(tmp_path, algorithm, PUBLIC if algorithm == "ed25519" else HMAC_KEY)
    venue = SigningVenue(algorithm, password, forged=forged)
    async with running(tmp_path, venue, keys, "acceptor") as (gateway, client):
        await venue.connect(gateway.terms.port)
        if password == "pass-1" and not forged:
            await session_ready(client)
            assert "554" not in venue.received[0]
            assert "553" not in venue.received[0]
        else:
            await asyncio.wait_for(venue.hung_up.wait(), 20)
            assert venue.received == [], "whoever shows no right gets no answer"
            (session,) = await client.sessions()
            assert session.state is SessionState.DISCONNECTED
            assert "not right" in session.reason
    venue.hang_up()


async def test_second_connection_of_an_identity_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    first, second = ScriptedVenue(), ScriptedVenue()
    async with running(tmp_path, first, "", "acceptor") as (gateway, client):
        await first.connect(gateway.terms.port)
        await session_ready(client)
        await second.connect(gateway.terms.port)
        await asyncio.wait_for(second.hung_up.wait(), 20)
        assert second.received == []
        (session,) = await client.sessions()
        assert session.state is SessionState.READY
    first.hang_up()


async def test_connection_without_a_logon_is_cut_after_the_logon_timeout(tmp_path: Path) -> None:
    silent = ScriptedVenue(answers_logon=False)
    async with silent, running(tmp_path, silent, "    logon_timeout: 1s\n") as (_, client):
        await eventually(lambda: silent.logons >= 2, "it gives up and tries again")
        (session,) = await client.sessions()
        assert session.state is not SessionState.READY


async def test_password_goes_out_encrypted_for_the_holder_of_the_key(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "venue.pem").write_bytes(pem)
    keys = f"""\
    username: desk1
    password: {secret(tmp_path, "password", "pass-1")}
    password_encryption:
      algorithm: rsa-oaep-sha256
      method: "101"
      public_key: venue.pem
"""
    async with ScriptedVenue() as venue, running(tmp_path, venue, keys) as (_, client):
        await session_ready(client)
        logon = venue.received[0]
    assert "554" not in logon
    assert (logon["1400"], logon["1401"]) == ("101", str(len(logon["1402"])))
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert key.decrypt(base64.b64decode(logon["1402"]), scheme) == b"pass-1"


async def test_password_is_changed_once_and_stays_changed_over_a_restart(tmp_path: Path) -> None:
    keys = f"""\
    username: desk1
    password: {secret(tmp_path, "password", "pass-1")}
    password_change:
      id: 2026-q4
      new_password: {secret(tmp_path, "new", "pass-2")}
"""
    async with ScriptedVenue() as venue, running(tmp_path, venue, keys) as (gateway, client):
        await session_ready(client)
        gateway.kill()
        await gateway.start()
        await session_ready(client)
        logons = [message for message in venue.received if message["35"] == "A"]
        changes = [event for event in gateway.journaled_events() if event.HasField("password_changed")]
    assert [(logon["554"], logon.get("925")) for logon in logons] == [("pass-1", "pass-2"), ("pass-2", None)]
    assert [event.password_changed for event in changes] == [
        events_pb2.PasswordChanged(session="venue", change_id="2026-q4")
    ]
