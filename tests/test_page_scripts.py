"""The files that browsers load: each import carries the version on, and each text can be translated."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent.parent / "social_care/public/js/ticket_page").glob("*.js"))
NODE = shutil.which("node")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_imports_carry_the_version_on(path: Path):
    """Browsers keep assets for long: a module imported without `?v=` would stay old after an update."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*import\s", text, re.MULTILINE), f"{path.name}: a static import cannot hand the version on"
    for address in re.findall(r"import\(`(\./[^`]+)`\)", text):
        assert address.endswith(("${version}", "${new URL(import.meta.url).search}")), (
            f"{path.name} imports {address} without it"
        )
    for name in re.findall(r"import\(`\./(\w+\.js)", text):
        assert (path.parent / name).exists(), f"{path.name} imports {name}, which is not there"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_nothing_of_customers_becomes_html(path: Path):
    assert not re.search(r"\binnerHTML\s*=|insertAdjacentHTML|document\.write", path.read_text(encoding="utf-8"))


@pytest.mark.skipif(NODE is None, reason="syntax of the page's scripts: SKIPPED, there is no node")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_syntax(path: Path):
    check = [str(NODE), "--check", "--input-type=module"]
    done = subprocess.run(check, input=path.read_bytes(), capture_output=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()


def test_there_are_scripts():
    assert {"main.js", "panel.js", "composer.js"} <= {path.name for path in SCRIPTS}
