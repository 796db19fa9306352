"""Counterparties connect to the gateway over TLS; they are Python's ssl module and `openssl s_client`."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.gateway.waiting import eventually
from tests.integration.net.certificates import Authority, client_context
from tests.integration.net.core import Core, running, session_text
from tests.integration.net.peer import TIMEOUT_S, Peer, listening, logon


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def acceptor(authority: Authority, name: str = "Y", **keys: object) -> str:
    own = authority.issue(f"gateway-{name}")
    lines = {"certificate": own.certificate, "private_key": own.key, **keys}
    text = "    role: acceptor\n    tls:\n" + "".join(
        f"      {key}: {value}\n" for key, value in lines.items()
    )
    return session_text(name, 0, text)


async def answer(port: int, context: ssl.SSLContext | None, sent: bytes) -> bytes:
    """Connect, send, and give the first bytes of the answer; none where the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(sent)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await reader.read(4096)
    finally:
        writer.transport.abort()


async def logged_on(core: Core, context: ssl.SSLContext, name: str = "Y") -> Peer:
    peer = Peer(name)
    await peer.connect(core.gateway.listening_port(0), context)
    await core.ready(name)
    await eventually(lambda: peer.logons == 1, "our Logon is answered")
    return peer


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_counterparty_logs_on(tmp_path: Path, authority: Authority, version: ssl.TLSVersion) -> None:
    context = client_context(authority.file)
    context.minimum_version = context.maximum_version = version
    with running(tmp_path, acceptor(authority)) as core:
        assert b"\x0135=A\x01" in await answer(core.gateway.listening_port(0), context, logon("Y"))


async def test_client_certificate_is_demanded(tmp_path: Path, authority: Authority) -> None:
    strangers = Authority(tmp_path, "Strangers CA")
    text = acceptor(authority, client_certificate="required", ca_file=authority.file)
    with running(tmp_path, text) as core:
        port = core.gateway.listening_port(0)
        for own in (None, strangers.issue("stranger")):
            got = b""
            with suppress(ssl.SSLError, ConnectionError):
                got = await answer(port, client_context(authority.file, own), logon("Y"))
            assert got == b""
        good = client_context(authority.file, authority.issue("desk"))
        assert b"\x0135=A\x01" in await answer(port, good, logon("Y"))


@pytest.mark.parametrize("by", ["client_name", "pins"])
async def test_session_belongs_to_one_certificate(tmp_path: Path, authority: Authority, by: str) -> None:
    owner, other = authority.issue("owner"), authority.issue("other")
    keys = {"client_name": "owner"} if by == "client_name" else {"pins": f"['sha256:{owner.sha256}']"}
    text = acceptor(authority, client_certificate="required", ca_file=authority.file, **keys)
    with running(tmp_path, text) as core:
        port = core.gateway.listening_port(0)
        assert await answer(port, client_context(authority.file, other), logon("Y")) == b""
        context = client_context(authority.file, owner)
        assert b"\x0135=A\x01" in await answer(port, context, logon("Y"))


async def test_counterparty_without_tls_gets_nothing(tmp_path: Path, authority: Authority) -> None:
    with running(tmp_path, acceptor(authority)) as core:
        got = await answer(core.gateway.listening_port(0), None, logon("Y"))
        assert b"8=FIX" not in got
        assert core.session("Y").next_in == 1


async def test_version_before_1_2_is_refused(tmp_path: Path, authority: Authority) -> None:
    context = client_context(authority.file)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with running(tmp_path, acceptor(authority)) as core, pytest.raises((ssl.SSLError, ConnectionError)):
        await answer(core.gateway.listening_port(0), context, logon("Y"))


async def test_renegotiation_is_refused(tmp_path: Path, authority: Authority) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command")
    with running(tmp_path, acceptor(authority)) as core:
        client = await asyncio.create_subprocess_exec(
            openssl, "s_client", "-tls1_2", "-connect", f"127.0.0.1:{core.gateway.listening_port(0)}",
            "-CAfile", str(authority.file),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        shown = b""
        async with asyncio.timeout(TIMEOUT_S):
            while b"Verify return code: 0" not in shown:
                shown += await client.stdout.read(4096)
            client.stdin.write(b"R\n")
            shown += (await client.communicate())[0]
        assert b"RENEGOTIATING" in shown
        assert b"no renegotiation" in shown


async def test_close_notify_is_answered(tmp_path: Path, authority: Authority) -> None:
    with running(tmp_path, acceptor(authority)) as core:
        peer = await logged_on(core, client_context(authority.file))
        assert peer.writer is not None
        peer.writer.close()
        async with asyncio.timeout(TIMEOUT_S):
            await peer.writer.wait_closed()
        await core.down_because("Y", "the counterparty closed the connection")
        assert not peer.errors


@pytest.fixture
async def venue() -> AsyncIterator[Peer]:
    async with listening("X") as peer:
        yield peer


async def test_stalled_handshakes_do_not_disturb_another_session(
    tmp_path: Path, authority: Authority, venue: Peer
) -> None:
    """One peer says nothing, one sends a byte at a time; orders and heartbeats of another session go on."""
    text = acceptor(authority, handshake_timeout="2s") + session_text("X", venue.port)
    hello = _client_hello()
    with running(tmp_path, text) as core:
        port = core.gateway.listening_port(0)
        await core.ready("X")
        silent = await asyncio.open_connection("127.0.0.1", port)
        slow = await asyncio.open_connection("127.0.0.1", port)

        async def drip() -> None:
            for byte in hello:
                slow[1].write(bytes([byte]))
                await asyncio.sleep(0.1)

        dripping = asyncio.create_task(drip())
        for _ in range(200):
            core.submit("X")
            await asyncio.wait_for(venue.orders.get(), TIMEOUT_S)
        assert not silent[0].at_eof()
        # Both are given up by their own timeout, and a good counterparty gets in meanwhile.
        good = await logged_on(core, client_context(authority.file))
        async with asyncio.timeout(TIMEOUT_S):
            assert await silent[0].read() == b""
            assert await _until_end(slow[0])
        dripping.cancel()
        assert core.session("X").reason == core.session("Y").reason == ""
        assert good.writer is not None
        good.writer.transport.abort()
        await eventually(lambda: core.session("Y").reason != "", "the good one has gone")


async def _until_end(reader: asyncio.StreamReader) -> bool:
    with suppress(ConnectionError):
        await reader.read()
    return True


def _client_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()
