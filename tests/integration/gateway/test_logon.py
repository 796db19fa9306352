"""Credentials in the running gateway: checked with Python's own cryptography, from the file to the wire."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.client import AsyncClient, SessionState
from gateway.v1 import events_pb2
from ops.demo.configuration import SessionTerms
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
