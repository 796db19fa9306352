"""Everything that docs/cli.md says `gateway doctor` looks at: made wrong, it is found, with what to do about it."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.certificates import Authority, write_private, write_public
from gateway.ready import READY_FILE_NAME
from tests.unit.cli.cli_runner import gateway

ROOT = Path(__file__).parents[3]
PASSWORD = "    username: trader\n    password: ${file:missing.secret}\n"


@dataclass(frozen=True)
class Wrong:
    """Something that is made wrong in a folder with a good configuration, and what is said of it."""

    name: str
    make: Callable[[Path], object]
    area: str
    subject: str
    severity: str
    found: str
    advice: str


def edit(folder: Path, old: str, new: str) -> None:
    config = folder / "gateway.yaml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new, 1))


def kernel(folder: Path, **files: str) -> None:
    """Describe a kernel below the root that the command is given."""
    for name, text in files.items():
        path = folder / "root" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


def mounted(kind: str) -> Callable[[Path], None]:
    return lambda folder: kernel(folder, proc__self__mountinfo=f"22 1 8:1 / / rw - {kind} source rw")


def database(folder: Path, text: str) -> None:
    with sqlite3.connect(folder / "gateway.db") as connection:
        connection.execute(text)


def accept_at(folder: Path, host: str) -> None:
    edit(folder, "role: initiator ", "role: acceptor ")
    edit(folder, "host: 127.0.0.1", f"host: {host}")


def key_of_another(folder: Path) -> None:
    authority = Authority.make("test CA", datetime.now(UTC))
    certificate, _ = authority.issue(["localhost"], datetime.now(UTC), server=True)
    _, other = authority.issue(["localhost"], datetime.now(UTC), server=True)
    write_public(folder / "server.crt", certificate)
    write_private(folder / "server.key", other)
    edit(folder, "api:\n", "api:\n  tls: {certificate: server.crt, private_key: server.key}\n")


def large_journal(folder: Path) -> None:
    (folder / "journal").mkdir()
    with (folder / "journal" / "00000000000000000001.seg").open("wb") as file:
        file.truncate((1 << 30) + 1)  # a hole: takes no room


def garbage_in_the_journal(folder: Path) -> None:
    (folder / "journal").mkdir()
    (folder / "journal" / "00000000000000000001.seg").write_bytes(b"\xff" * 8192)


def unwritable_journal(folder: Path) -> None:
    """Below /proc nobody can make a file, whoever runs this."""
    edit(folder, "path: journal ", "path: /proc/journal ")


KERNEL = {
    "transparent huge pages": ("sys__kernel__mm__transparent_hugepage__enabled", "[always] madvise never"),
    "net.core.somaxconn": ("proc__sys__net__core__somaxconn", "128"),
    "CPU governor": ("sys__devices__system__cpu__cpu0__cpufreq__scaling_governor", "powersave"),
    "source": ("sys__devices__system__clocksource__clocksource0__current_clocksource", "hpet"),
}


def setting(subject: str) -> Callable[[Path], None]:
    name, text = KERNEL[subject]
    return lambda folder: kernel(folder, **{name: text})


def swapping(folder: Path) -> None:
    kernel(
        folder,
        proc__swaps="Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2",
        proc__sys__vm__swappiness="60",
    )


WRONG = (
    Wrong(
        "a key that nobody knows", lambda folder: edit(folder, "sessions:\n", "sesions: []\nsessions:\n"),
        "configuration", "sesions", "error", "did you mean 'sessions'", "check-config",
    ),
    Wrong(
        "a secret that is not there",
        lambda folder: edit(folder, "    heartbeat", PASSWORD + "    heartbeat"),
        "configuration", "sessions[0].password", "error", "missing.secret", "check-config",
    ),
    Wrong(
        "a dictionary that is not there",
        lambda folder: edit(folder, "    heartbeat", "    session_dictionary: none.xml\n    heartbeat"),
        "configuration", "sessions[0].session_dictionary", "error", "none.xml", "check-config",
    ),
    Wrong(
        "an address of another machine", lambda folder: accept_at(folder, "192.0.2.1"),
        "ports", "session sim", "error", "192.0.2.1:9878", "ip addr",
    ),
    Wrong(
        "a name that leads nowhere", lambda folder: accept_at(folder, "nowhere.invalid"),
        "ports", "session sim", "error", "nowhere.invalid is not known here", "127.0.0.1",
    ),
    Wrong(
        "a key of another certificate", key_of_another,
        "certificates", "api.tls.certificate", "error", "are not a PEM certificate and its key", "the right files",
    ),
    Wrong("a large journal", large_journal, "journal", "records", "note", "not read", "--whole"),
    Wrong(
        "garbage in the journal", garbage_in_the_journal, "journal", "records", "error", "00000000000000000001.seg",
        "gateway journal",
    ),
    Wrong(
        "a database that is not in WAL mode", lambda folder: database(folder, "create table mine (id integer)"),
        "database", "mode", "warning", "not WAL", "local disk",
    ),
    Wrong(
        "a database that is none", lambda folder: (folder / "gateway.db").write_bytes(b"no database" * 100),
        "database", "connection", "warning", "gateway.db: file is not a database", "trading goes on without it",
    ),
    Wrong("a network disk", mounted("nfs4"), "disk", "file system", "error", "nfs4 at", "local disk"),
    Wrong("a disk in memory", mounted("tmpfs"), "disk", "file system", "warning", "gone when", "put the journal on"),
    Wrong("a disk that copies", mounted("btrfs"), "disk", "file system", "warning", "copies on write", "chattr +C"),
    Wrong("a container's layer", mounted("overlay"), "disk", "file system", "note", "container", "mount a volume"),
    Wrong("a folder that cannot be written", unwritable_journal, "disk", "writing", "error", "/proc", "chown"),
    Wrong("huge pages", setting("transparent huge pages"), "kernel", "transparent huge pages", "warning", "always",
          "echo madvise"),
    Wrong("a short queue", setting("net.core.somaxconn"), "kernel", "net.core.somaxconn", "note", "128", "sysctl -w"),
    Wrong("a governor", setting("CPU governor"), "kernel", "CPU governor", "warning", "powersave", "cpupower"),
    Wrong("a slow clock", setting("source"), "clock", "source", "warning", "hpet", "tsc"),
    Wrong("swap", swapping, "kernel", "swap", "warning", "swappiness 60", "sysctl -w vm.swappiness=1"),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good configuration, and a root with no more of a kernel than a disk."""
    assert gateway("init", tmp_path).code == 0
    edit(tmp_path, "127.0.0.1:7010", "127.0.0.1:0")
    edit(tmp_path, "127.0.0.1:7011", "127.0.0.1:0")
    mounted("ext4")(tmp_path)
    return tmp_path


def doctor(folder: Path) -> tuple[int, list[dict[str, str]]]:
    result = gateway("doctor", "-c", folder / "gateway.yaml", "--root", folder / "root", "--json")
    answer: dict[str, list[dict[str, str]]] = json.loads(result.out)
    return result.code, answer["findings"]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_what_is_wrong_is_found_with_what_to_do(wrong: Wrong, folder: Path) -> None:
    before = [
        one for one in doctor(folder)[1] if (one["area"], one["subject"]) == (wrong.area, wrong.subject)
    ]
    assert all(one["severity"] == "ok" for one in before)
    wrong.make(folder)
    code, findings = doctor(folder)
    of_it = [one for one in findings if (one["area"], one["subject"]) == (wrong.area, wrong.subject)]
    bad = [one for one in of_it if one["severity"] == wrong.severity]
    assert bad, findings
    assert wrong.found in bad[0]["found"]
    assert wrong.advice in bad[0]["advice"]
    if wrong.severity == "error":
        assert code == 8
    elif wrong.severity == "warning":
        assert code in (7, 8)
    shown = gateway("doctor", "-c", folder / "gateway.yaml", "--root", folder / "root", "--quiet").out
    assert re.search(
        rf"{wrong.severity} +{re.escape(bad[0]['subject'])}: .*\n +{re.escape(bad[0]['advice'])}", shown
    ), shown


def test_database_is_as_it_was_once_it_was_looked_at(folder: Path) -> None:
    database(folder, "create table mine (id integer)")
    before = (folder / "gateway.db").read_bytes()
    doctor(folder)
    assert (folder / "gateway.db").read_bytes() == before
    assert sorted(path.name for path in folder.glob("gateway.db*")) == ["gateway.db"]


def test_port_that_the_running_gateway_holds_is_as_it_should_be(folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        edit(folder, "bind: 127.0.0.1:0", f"bind: 127.0.0.1:{port}")
        (folder / "journal").mkdir()
        (folder / "journal" / READY_FILE_NAME).write_text(json.dumps({"pid": os.getpid()}))
        _, findings = doctor(folder)
    said = {one["subject"]: (one["severity"], one["found"]) for one in findings}
    assert said["process"] == ("ok", f"runs (pid {os.getpid()})")
    assert said["api.bind"] == ("ok", f"127.0.0.1:{port}, held by the gateway (pid {os.getpid()})")


def test_port_of_an_acceptor_that_is_taken_is_an_error(folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        edit(folder, "role: initiator ", "role: acceptor ")
        edit(folder, "port: 9878", f"port: {listener.getsockname()[1]}")
        code, findings = doctor(folder)
    (taken,) = [one for one in findings if one["subject"] == "session sim"]
    assert (code, taken["severity"]) == (8, "error"), taken
    assert "ss -ltnp" in taken["advice"]


def test_limits_of_the_process_are_found(folder: Path) -> None:
    """Set by the shell that starts the command, as they are for a service."""
    command = (
        f"ulimit -n 512; ulimit -l 64; exec {sys.executable} -m gateway.cli doctor --json -c gateway.yaml"
    )
    ended = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    said = {one["subject"]: one for one in json.loads(ended.stdout)["findings"]}
    assert (said["open files"]["severity"], said["open files"]["found"]) == ("warning", "512")
    assert "LimitNOFILE=" in said["open files"]["advice"]
    assert said["locked memory"]["severity"] == "note"
    assert "LimitMEMLOCK" in said["locked memory"]["advice"]


def test_every_area_of_the_page_is_looked_at(folder: Path) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    table = page[page.index("## gateway doctor") :].split("\n## ")[0]
    rows = re.findall(r"^\| ([a-z, ]+) \|", table, re.MULTILINE)
    documented = {area for row in rows for area in row.split(", ")} - {"area"}
    key_of_another(folder)
    (folder / "journal").mkdir()
    (folder / "journal" / READY_FILE_NAME).write_text(json.dumps({"pid": os.getpid()}))
    setting("net.core.somaxconn")(folder)
    assert {one["area"] for one in doctor(folder)[1]} == documented
    assert documented - {wrong.area for wrong in WRONG} == {"gateway", "limits"}  # each has a test of its own
