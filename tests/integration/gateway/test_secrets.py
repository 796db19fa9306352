"""No secret of a session is in anything that the gateway writes, shows or serves."""

from __future__ import annotations

import asyncio
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import grpc
import grpc.aio
import pytest

from gateway.client import Side
from ops.demo.configuration import CLIENT, SessionTerms
from ops.demo.processes import python
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, free_port, session_ready, stop_all

OURS = {"password": "our-pass-3f9a", "token": "our-token-77c1"}
THEIRS = {
    "554": "their-pass-b1",
    "925": "their-new-b2",
    "1402": "their-encrypted-b3",
    "9200": "their-token-b4",
}
RAW_DATA = "their-raw\x01-b5"


def keys(secrets: Path) -> str:
    for name, text in OURS.items():
        (secrets / name).touch(mode=0o600)
        (secrets / name).write_text(text)
    return f"""\
    username: desk1
    password: ${{file:{secrets / "password"}}}
    logon_fields:
      - {{tag: 9100, secret: "${{file:{secrets / "token"}}}"}}
    redact: [9200]
"""


def logon(venue: ScriptedVenue) -> str:
    data = RAW_DATA.replace("\x01", "~")  # simplefix has no data fields: SOH inside is the core's test
    fields = "|".join(f"{tag}={value}" for tag, value in THEIRS.items() if tag != "1402")
    encrypted = f"1401={len(THEIRS['1402'])}|1402={THEIRS['1402']}"
    return f"{venue.logon}|553=them|95={len(data)}|96={data}|{fields}|{encrypted}"


async def outputs(gateway: Gateway) -> dict[str, bytes]:
    """Everything that a person or a program can see of it, by where."""

    def command(*arguments: object) -> bytes:
        return subprocess.run(python("gateway.cli", *arguments), capture_output=True, check=False).stdout

    def get(path: str) -> bytes:
        with urllib.request.urlopen(f"http://{gateway.ready['monitor']}{path}", timeout=10) as answer:
            data: bytes = answer.read()
            return data

    config = ("-c", gateway.configuration)
    commands: dict[str, tuple[object, ...]] = {
        "journal dump": ("journal", "dump", gateway.journal),
        "journal dump --json": ("journal", "dump", "--json", gateway.journal),
        "journal verify": ("journal", "verify", gateway.journal),
        "sessions": ("sessions", *config),
        "orders": ("orders", *config),
        "check-config": ("check-config", gateway.configuration),
        "sessions log": ("sessions", "log", "venue", *config),
        "audit": ("audit", "--orders", *config),
        "audit of the API": ("audit", "--orders", "--client", CLIENT, "--json", *config),
        "tail": ("tail", "--from-lsn", 1, "--no-follow", "--messages", *config),
        "export messages": ("export", "messages", "-o", "-", *config),
        "export events": ("export", "events", "-o", "-", *config),
        "fixlog": ("fixlog", "--long", gateway.journal),
        "fixlog --raw": ("fixlog", "--raw", gateway.journal),
    }
    found = {name: await asyncio.to_thread(command, *arguments) for name, arguments in commands.items()}
    found |= {path: await asyncio.to_thread(get, path) for path in ("/metrics", "/healthz")}
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        for method in ("GetConfiguration", "GetHealth", "GetVersion"):
            call = channel.unary_unary(f"/gateway.v1.Admin/{method}")
            found[method] = await call(b"", metadata=(("client", CLIENT),))
    return found


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


@pytest.mark.parametrize("role", ["initiator", "acceptor"])
async def test_no_secret_is_in_what_the_gateway_writes_shows_or_serves(tmp_path: Path, role: str) -> None:
    folder, secrets = tmp_path / "gateway", tmp_path / "secrets"
    folder.mkdir()
    secrets.mkdir()
    async with ScriptedVenue() as venue:
        port = venue.port if role == "initiator" else free_port()
        gateway = Gateway(folder, SessionTerms("SIM", port, role=role, keys=keys(secrets)))
        venue.logon = logon(venue)
        if role == "acceptor":
            # It would be refused with a password of its own, or a new one.
            venue.logon = venue.logon.replace("553=them", "553=desk1").replace(f"|925={THEIRS['925']}", "")
            venue.logon = venue.logon.replace(THEIRS["554"], OURS["password"])
        try:
            await gateway.start()
            if role == "acceptor":
                await venue.connect(port)
            async with gateway.client() as client:
                await session_ready(client)
                await client.submit("AAPL", Side.BUY, 10, price="185.00")
                order = await venue.request("D")
                venue.send(venue.report(order, "E1", "0", "0", f"151=10|14=0|6=0|9200={THEIRS['9200']}"))
                # A Logon inside the session and a message that is not valid show what they carry to no one.
                venue.send(f"{venue.logon}|9201=x")
                venue.send(f"35=8|9200={THEIRS['9200']}")
                await eventually(lambda: len(venue.rejects) > 0, "it is rejected")
                seen = await outputs(gateway)
        finally:
            await stop_all(gateway)
        sent = "".join(str(message) for message in venue.received)
        assert OURS["token"] in sent, "what the gateway sends is what must be found nowhere else"

    seen |= dict(files(folder))
    assert {"journal dump", "gateway.log", "gateway.db", "/metrics"} <= seen.keys()
    assert b"35=A" in seen["journal dump"]
    # Where messages are shown, the Logon is among them: its secrets would be there.
    for where in ("sessions log", "tail", "export messages", "fixlog --raw"):
        assert b"35=A" in seen[where], where
    assert b"sessions[0].password" in seen["GetConfiguration"]
    assert all(seen[where] for where in ("audit of the API", "export events", "fixlog", "GetHealth")), seen
    secrets_known = [*OURS.values(), *THEIRS.values(), RAW_DATA.replace("\x01", "~")]
    found = [
        (where, secret) for where, data in seen.items() for secret in secrets_known if secret.encode() in data
    ]
    assert found == []
