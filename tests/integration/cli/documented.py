"""The commands that the documentation shows: read from the fenced blocks and the tables of its pages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Documented", "fenced_commands", "named_commands", "run_by_ci", "shown_outputs"]

ROOT = Path(__file__).parents[3]
_PAGES = ("*.md", "docs/**/*.md", "fix_specs/*.md", "ops/**/*.md")
_OUTSIDE = frozenset({"CHANGELOG.md"})
"""History: what it names was so then."""
_SHELLS = frozenset({"", "sh", "bash", "console"})
_COMMAND = re.compile(r"(?:\$ )?((?:gateway|python -m|make|pip install|zcat)(?: .*|$))")
_NAMED = re.compile(r"`((?:gateway\s+(?:[a-z]|--)|make\s+[a-z]|python\s|curl\s)[^`]*)`")
_OUTPUT = re.compile(r"gateway(?: [\d.]+ runs|  +)")


@dataclass(frozen=True)
class Documented:
    """A command as a page shows it, without its comment."""

    page: str
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def _pages() -> Iterator[tuple[str, str]]:
    for pattern in _PAGES:
        for path in sorted(ROOT.glob(pattern)):
            if path.name not in _OUTSIDE:
                yield str(path.relative_to(ROOT)), path.read_text()


def fenced_commands() -> list[Documented]:
    """Commands in fenced blocks of the shell, in the order of the pages, each once a page."""
    found: dict[Documented, None] = {}
    for page, text in _pages():
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            if language not in _SHELLS:
                continue
            for line in block.splitlines():
                shown = _COMMAND.match(line.strip())
                if shown and not _OUTPUT.match(shown[1]):
                    found[Documented(page, re.sub(r"\s+# .*", "", shown[1]).strip())] = None
    return list(found)


def shown_outputs() -> list[tuple[Documented, list[str]]]:
    """Commands behind a prompt (`$ `), each with the lines that the page shows below it, up to an empty one."""
    found = []
    for page, text in _pages():
        for command, lines in re.findall(r"^\$ (gateway .*)\n((?:(?!\$ |```).+\n)+)", text, re.MULTILINE):
            found.append((Documented(page, command.strip()), lines.splitlines()))
    return found


def named_commands() -> list[Documented]:
    """Commands that the text of a page names in backticks, in tables or outside."""
    found: dict[Documented, None] = {}
    for page, text in _pages():
        prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        for shown in _NAMED.findall(prose):
            found[Documented(page, " ".join(shown.replace("\\|", "|").split()))] = None
    return list(found)


def run_by_ci(text: str) -> bool:
    """Tell whether CI's script has this as a step: the same target of make with the same choice of what it is for."""
    words = [word for word in text.split() if not word.startswith("SECONDS=")]
    steps = re.findall(
        r"^[^#\n]*\bbounded \d+ (?:env \S+ )?(make .*)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE
    )
    return any(all(word in step.split() for word in words) for step in steps)
