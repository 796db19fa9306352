"""What the README shows is what happens, and what the documents link to is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.processes import RunningGateway

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "fix_specs/*.md", "ops/**/*.md")
    for path in ROOT.glob(pattern)
)


def test_readme_example_of_the_sdk_submits_and_shows_an_order(gateway: RunningGateway) -> None:
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    code = example[1].replace("127.0.0.1:7010", gateway.ready["api"])
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    assert "client_order_id" in ended.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing
