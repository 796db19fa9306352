"""Builds the C++ benchmarks, incrementally, and runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measures import Measure

__all__ = ["BUILD", "ROOT", "BenchError", "build", "executable", "run"]

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"

TIMEOUT_S = 600


class BenchError(Exception):
    """A benchmark could not be built or did not come to its end."""


def _tool(name: str) -> str:
    """Beside this Python first: `make` installs its tools there."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise BenchError(f"{name} is neither beside {sys.executable} nor on the PATH; run `make build`")
    return found


def build() -> None:
    """Configure once, build what changed. Raises BenchError."""
    configure = [
        _tool("cmake"), "-S", str(ROOT), "-B", str(BUILD), "-G", "Ninja", "-DGW_BENCH=ON",
        "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_MAKE_PROGRAM={_tool('ninja')}",
        f"-DPython_EXECUTABLE={sys.executable}",
    ]  # fmt: skip
    for command in (configure, [_tool("cmake"), "--build", str(BUILD), "-j", "2"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def executable(name: str) -> Path:
    """Where the build puts a benchmark."""
    return BUILD / "gateway" / "core" / "bench" / name


def run(name: str, *arguments: object) -> Iterator[Measure]:
    """Run a benchmark to its end; its measures. Raises BenchError."""
    for line in output(name, *arguments).splitlines():
        yield Measure.from_line(line)


def output(name: str, *arguments: object) -> str:
    """What a benchmark prints. Raises BenchError."""
    command = [str(executable(name)), *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)} did not end within {TIMEOUT_S} s") from error
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
