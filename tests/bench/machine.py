"""On what the figures were taken."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["facts", "load"]

PACKAGES = ("fixgateway", "grpcio", "protobuf", "simplefix", "quickfix")


def facts(cache: Path) -> dict[str, object]:
    """The machine, the tools and their versions; `cache` is the CMakeCache.txt of the benchmarks' build."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "hypervisor": "hypervisor" in _cpu_flags(),
        "kernel": platform.release(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "clocksource": _first_line(Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
        "compiler": _compiler(cache),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "commit": _output("git", "rev-parse", "HEAD"),
        "changed_files": len(_output("git", "status", "--porcelain").splitlines()),
    }


def load() -> tuple[float, float, float]:
    """Processes that want to run, over 1, 5 and 15 minutes: what else the machine is doing."""
    return os.getloadavg()


def _cpu_info(key: str) -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _cpu_model() -> str:
    return _cpu_info("model name") or platform.processor() or platform.machine()


def _cpu_flags() -> list[str]:
    return _cpu_info("flags").split()


def _first_line(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _compiler(cache: Path) -> str:
    if not cache.exists():
        return ""
    for line in cache.read_text().splitlines():
        if line.startswith("CMAKE_CXX_COMPILER:"):
            return _output(line.partition("=")[2], "--version").partition("\n")[0]
    return ""
