"""The simulator as a process of its own, and a client on a plain socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import simplefix

TIMEOUT_S = 20


class SimProcess:
    """`python -m sim`, started and ended by the test."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.ledger_file = directory / "ledger.json"
        command = [sys.executable, "-m", "sim", "--port", "0", "--http-port", "0", "--seed", "1"]
        command += ["--ledger", str(self.ledger_file), *options]
        self.log = (directory / "sim.log").open("w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert self.process.stdout is not None
        self.port = self._port("listening on 127.0.0.1:")
        self.http_port = self._port("http on 127.0.0.1:")

    def _port(self, start: str) -> int:
        line = self.process.stdout.readline()
        assert line.startswith(start), (line, Path(self.log.name).read_text())
        return int(line.removeprefix(start))

    def get(self, path: str) -> dict:
        url = f"http://127.0.0.1:{self.http_port}{path}"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return json.load(answer)

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.process.wait(TIMEOUT_S)
        self.process.stdout.close()
        self.log.close()
        return code


class Client:
    """A FIX client without any session logic: it says what it is told and reads what it is asked for."""

    def __init__(self, port: int, comp_id: str = "GW") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.comp_id = comp_id
        self.seq = 1
        self.parser = simplefix.FixParser()

    def say(self, text: str) -> None:
        now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
        message = simplefix.FixMessage()
        header = {"8": "FIX.4.4", "49": self.comp_id, "56": "SIM", "34": str(self.seq), "52": now}
        self.seq += 1
        for tag, value in header.items():
            message.append_pair(tag, value)
        for part in text.split("|"):
            tag, _, value = part.partition("=")
            message.append_pair(tag, now if value == "now" else value)
        self.socket.sendall(message.encode())

    def hear(self) -> dict[int, str] | None:
        """Give the next message, or None at the end of the connection."""
        while (message := self.parser.get_message()) is None:
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.parser.append_buffer(data)
        return {int(tag): value.decode("latin-1") for tag, value in message.pairs}

    def hear_until(self, tag: int, value: str) -> list[dict[int, str]]:
        heard = []
        while not heard or heard[-1].get(tag) != value:
            message = self.hear()
            assert message is not None, f"the connection ended before {tag}={value}: {heard}"
            heard.append(message)
        return heard

    def logon(self, seq: int = 1) -> dict[int, str]:
        self.seq = seq
        self.say("35=A|98=0|108=30")
        answer = self.hear()
        assert answer is not None
        assert answer[35] == "A", answer
        return answer

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def start_sim(tmp_path: Path) -> Iterator:
    running: list[SimProcess] = []

    def start(*options: str) -> SimProcess:
        running.append(SimProcess(tmp_path, *options))
        return running[-1]

    yield start
    for sim in running:
        sim.stop()


@pytest.fixture
def connect() -> Iterator:
    opened: list[Client] = []

    def open_client(port: int, comp_id: str = "GW") -> Client:
        opened.append(Client(port, comp_id))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()
