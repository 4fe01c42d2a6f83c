"""The documents say what is so: the table is current, links lead somewhere, commands exist, every platform has its page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from social_care.cli import main
from social_care.connectors import registry

ROOT = Path(__file__).parent.parent
SKIPPED = {"node_modules", "env", "venv", "build", "dist"}
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part in SKIPPED or part.startswith(".") for part in path.relative_to(ROOT).parts)
)
HEADINGS = ("Permissions", "Set-up", "Prices", "Limits", "Quirks", "Unsure")
"""What every platform's page has to speak of, even if only to say that there is none."""

_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)")
_COMMAND = re.compile(r"(bench --site \w+ )?\bsocial-care ([a-z]+)((?: [^`&#\n]*)?)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+?)\s*$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = sum(1 for one in found if one == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", one))
        found.add(f"{slug}-{number}" if number else slug)
    return found


def test_there_are_pages() -> None:
    assert {"README.md", "CONTRIBUTING.md", "ADDING_A_PLATFORM.md", "CHANGELOG.md"} <= {name_of(page) for page in PAGES}


def test_the_table_of_abilities_is_current() -> None:
    run = subprocess.run(  # noqa: S603
        [sys.executable, str(ROOT / "scripts/abilities.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("platform", registry.platforms())
def test_every_platform_has_its_page(platform: str) -> None:
    page = ROOT / "docs/platforms" / f"{platform}.md"
    assert page.exists(), f"write {name_of(page)}: what to ask for, how to set it up, prices, limits, quirks"
    text = page.read_text(encoding="utf-8")
    for heading in HEADINGS:
        assert re.search(rf"^## {heading}\b", text, re.MULTILINE), f"{name_of(page)} has no chapter '{heading}'"
    assert re.search(r"https://\S+.*\b20\d\d-\d\d\b", text), f"{name_of(page)}: quirks need a source and a date"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        found = (page.parent / place).resolve() if place else page
        assert found.exists(), f"{name_of(page)}: {target} is not there"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), f"{name_of(page)}: {target} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_commands_exist(page: Path) -> None:
    for bench, verb, rest in _COMMAND.findall(page.read_text(encoding="utf-8")):
        assert verb in main.commands, f"{name_of(page)}: there is no `social-care {verb}`"
        known = {option for parameter in main.commands[verb].params for option in parameter.opts} | {"--help"}
        if bench:  # the same verbs, but the doctor has options of its own there; that module needs Frappe
            known |= set(re.findall(r'"(--[a-z-]+)"', (ROOT / "social_care/commands.py").read_text(encoding="utf-8")))
        for option in re.findall(r"--[a-z][a-z-]*", rest):
            assert option in known, f"{name_of(page)}: `social-care {verb}` has no {option}"


def test_the_first_screen_has_both_commands() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30]
    assert "pip install . && social-care demo" in first_screen
    assert 'pip install ".[test]" && pytest' in first_screen
