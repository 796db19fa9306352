"""Lay out the SDK as a distribution of its own, in pure Python: what `pip wheel` then makes a wheel of.

    python ops/build/client_package.py FOLDER

Holds gateway.client and the messages of gateway.v1, made from the .proto files; nothing that is compiled, and
nothing of the server. FOLDER is made anew.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "ops" / "build" / "client" / "pyproject.toml.in"


def lay_out(folder: Path) -> None:
    """Write the distribution. Raises OSError; SystemExit where protoc fails."""
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "gateway"
    shutil.copytree(
        ROOT / "gateway" / "client", package / "client", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "gateway" / "__init__.py", package)
    (package / "py.typed").touch()
    make_messages(folder)
    shutil.copy(ROOT / "docs" / "sdk.md", folder / "README.md")
    shutil.copy(ROOT / "LICENSE", folder)
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    packages = sorted(
        ".".join(each.parent.relative_to(folder).parts) for each in package.rglob("__init__.py")
    )
    facts = {
        "VERSION": version,
        "PROTOBUF": protobuf_needed((package / "v1" / "types_pb2.py").read_text()),
        "PACKAGES": ", ".join(f'"{name}"' for name in packages),
    }
    project = re.sub(r"@([A-Z]+)@", lambda match: facts[match[1]], TEMPLATE.read_text())
    (folder / "pyproject.toml").write_text(project)


def make_messages(folder: Path) -> None:
    """Make gateway/v1 below a folder: messages and their types; the SDK needs no stubs of services."""
    target = folder / "gateway" / "v1"
    target.mkdir(parents=True)
    (target / "__init__.py").touch()
    protos = sorted((ROOT / "proto" / "gateway" / "v1").glob("*.proto"))
    includes = [f"-I{ROOT / 'proto'}", f"-I{files('grpc_tools') / '_proto'}"]
    code = protoc.main(
        ["protoc", *includes, f"--python_out={folder}", f"--pyi_out={folder}", *map(str, protos)]
    )
    if code:
        raise SystemExit(f"client_package: protoc ended with {code}; its messages are above")


def protobuf_needed(module: str) -> str:
    """Read from a generated module which runtime it asks for at least."""
    version = re.search(r"^# Protobuf Python Version: ([0-9.]+)$", module, re.MULTILINE)
    if version is None:
        raise SystemExit("client_package: expected generated code to name its protobuf version")
    return version[1]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    lay_out(Path(sys.argv[1]))
