"""Every text that people read can be translated, and is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
APP = ROOT / "social_care"
LANGUAGES = ("pl", "sr")
CALL = {
    ".py": re.compile(r"""\b_\(\s*"((?:[^"\\]|\\.)*)"\s*[,)]"""),
    ".js": re.compile(r"""\b__\(\s*"((?:[^"\\]|\\.)*)"\s*[,)]"""),
}


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts/translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _catalog(name: str) -> dict[str, str]:
    with (APP / "locale" / name).open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


@pytest.mark.parametrize("path", sorted(p for p in APP.rglob("*") if p.suffix in CALL), ids=lambda p: p.name)
def test_every_call_is_in_the_template(path: Path):
    written = {found.replace('\\"', '"') for found in CALL[path.suffix].findall(path.read_text(encoding="utf-8"))}
    missing = written - set(_catalog("main.pot"))
    assert not missing, "python scripts/translations.py collects new texts"


def test_the_files_are_up_to_date():
    stale = [path.name for path, content in _script().files().items() if not path.exists() or path.read_bytes() != content]
    assert stale == [], "run: python scripts/translations.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str):
    untranslated = [text for text, translation in _catalog(f"{language}.po").items() if not translation]
    assert untranslated == [], f"{len(untranslated)} texts wait in locale/{language}.po"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_stays(language: str):
    for text, translation in _catalog(f"{language}.po").items():
        if translation:
            marks = [sorted(re.findall(r"\{\w*\}", one)) for one in (text, translation)]
            assert marks[0] == marks[1], f"{text!r} and {translation!r} name other values"


def test_serbian_is_written_in_cyrillic():
    """Names of products stay; a word of Latin letters elsewhere was forgotten, or typed on the wrong keyboard."""
    mixed = re.compile(r"\b(?=\w*[a-zA-Z])(?=\w*[\u0400-\u04ff])\w+\b")
    wrong = {word for text in _catalog("sr.po").values() for word in mixed.findall(text)}
    assert wrong == set(), "words of two alphabets"
