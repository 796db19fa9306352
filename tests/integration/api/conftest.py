"""The parts that every test here trades with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import grpc.aio
import pytest

from gateway.client import AsyncClient, Settings
from tests.integration.api.support import Gateway, RawClient, Venue


@pytest.fixture(scope="session")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    venue = Venue(tmp_path_factory.mktemp("sim"))
    yield venue
    venue.stop()


@pytest.fixture
async def gateway(venue: Venue, tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path / "journal", venue.port)
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def channel(gateway: Gateway) -> AsyncIterator[grpc.aio.Channel]:
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(gateway.target, options=options) as channel:
        yield channel


@pytest.fixture
def raw(channel: grpc.aio.Channel) -> RawClient:
    return RawClient(channel)


@pytest.fixture
def shared(channel: grpc.aio.Channel) -> RawClient:
    """A client without `admin` that trades an account of alpha's as well."""
    return RawClient(channel, "gamma")


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[AsyncClient]:
    settings = Settings(backoff_max_s=0.1, silence_timeout_s=5)
    async with AsyncClient(
        gateway.target, client="alpha", account="A1", strategy="test", settings=settings
    ) as client:
        yield client
