"""Runs the command as a person does: arguments in; exit code and both outputs out."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from gateway.cli import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


def gateway(*arguments: object) -> Result:
    written = io.BytesIO()
    out, err = io.TextIOWrapper(written, "utf-8", write_through=True), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    out.flush()
    return Result(code, written.getvalue().decode(), err.getvalue())
