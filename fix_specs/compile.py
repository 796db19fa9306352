"""Compile dictionaries for the core's own tests: python fix_specs/compile.py --output DIR FILE.xml ...

The gateway compiles the dictionaries that it uses by itself (gateway.config.dictionaries). The core's build
needs them before there is a package to import, so this script makes the compiler importable without running
`gateway/__init__.py`, which may need the built extension. Nothing beyond the standard library is used.
"""

from __future__ import annotations

import argparse
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for name in ("gateway", "gateway.config"):
    package = types.ModuleType(name)
    package.__path__ = [str(ROOT / name.replace(".", "/"))]
    sys.modules[name] = package

from gateway.config.dictionaries import DictionaryError, compile_dictionary  # noqa: E402 - see above


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Compile FIX dictionaries into the form that the core loads."
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for <name>.dictionary")
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for path in options.files:
        try:
            blob = compile_dictionary(path)
        except DictionaryError as error:
            print(error, file=sys.stderr)
            return 1
        (options.output / f"{path.stem}.dictionary").write_bytes(blob)
    return 0


if __name__ == "__main__":
    sys.exit(main())
