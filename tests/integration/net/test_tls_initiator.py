"""The gateway connects over TLS; the venue is Python's ssl module."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.gateway.waiting import eventually
from tests.integration.net.certificates import Authority
from tests.integration.net.core import running, session_text
from tests.integration.net.peer import TIMEOUT_S, listening


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def tls(**keys: object) -> str:
    return "    tls:\n" + "".join(f"      {key}: {value}\n" for key, value in keys.items())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_good_certificate_logs_on_and_orders_arrive(
    tmp_path: Path, authority: Authority, version: ssl.TLSVersion
) -> None:
    context = authority.issue("venue").server_context()
    context.minimum_version = context.maximum_version = version
    async with listening("X", context) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(ca_file=authority.file))) as core:
            await core.ready("X")
            assert len(core.submit("X", 300).results) == 300
            sequence = [(await asyncio.wait_for(venue.orders.get(), TIMEOUT_S))["34"] for _ in range(300)]
            assert sequence == [str(number) for number in range(2, 302)]


async def test_server_name_is_asked_for_and_checked(tmp_path: Path, authority: Authority) -> None:
    asked: list[str | None] = []
    context = authority.issue("venue", hosts=["fix.example"]).server_context()
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with listening("X", context) as venue:
        keys = tls(ca_file=authority.file, server_name="fix.example")
        with running(tmp_path, session_text("X", venue.port, keys)) as core:
            await core.ready("X")
    assert asked[0] == "fix.example"


async def test_expired_certificate_is_refused(tmp_path: Path, authority: Authority) -> None:
    context = authority.issue("venue", valid_for=-timedelta(hours=1)).server_context()
    async with listening("X", context) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(ca_file=authority.file))) as core:
            await core.down_because("X", "TLS", "has expired", "has to renew it")
    assert venue.raw == b""


async def test_certificate_of_another_host_is_refused(tmp_path: Path, authority: Authority) -> None:
    context = authority.issue("venue", hosts=["other.example"]).server_context()
    async with listening("X", context) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(ca_file=authority.file))) as core:
            reason = await core.down_because("X", "is not for the host '127.0.0.1'", "tls.server_name")
    assert "other.example" in reason
    assert venue.raw == b""


async def test_host_name_is_not_checked_where_that_is_off(tmp_path: Path, authority: Authority) -> None:
    context = authority.issue("venue", hosts=["other.example"]).server_context()
    async with listening("X", context) as venue:
        keys = tls(ca_file=authority.file, verify_host_name="false")
        with running(tmp_path, session_text("X", venue.port, keys)) as core:
            await core.ready("X")


async def test_certificate_of_an_unknown_authority_is_refused(tmp_path: Path, authority: Authority) -> None:
    context = Authority(tmp_path, "Other CA").issue("venue").server_context()
    async with listening("X", context) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(ca_file=authority.file))) as core:
            await core.down_because("X", "unknown CA", "Other CA", "tls.ca_file")
    assert venue.raw == b""


async def test_authority_must_be_trusted_where_nothing_is_configured(
    tmp_path: Path, authority: Authority
) -> None:
    async with listening("X", authority.issue("venue").server_context()) as venue:
        text = session_text("X", venue.port, tls(minimum_version="'1.2'"))
        with running(tmp_path, text) as core:
            await core.down_because("X", "unknown CA")
    assert venue.raw == b""


@pytest.mark.parametrize("of", ["certificate", "public key"])
async def test_pin_suffices_without_an_authority(tmp_path: Path, authority: Authority, of: str) -> None:
    issued = authority.issue("venue")
    pin = issued.sha256 if of == "certificate" else issued.spki_sha256
    async with listening("X", issued.server_context()) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(pins=f"['sha256:{pin}']"))) as core:
            await core.ready("X")


@pytest.mark.parametrize("with_authority", [True, False])
async def test_wrong_pin_is_refused(tmp_path: Path, authority: Authority, with_authority: bool) -> None:
    issued = authority.issue("venue")
    keys = {"pins": f"['sha256:{'ab' * 32}']"} | ({"ca_file": authority.file} if with_authority else {})
    async with listening("X", issued.server_context()) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(**keys))) as core:
            reason = await core.down_because("X", "matches none of tls.pins")
    assert issued.sha256 in reason
    assert venue.raw == b""


async def test_expired_certificate_is_refused_in_spite_of_its_pin(
    tmp_path: Path, authority: Authority
) -> None:
    issued = authority.issue("venue", valid_for=-timedelta(hours=1))
    async with listening("X", issued.server_context()) as venue:
        keys = tls(pins=f"['sha256:{issued.sha256}']")
        with running(tmp_path, session_text("X", venue.port, keys)) as core:
            await core.down_because("X", "has expired")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_client_certificate_is_shown_where_it_is_demanded(
    tmp_path: Path, authority: Authority, version: ssl.TLSVersion
) -> None:
    own = authority.issue("desk", password=b"secret words")
    (tmp_path / "password").write_text("secret words\n")
    (tmp_path / "password").chmod(0o600)
    context = authority.issue("venue").server_context(client_ca=authority.file)
    context.minimum_version = context.maximum_version = version
    async with listening("X", context) as venue:
        keys = tls(
            ca_file=authority.file,
            certificate=own.certificate,
            private_key=own.key,
            private_key_password=f"${{file:{tmp_path / 'password'}}}",
        )
        with running(tmp_path, session_text("X", venue.port, keys)) as core:
            await core.ready("X")
            assert venue.writer is not None
            assert venue.writer.get_extra_info("peercert")["subject"] == ((("commonName", "desk"),),)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_missing_client_certificate_is_named(
    tmp_path: Path, authority: Authority, version: ssl.TLSVersion
) -> None:
    context = authority.issue("venue").server_context(client_ca=authority.file)
    context.minimum_version = context.maximum_version = version
    async with listening("X", context) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(ca_file=authority.file))) as core:
            await core.down_because("X", "demands a client certificate", "tls.certificate")
    assert venue.logons == 0


async def test_version_before_1_2_is_refused(tmp_path: Path, authority: Authority) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command")
    issued = authority.issue("venue")
    server = await asyncio.create_subprocess_exec(
        openssl, "s_server", "-accept", "127.0.0.1:0", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0",
        "-cert", str(issued.certificate), "-key", str(issued.key),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert server.stdout is not None
    shown = b""
    async with asyncio.timeout(TIMEOUT_S):
        while not (found := re.search(rb"ACCEPT 127.0.0.1:(\d+)", shown)):
            shown += await server.stdout.read(4096)
    with running(tmp_path, session_text("X", int(found[1]), tls(ca_file=authority.file))) as core:
        await core.down_because("X", "does not take this TLS version", "1.2 and 1.3 are offered")
    server.kill()
    shown += (await server.communicate())[0]
    assert b"8=FIX" not in shown


async def test_nothing_is_said_in_plain_text_to_a_venue_without_tls(
    tmp_path: Path, authority: Authority
) -> None:
    received = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        received += await reader.read(65_536)
        writer.write(b"8=FIX.4.4\x019=5\x0135=0\x0110=161\x01")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with running(tmp_path, session_text("X", port, tls(ca_file=authority.file))) as core:
        await core.down_because("X", "does not speak TLS")
    server.close()
    assert received.startswith(b"\x16\x03")
    assert b"FIX" not in received


async def test_close_notify_ends_the_session_and_it_comes_back(tmp_path: Path, authority: Authority) -> None:
    async with listening("X", authority.issue("venue").server_context()) as venue:
        with running(tmp_path, session_text("X", venue.port, tls(ca_file=authority.file))) as core:
            await core.ready("X")
            assert venue.writer is not None
            venue.writer.close()  # sends close_notify, and waits for ours
            await venue.writer.wait_closed()
            await eventually(lambda: venue.connections == 2, "it connects again")
            await core.ready("X")
    assert not venue.errors
