"""TLS of the API: who gets in, by what, and certificates and tokens that change while it runs."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from gateway.api import ClientAccess, TlsFiles
from gateway.api.identity import token_digest
from gateway.api.rights import ALL_RIGHTS
from gateway.client import (
    AsyncClient,
    Client,
    GatewayError,
    RefusedError,
    Settings,
    Side,
    Tls,
    UnavailableError,
)
from tests.integration.api.support import TIMEOUT_S, Gateway, Venue
from tests.integration.net.certificates import Authority, Issued

SETTINGS = Settings(connect_timeout_s=2, backoff_max_s=0.1)


class World:
    """A gateway with TLS in a folder, and two authorities: ours, and one that nobody trusts."""

    def __init__(self, folder: Path, venue: Venue) -> None:
        self.ours, self.others = Authority(folder, "ours"), Authority(folder, "others")
        self.server, self.key = folder / "in-force.pem", folder / "in-force.key"
        self.put(self.ours.issue("first"))
        self.gateway = Gateway(folder / "journal", venue.port)

    def put(self, issued: Issued) -> None:
        """Have the server's files be these, each replaced in one step."""
        for source, target in ((issued.key, self.key), (issued.certificate, self.server)):
            copy = target.with_suffix(".next")
            shutil.copy(source, copy)
            copy.rename(target)

    def access(self, *tokens: str, names: tuple[str, ...] = ()) -> ClientAccess:
        return ClientAccess(
            accounts=frozenset({"A1"}),
            rights=ALL_RIGHTS,
            token_hashes=frozenset(map(token_digest, tokens)),
            certificate_names=frozenset(names),
        )

    async def start(self, access: ClientAccess, *, mutual: bool = False) -> None:
        self.gateway.settings = replace(
            self.gateway.settings,
            clients={"alpha": access},
            identity="certificate" if mutual else "token",
            tls=TlsFiles(
                certificate=self.server, private_key=self.key, client_ca=self.ours.file if mutual else None
            ),
        )
        await self.gateway.start_unready()

    def client(self, token: str | None = None, own: Issued | None = None, client: str = "") -> AsyncClient:
        tls = Tls(
            ca=self.ours.file,
            certificate=own.certificate if own else None,
            private_key=own.key if own else None,
        )
        return AsyncClient(self.gateway.target, client=client, token=token, tls=tls, settings=SETTINGS)

    async def presented(self) -> bytes:
        """The server's certificate as a new connection gets it."""
        context = ssl.create_default_context(cafile=str(self.ours.file))
        context.set_alpn_protocols(["h2"])
        _, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port, ssl=context)
        found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return found


@pytest.fixture
async def world(venue: Venue, tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path, venue)
    yield world
    await world.gateway.stop()


async def test_token_over_tls_is_the_client(world: World) -> None:
    await world.start(world.access("secret"))
    async with world.client("secret") as client:
        assert len(await client.sessions()) == 1
    async with world.client("secret", client="alpha") as client:
        assert len(await client.sessions()) == 1


async def test_blocking_client_takes_the_same(world: World) -> None:
    await world.start(world.access("secret"))

    def trade() -> int:
        tls = Tls(ca=world.ours.file)
        with Client(world.gateway.target, token="secret", tls=tls, settings=SETTINGS) as client:
            return len(client.sessions())

    assert await asyncio.to_thread(trade) == 1


@pytest.mark.parametrize(("token", "name"), [("other", ""), (None, ""), (None, "alpha"), ("secret", "beta")])
async def test_caller_without_its_token_is_refused(world: World, token: str | None, name: str) -> None:
    await world.start(world.access("secret"))
    with pytest.raises(RefusedError) as refusal:
        await world.client(token, client=name).connect()
    assert refusal.value.code is grpc.StatusCode.UNAUTHENTICATED
    assert "secret" not in str(refusal.value)


async def test_client_of_another_authority_does_not_get_in(world: World) -> None:
    await world.start(world.access(names=("DNS:alpha.desk",)), mutual=True)
    async with world.client(own=world.ours.issue("mine", ["alpha.desk"])) as client:
        assert len(await client.sessions()) == 1
    for own in (world.others.issue("theirs", ["alpha.desk"]), None):
        with pytest.raises(UnavailableError):
            await world.client(own=own).connect()


async def test_certificate_names_the_client_by_uri_and_no_other_gets_in(world: World) -> None:
    await world.start(world.access("secret", names=("URI:spiffe://desk/alpha",)), mutual=True)
    async with world.client(own=world.ours.issue("mine", ["spiffe://desk/alpha"])) as client:
        assert len(await client.sessions()) == 1
    with pytest.raises(RefusedError) as refusal:
        await world.client("secret", own=world.ours.issue("beta", ["spiffe://desk/beta"])).connect()
    assert refusal.value.code is grpc.StatusCode.UNAUTHENTICATED


async def test_server_of_another_authority_and_plain_text_are_not_talked_to(world: World) -> None:
    await world.start(world.access("secret"))
    wrong = AsyncClient(
        world.gateway.target, token="secret", tls=Tls(ca=world.others.file), settings=SETTINGS
    )
    plain = AsyncClient(world.gateway.target, token="secret", settings=SETTINGS)
    for client in (wrong, plain):
        with pytest.raises(UnavailableError):
            await client.connect()


async def test_token_does_not_leave_the_machine_in_plain_text() -> None:
    with pytest.raises(ValueError, match="plain text"):
        await AsyncClient("gateway.example:7010", token="secret").connect()


async def test_new_certificate_is_served_without_a_restart_and_streams_go_on(world: World) -> None:
    await world.start(world.access("secret"))
    async with world.client("secret") as client:
        before = await world.presented()
        world.put(world.ours.issue("second"))
        after = await world.presented()
        assert before != after
        assert after == await world.presented()
        assert len(await client.sessions()) == 1


@pytest.mark.parametrize("damage", ["key of another", "no certificate", "file gone"])
async def test_certificate_that_cannot_be_used_leaves_the_one_before_in_force(
    world: World, damage: str
) -> None:
    await world.start(world.access("secret"))
    before = await world.presented()
    if damage == "key of another":
        world.key.write_bytes(world.ours.issue("second").key.read_bytes())
    elif damage == "no certificate":
        world.server.write_text("nothing")
    else:
        world.server.unlink()
    assert await world.presented() == before
    world.put(world.ours.issue("third"))
    assert await world.presented() != before


async def test_tokens_are_replaced_while_streams_run(world: World) -> None:
    await world.start(world.access("old"))
    server = world.gateway.server
    assert server is not None
    async with world.client("old") as old, asyncio.timeout(TIMEOUT_S):
        events = old.events()
        server.replace_clients({"alpha": world.access("old", "new")})
        async with world.client("new") as new:
            assert len(await new.sessions()) == 1
            assert len(await old.sessions()) == 1
            server.replace_clients({"alpha": world.access("new")})
            assert len(await new.sessions()) == 1
            with pytest.raises(RefusedError) as refusal:
                async for _ in events:
                    pass
            assert refusal.value.code is grpc.StatusCode.UNAUTHENTICATED
            with pytest.raises(GatewayError, match="UNAUTHENTICATED"):
                await old.submit("ACME", Side.BUY, 1, price="5", account="A1")
