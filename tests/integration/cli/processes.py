"""The simulator and the gateway as processes, started as a person starts them, on ports the system chose."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.cli.cli_runner import gateway as cli

START_TIMEOUT_S = 120.0
POLL_S = 0.02


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = START_TIMEOUT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s"
        time.sleep(POLL_S)


@contextmanager
def simulator(folder: Path) -> Iterator[int]:
    """Run the simulator without background traders; gives its FIX port."""
    with simulator_process(folder) as (_, port):
        yield port


@contextmanager
def simulator_process(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the simulator without background traders; gives its process and its FIX port."""
    port_file = folder / "sim.port"
    command = [sys.executable, "-m", "sim", "--port", "0", "--port-file", str(port_file), "--no-liquidity"]
    with (folder / "sim.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_until(lambda: port_file.exists() or process.poll() is not None, "simulator listens")
            yield process, int(port_file.read_text())
        finally:
            process.terminate()


@dataclass
class RunningGateway:
    """A `gateway run` under way."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "gateway.yaml"

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=START_TIMEOUT_S)

    def output(self) -> str:
        return (self.folder / "gateway.log").read_text()


@contextmanager
def running_gateway(folder: Path) -> Iterator[RunningGateway]:
    """Run the gateway on the configuration in a folder, and kill it at the end if it still runs."""
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    command = run_command(folder, "--ready-file", ready_file)
    with (folder / "gateway.log").open("a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, text=True)
    try:
        wait_until(lambda: ready_file.exists() or process.poll() is not None, "gateway listens")
        assert process.poll() is None, (folder / "gateway.log").read_text()
        yield RunningGateway(process, json.loads(ready_file.read_text()), folder)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def readiness(monitor: str) -> str:
    """Ask a monitor whether its gateway is ready; the whole answer."""
    try:
        with urllib.request.urlopen(f"http://{monitor}/readyz", timeout=10) as answer:
            return str(answer.read())
    except urllib.error.HTTPError as error:  # 503: not ready
        return str(error.read())


def run_command(folder: Path, *options: object) -> list[str]:
    arguments = ["run", "-c", folder / "gateway.yaml", *options]
    return [sys.executable, "-m", "gateway.cli", *(str(argument) for argument in arguments)]


def run_to_its_end(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a gateway that is expected to refuse to start."""
    command = run_command(folder)
    return subprocess.run(command, capture_output=True, text=True, timeout=START_TIMEOUT_S, check=False)


def write_config(folder: Path, sim_port: int, comp_id: str, *options: str) -> str:
    """Write what `gateway init` writes, with ports of this test and a CompID that is new to the simulator.

    Gives what the command printed.
    """
    made = cli("init", folder, *options)
    assert made.code == 0, made.err
    config = folder / "gateway.yaml"
    text = config.read_text().replace("port: 9878", f"port: {sim_port}").replace("64MiB", "4MiB")
    text = text.replace("sender_comp_id: GATEWAY", f"sender_comp_id: {comp_id}")
    text = text.replace("127.0.0.1:7010", "127.0.0.1:0").replace("127.0.0.1:7011", "127.0.0.1:0")
    config.write_text(text)
    return made.out
