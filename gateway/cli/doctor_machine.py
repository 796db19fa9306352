"""The machine as `gateway doctor` sees it: kernel settings, limits, clock. Files are read below a root."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.doctor_finding import Finding, Severity

__all__ = ["ClockState", "Limits", "clock_findings", "kernel_findings", "read_clock", "read_limits"]

OPEN_FILES_MIN = 1_280
"""What a gateway with one session and the usual limits needs, where no configuration says."""
SOMAXCONN_MIN = 1_024
SWAPPINESS_MAX = 10
CLOCK_ERROR_MAX_US = 100_000
"""MaximumError of the clock from which SendingTime(52) begins to be doubtful."""

_FAST_CLOCKS = frozenset({"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"})
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


@dataclass(frozen=True)
class Limits:
    """Limits of this process, as it would hand them on; -1: none."""

    locked_memory_bytes: int
    open_files: int
    """The hard one: up to there the gateway raises its own."""
    core_bytes: int


@dataclass(frozen=True)
class ClockState:
    """What the kernel knows of its clock."""

    synchronized: bool
    max_error_us: int


def read_limits() -> Limits:
    """Read the limits of this process."""
    found = (
        resource.getrlimit(resource.RLIMIT_MEMLOCK)[0],
        resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        resource.getrlimit(resource.RLIMIT_CORE)[0],
    )
    return Limits(*(-1 if value == resource.RLIM_INFINITY else value for value in found))


class _Timex(ctypes.Structure):
    """The beginning of the kernel's struct timex (adjtimex(2)), with room for its end."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


def read_clock() -> ClockState | None:
    """Ask the kernel; None where it does not say (adjtimex is forbidden in some containers)."""
    asked = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return ClockState(state != _TIME_ERROR and not asked.status & _STA_UNSYNC, int(asked.maxerror))


def clock_findings(root: Path, clock: ClockState | None) -> Iterator[Finding]:
    """Judge the clock."""
    if clock is None:
        yield Finding(
            "clock",
            "synchronisation",
            Severity.NOTE,
            "the kernel does not say",
            "see on the host whether chrony or ntpd keeps its clock",
        )
    elif not clock.synchronized:
        yield Finding(
            "clock",
            "synchronisation",
            Severity.WARNING,
            "nothing keeps this machine's clock",
            "run chrony or ntpd (Debian: apt-get install chrony): venues refuse a SendingTime(52) that is off",
        )
    elif clock.max_error_us > CLOCK_ERROR_MAX_US:
        yield Finding(
            "clock",
            "synchronisation",
            Severity.WARNING,
            f"off by up to {clock.max_error_us / 1000:.0f} ms",
            "see `chronyc tracking`; nearer or more time servers make it better",
        )
    else:
        yield Finding(
            "clock",
            "synchronisation",
            Severity.OK,
            f"kept, off by at most {clock.max_error_us / 1000:.1f} ms",
        )
    source = _read(root / "sys/devices/system/clocksource/clocksource0/current_clocksource")
    if source and source not in _FAST_CLOCKS:
        yield Finding(
            "clock",
            "source",
            Severity.WARNING,
            f"{source}: every look at the clock is a system call",
            "have the kernel use tsc (boot with tsc=reliable where the processor allows it)",
        )
    elif source:
        yield Finding("clock", "source", Severity.OK, source)


def kernel_findings(root: Path, limits: Limits, files_needed: int = OPEN_FILES_MIN) -> Iterator[Finding]:
    """Judge the kernel's settings and this process' limits; `files_needed` is what the configuration asks for."""
    yield from _limits(limits, files_needed)
    yield from _huge_pages(root)
    yield from _swap(root)
    yield from _governor(root)
    somaxconn = _number(root / "proc/sys/net/core/somaxconn")
    if somaxconn is not None:
        low = somaxconn < SOMAXCONN_MIN
        yield Finding(
            "kernel",
            "net.core.somaxconn",
            Severity.NOTE if low else Severity.OK,
            str(somaxconn),
            f"sysctl -w net.core.somaxconn={SOMAXCONN_MIN}: many clients that connect at once are refused else"
            if low
            else "",
        )


def _limits(limits: Limits, files_needed: int) -> Iterator[Finding]:
    files = limits.open_files
    low = 0 <= files < files_needed
    yield Finding(
        "limits",
        "open files",
        Severity.WARNING if low else Severity.OK,
        _bound(files),
        f"ulimit -Hn {files_needed}, or LimitNOFILE={files_needed} in the unit; until then the gateway keeps what it"
        " needs itself and takes fewer connections than api.limits.connections"
        if low
        else "",
    )
    memory = limits.locked_memory_bytes
    low = 0 <= memory < 1 << 30
    yield Finding(
        "limits",
        "locked memory",
        Severity.NOTE if low else Severity.OK,
        _bound(memory, "bytes"),
        "ulimit -l unlimited, or LimitMEMLOCK=infinity: only then can memory be kept from being swapped"
        if low
        else "",
    )
    leaks = limits.core_bytes != 0
    yield Finding(
        "limits",
        "core files",
        Severity.NOTE if leaks else Severity.OK,
        _bound(limits.core_bytes, "bytes") if leaks else "none",
        "ulimit -c 0, or LimitCORE=0: a core file holds passwords and orders" if leaks else "",
    )


def _huge_pages(root: Path) -> Iterator[Finding]:
    modes = _read(root / "sys/kernel/mm/transparent_hugepage/enabled")
    chosen = next((word.strip("[]") for word in (modes or "").split() if word.startswith("[")), "")
    if not chosen:
        return
    always = chosen == "always"
    yield Finding(
        "kernel",
        "transparent huge pages",
        Severity.WARNING if always else Severity.OK,
        chosen,
        "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: the kernel stops the order path to join pages"
        if always
        else "",
    )


def _swap(root: Path) -> Iterator[Finding]:
    swaps = (_read(root / "proc/swaps") or "").splitlines()[1:]
    swappiness = _number(root / "proc/sys/vm/swappiness")
    if not swaps:
        yield Finding("kernel", "swap", Severity.OK, "none")
    elif swappiness is not None:
        high = swappiness > SWAPPINESS_MAX
        yield Finding(
            "kernel",
            "swap",
            Severity.WARNING if high else Severity.OK,
            f"{len(swaps)} areas, vm.swappiness {swappiness}",
            "sysctl -w vm.swappiness=1, or swapoff -a: an order must not wait for a page" if high else "",
        )


def _governor(root: Path) -> Iterator[Finding]:
    governors = {
        _read(path) or "" for path in root.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
    }
    governors.discard("")
    if not governors:
        return
    slow = governors != {"performance"}
    yield Finding(
        "kernel",
        "CPU governor",
        Severity.WARNING if slow else Severity.OK,
        ", ".join(sorted(governors)),
        "cpupower frequency-set -g performance: a processor that slept takes longer for the next order"
        if slow
        else "",
    )


def _bound(value: int, unit: str = "") -> str:
    return "unlimited" if value < 0 else f"{value:,} {unit}".rstrip()


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _number(path: Path) -> int | None:
    text = _read(path)
    return int(text) if text and text.isdecimal() else None


def process_lives(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
