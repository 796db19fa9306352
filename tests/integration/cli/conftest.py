import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.processes import (
    RunningGateway,
    readiness,
    running_gateway,
    simulator,
    wait_until,
    write_config,
)
from tests.unit.cli.cli_runner import gateway as cli


@pytest.fixture(scope="module")
def sim_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with simulator(tmp_path_factory.mktemp("sim")) as port:
        yield port


@pytest.fixture(scope="module")
def gateway(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway whose session is ready, and whose database has its tables."""
    folder = tmp_path_factory.mktemp("gateway")
    write_config(folder, sim_port, "GATEWAY")
    with running_gateway(folder) as running:
        wait_until(lambda: "READY" in cli("sessions", "-c", running.config).out, "session is ready")
        wait_until(lambda: "running," in readiness(running.ready["monitor"]), "the projector runs")
        yield running


@pytest.fixture
def folder(sim_port: int, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with a configuration that leads to the simulator."""
    digest = hashlib.sha256(request.node.nodeid.encode()).hexdigest()
    write_config(tmp_path, sim_port, f"GW-{digest[:8]}")
    return tmp_path
