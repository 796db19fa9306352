"""Dependencies point one way, and importing has no side effects: read from the source, not from running it.

python -m tests.import_rules     prints every violation; exit code 1 where there is one
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FOUNDATION = frozenset({"gateway.config", "gateway.core", "gateway.v1"})
SERVICES = frozenset({"gateway.api", "gateway.store", "gateway.risk", "gateway.reconcile", "gateway.monitor"})

ALLOWED: Mapping[str, frozenset[str]] = {
    "gateway": frozenset(),
    "gateway.core": frozenset(),
    "gateway.v1": frozenset(),
    "gateway.ready": frozenset(),
    "gateway.sign_logon": frozenset(),
    "gateway.upkeep": FOUNDATION,
    "gateway.config": frozenset({"gateway.core"}),
    "gateway.client": frozenset({"gateway.v1"}),
    **dict.fromkeys(SERVICES, FOUNDATION),
    "gateway.daemon": FOUNDATION | SERVICES | {"gateway.ready", "gateway.upkeep"},
    "gateway.cli": FOUNDATION | SERVICES | {"gateway.ready", "gateway.daemon", "gateway.client"},
    "sim": frozenset(),
}
"""What each room may import of this project, besides itself."""

ROOTS = ("gateway", "sim")

STARTING_CALLS = frozenset(
    {
        "open", "print", "input", "exec", "eval", "main", "run", "start", "connect", "bind",
        "listen", "mkdir", "touch", "unlink", "write_text", "write_bytes", "read_text",
        "read_bytes", "Thread", "Timer", "Process", "Popen", "socket", "create_connection",
        "create_engine", "system", "fork", "getenv", "now", "time", "time_ns", "sleep",
        "basicConfig", "signal", "insecure_channel", "server", "NamedTemporaryFile", "mkdtemp",
    }
)  # fmt: skip
"""Names of calls that touch the world: threads, sockets, files, clocks, processes."""


@dataclass(frozen=True)
class Violation:
    """One rule broken in one line."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def room_of(module: str) -> str | None:
    """Give the room that a module is in; None for what is not of this project."""
    parts = module.split(".")
    if parts[0] not in ROOTS:
        return None
    return ".".join(parts[:2]) if parts[0] == "gateway" else parts[0]


def check_module(source: str, module: str, path: str) -> Iterator[Violation]:
    """Check one module's source."""
    tree = ast.parse(source, path)
    yield from _check_imports(tree, module, path)
    yield from _check_side_effects(tree, path)


def _check_imports(tree: ast.Module, module: str, path: str) -> Iterator[Violation]:
    room = room_of(module)
    allowed = ALLOWED.get(room or "")
    if allowed is None:
        yield Violation(path, 1, f"{module} is in no known room; add it to ALLOWED in tests/import_rules.py")
        return
    for node in ast.walk(tree):
        for target in _targets(node, module, is_package=path.endswith("__init__.py")):
            other = room_of(target)
            if target == "gateway" and module.startswith("gateway."):
                continue  # the package itself holds nothing; its path is asked for
            if other is not None and other != room and other not in allowed:
                may = ", ".join(sorted(allowed)) or "nothing else of this project"
                yield Violation(
                    path, getattr(node, "lineno", 1), f"{room} may import {may}; it imports {target}"
                )


def _targets(node: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = module.split(".")
            kept = parts[: len(parts) - node.level + is_package]
            base = ".".join([*kept, base] if base else kept)
        # `from gateway import api` names a room by its last word.
        yield from (f"{base}.{alias.name}" if base in ROOTS else base for alias in node.names)


def _check_side_effects(tree: ast.Module, path: str) -> Iterator[Violation]:
    for call in _calls_at_import(tree.body):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in STARTING_CALLS:
            yield Violation(path, call.lineno, f"calls {name}() when imported; move it into a function")


def _calls_at_import(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Find the calls that run when the module is imported: not those in functions, nor under `__main__`."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending.extend(node.decorator_list)
            pending.extend(default for default in node.args.defaults)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        pending.extend(ast.iter_child_nodes(node))


def check_python(root: Path) -> list[Violation]:
    """Check every module of the project below a root."""
    found: list[Violation] = []
    for top in ROOTS:
        for path in sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if parts[:2] == ("gateway", "v1"):
                continue  # generated
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.extend(check_module(path.read_text(), module, str(path.relative_to(root))))
    return found


def cpp_rooms(cmake: str) -> dict[str, frozenset[str]]:
    """Read which rooms each C++ room may include, from the add_room lines; transitive, as in CMake."""
    rooms: dict[str, frozenset[str]] = {}
    for match in re.finditer(r"^add_room\(([a-z_ ]+)\)", cmake, re.MULTILINE):
        name, *named = match[1].split()
        unknown = [room for room in named if room not in rooms]
        if unknown:
            raise ValueError(f"add_room({match[1]}) names {', '.join(unknown)} before its own add_room line")
        rooms[name] = frozenset(named).union(*(rooms[room] for room in named))
    return rooms


def check_cpp_source(
    source: str, room: str, rooms: Mapping[str, frozenset[str]], path: str
) -> Iterator[Violation]:
    """Check the includes of one C++ file."""
    for number, line in enumerate(source.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
        if match is None:
            continue
        other = match[1]
        if other in rooms and other != room and other not in rooms[room]:
            may = ", ".join(sorted(rooms[room])) or "no other room"
            yield Violation(path, number, f"{room} may include {may}; it includes {other}")


def check_cpp(root: Path) -> list[Violation]:
    """Check every file of every C++ room below a root."""
    core = root / "gateway" / "core"
    rooms = cpp_rooms((core / "CMakeLists.txt").read_text())
    found: list[Violation] = []
    for room in rooms:
        for path in sorted(core.glob(f"{room}/*.?pp")):
            found.extend(check_cpp_source(path.read_text(), room, rooms, str(path.relative_to(root))))
    return found


def main() -> int:
    violations = check_python(ROOT) + check_cpp(ROOT)
    for violation in violations:
        print(violation)
    if not violations:
        print("import rules: kept")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
