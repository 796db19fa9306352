"""ops/build/check-prerequisites names what is missing, one line each, and judges tools by what they can do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "ops" / "build" / "check-prerequisites"


def check(python: object, cxx: object) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(SCRIPT), str(python), str(cxx)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def tool(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def compiler() -> str:
    found = os.environ.get("CXX") or shutil.which("g++") or shutil.which("c++")
    assert found is not None
    return found


def test_machine_that_built_this_has_all_that_is_needed(compiler: str) -> None:
    result = check(sys.executable, compiler)
    assert (result.returncode, result.stderr) == (0, "")


def test_missing_python_is_named(compiler: str) -> None:
    result = check("/no/such/python3", compiler)
    assert result.returncode == 1
    assert result.stderr.startswith("make: need Python >= 3.11; found no /no/such/python3; install it")
    assert len(result.stderr.splitlines()) == 1


def test_old_python_is_named_with_its_version(tmp_path: Path, compiler: str) -> None:
    old = tool(tmp_path, "python3", 'case "$2" in *version_info\\ \\<*) exit 1;; *) echo 3.9.2;; esac')
    result = check(old, compiler)
    assert result.returncode == 1
    assert result.stderr.startswith(f"make: need Python >= 3.11; found {old} 3.9.2; run make PYTHON=")


def test_python_without_venv_and_headers_names_both_packages(tmp_path: Path, compiler: str) -> None:
    bare = tool(
        tmp_path,
        "python3",
        'case "$2" in *venv*|*Python.h*) exit 1;; *"print("*) echo 3.11.2;; *) exit 0;; esac',
    )
    result = check(bare, compiler)
    assert result.returncode == 1
    assert ["python3.11-venv" in line or "python3.11-dev" in line for line in result.stderr.splitlines()] == [
        True
    ] * 2


def test_missing_compiler_is_named() -> None:
    result = check(sys.executable, "/no/such/g++")
    assert result.returncode == 1
    assert result.stderr == (
        "make: need a C++20 compiler; found no /no/such/g++; "
        "install g++ >= 12 (Debian: apt-get install g++) or set CXX\n"
    )


def test_compiler_that_cannot_compile_cpp20_is_named_with_its_version(tmp_path: Path) -> None:
    old = tool(tmp_path, "g++", '[ "$1" = --version ] && echo "g++ 9.4.0" && exit 0\nexit 1')
    result = check(sys.executable, old)
    assert result.returncode == 1
    assert result.stderr.startswith("make: need a C++20 compiler; found g++ 9.4.0; install g++ >= 12")


def test_everything_that_is_missing_is_named_at_once() -> None:
    result = check("/no/such/python3", "/no/such/g++")
    assert len(result.stderr.splitlines()) == 2


def test_missing_openssl_is_named(tmp_path: Path, compiler: str) -> None:
    without = tool(tmp_path, "g++", f'case "$*" in *-lssl*) exit 1;; *) exec {compiler} "$@";; esac')
    result = check(sys.executable, without)
    assert result.returncode == 1
    assert result.stderr.startswith("make: need OpenSSL >= 3.0 with its headers; ")
    assert "apt-get install libssl-dev" in result.stderr
    assert len(result.stderr.splitlines()) == 1
