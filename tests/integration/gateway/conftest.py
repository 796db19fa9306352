"""A venue and a gateway for each test, ended in every case."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ops.demo.configuration import SessionTerms
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, stop_all

StartVenue = Callable[..., Awaitable[Venue]]
StartGateway = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def start_venue(tmp_path: Path) -> AsyncIterator[StartVenue]:
    """Start a simulator with these options; a text becomes its configuration file."""
    started: list[Venue] = []

    async def start(*options: object, configuration: str = "", port: int = 0) -> Venue:
        if configuration:
            file = tmp_path / "venue.yaml"
            file.write_text(configuration)
            options = (*options, "--config", file)
        started.append(Venue(tmp_path, *options, port=port))
        await started[-1].start()
        return started[-1]

    yield start
    await stop_all(*started)


@pytest.fixture
async def start_gateway(tmp_path: Path) -> AsyncIterator[StartGateway]:
    """Start a gateway with a session to the simulator at this port."""
    started: list[Gateway] = []

    async def start(venue_port: int, **changes: str) -> Gateway:
        started.append(Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue_port), **changes))
        await started[-1].start()
        return started[-1]

    yield start
    await stop_all(*started)


@pytest.fixture
async def venue(start_venue: StartVenue) -> Venue:
    return await start_venue()


@pytest.fixture
async def quiet_venue(start_venue: StartVenue) -> Venue:
    """Without background traders: nothing trades but what the test sends."""
    return await start_venue("--no-liquidity")
