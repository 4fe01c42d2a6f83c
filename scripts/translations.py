"""The app's texts, and their translations.

    python scripts/translations.py            collect the texts into locale/main.pot, bring every locale/*.po up to date
                                              (what is new stands there empty), and write translations/*.csv from them
    python scripts/translations.py --check    change nothing; end with 1 where one of these files is not up to date

Frappe 16 reads locale/*.po once `bench build` has compiled them; Frappe 15 and 16 read translations/*.csv as they are.
People and translation services edit the .po files; the .csv files are made from them. Needs Babel.
"""

from __future__ import annotations

import ast
import csv
import io
import itertools
import json
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from social_care.core.sentences import LEAST_WORDS

APP = Path(__file__).resolve().parents[1] / "social_care"
LOCALES, TABLES = APP / "locale", APP / "translations"
_JS_CALL = re.compile(r"""\b__\(\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""")
"""Babel's own reader of JavaScript misses a call inside another one's arguments."""
WITHOUT_FRAPPE = ("core", "engine", "connectors", "insight")
CHECKS = ("doctor.py", "desks/helpdesk/health.py")
"""Where `Finding`s are made: short lines, no sentences."""
FOUND = frozenset({"Finding", "_step"})
PARKED = frozenset({"Unknown", "UnreadablePayload", "Ignored"})
FILLED_IN = ("public", "private")
"""Words that sentences are filled in with."""
KEYS = ("label", "description")
"""Of a field, as doctypes and `install.py` define it."""


@lru_cache
def texts() -> tuple[str, ...]:
    """Return every text that people read and that Frappe can translate, each once, sorted."""
    found = (
        set(_of_checks())
        | set(_of_python())
        | set(_of_javascript())
        | set(_of_sentences())
        | set(_of_documents())
        | set(_of_custom_fields())
    )
    return tuple(sorted(text for text in found if any(c.isalpha() for c in text)))


def _of_python() -> Iterator[str]:
    for path in APP.rglob("*.py"):
        for _line, message, *_rest in extract_from_file("python", path, keywords={"_": None}):
            yield str(message)


def _of_sentences() -> Iterator[str]:
    """What the rooms without Frappe say: whole sentences, translated where they are shown (`core/sentences.py`).

    Reasons for parking a body stay out: they stand in the ledger, for whoever looks after the site.
    """
    for path in (one for room in WITHOUT_FRAPPE for one in (APP / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        unsaid = {id(inner) for node in ast.walk(tree) if _is_unsaid(node) for inner in ast.walk(node)}
        unsaid |= _pieces(tree)
        said = (_said(node) for node in ast.walk(tree) if id(node) not in unsaid)
        yield from (text for text in said if text and _is_sentence(text))
        yield from (word for node in ast.walk(tree) if isinstance(node, ast.keyword) and (word := _unit(node)))
    yield from FILLED_IN


def _of_checks() -> Iterator[str]:
    """What check-ups find and advise; a line of hardly any words of its own cannot be found again (`core/sentences.py`)."""
    for path in CHECKS:
        tree = ast.parse((APP / path).read_text(encoding="utf-8"))
        pieces = _pieces(tree)
        for node in (inner for outer in ast.walk(tree) if _is_finding(outer) for inner in ast.walk(outer)):
            if id(node) in pieces:
                continue
            own = re.sub(r"\{\w+\}", "", said := _said(node))
            if len(own) >= LEAST_WORDS and " " in own.strip():
                yield said


def _pieces(tree: ast.AST) -> set[int]:
    """Return the ids of the nodes that are only pieces of a longer text."""
    return {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}


def _is_finding(node: ast.AST) -> bool:
    """Tell whether a node makes a finding, or names what one says beforehand."""
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Name) and node.targets[0].id in ("what", "advice")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FOUND


def _is_unsaid(node: ast.AST) -> bool:
    """Tell whether what stands in a node is no sentence of its own: a docstring, a reason for parking."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in PARKED
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _said(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    places = itertools.count()
    return "".join(str(one.value) if isinstance(one, ast.Constant) else f"{{{next(places)}}}" for one in node.values)


def _unit(node: ast.keyword) -> str:
    """Return the name of a unit that lengths are told in."""
    return _said(node.value) if node.arg == "unit" else ""


def _is_sentence(text: str) -> bool:
    return (
        bool(re.fullmatch(r"(?s)(?:[A-Z“]|\{\w+\}['’ ]).* .*[.?!]", text))
        and len(re.sub(r"\{\w+\}", "", text)) > LEAST_WORDS
    )


def _of_javascript() -> Iterator[str]:
    for path in APP.rglob("*.js"):
        if "node_modules" not in path.parts:
            yield from (ast.literal_eval(found) for found in _JS_CALL.findall(path.read_text(encoding="utf-8")))


def _of_documents() -> Iterator[str]:
    """Doctypes, pages and workspaces: Frappe translates their labels when it shows them."""
    for path in APP.glob("*/*/*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.get("doctype") == "DocType":
            yield document["name"]
            for field in document["fields"]:
                yield from _of_field(field)
            yield from (link["group"] for link in document.get("links", []) if link.get("group"))
        elif document.get("doctype") in ("Page", "Workspace"):
            yield document["title"]
            for row in (*document.get("links", []), *document.get("shortcuts", [])):
                yield from (row[key] for key in ("label", "format") if row.get(key))
            blocks = json.loads(document.get("content") or "[]")
            yield from (re.sub("<[^>]+>", "", one["data"]["text"]) for one in blocks if one["type"] == "header")


def _of_field(field: dict[str, Any]) -> Iterator[str]:
    yield from (field[key] for key in KEYS if field.get(key))
    if field.get("fieldtype") == "Select":
        yield from (option for option in field.get("options", "").split("\n") if option)


def _of_custom_fields() -> Iterator[str]:
    for node in ast.walk(ast.parse((APP / "install.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            pairs = {
                key.value: value.value for key, value in zip(node.keys, node.values, strict=True) if _both_plain(key, value)
            }
            if "fieldtype" in pairs:
                yield from _of_field(pairs)


def _both_plain(key: ast.expr | None, value: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and isinstance(value, ast.Constant)


def template() -> Catalog:
    """Return the catalogue of all texts, untranslated."""
    catalog = Catalog(project="social_care", fuzzy=False, charset="utf-8")
    for text in texts():
        catalog.add(text)
    return catalog


def translated(locale: str) -> Catalog:
    """Return a language's catalogue: what is stored, brought up to date with the texts."""
    with (LOCALES / f"{locale}.po").open("rb") as file:
        catalog = read_po(file, locale=locale)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as a file holds it: without dates and places, which would change with every line of code."""
    output = io.BytesIO()
    write_po(output, catalog, width=0, sort_output=True, no_location=True, omit_header=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return header.encode() + output.getvalue()


def table(catalog: Catalog) -> bytes:
    """Return a catalogue as Frappe's table of texts and translations."""
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\n")
    rows.writerows((one.id, one.string) for one in sorted(catalog, key=lambda one: str(one.id)) if one.id and one.string)
    return output.getvalue().encode()


def files() -> dict[Path, bytes]:
    """Return what every file should hold."""
    wanted = {LOCALES / "main.pot": written(template())}
    for path in sorted(LOCALES.glob("*.po")):
        catalog = translated(path.stem)
        wanted[path] = written(catalog)
        wanted[TABLES / f"{path.stem}.csv"] = table(catalog)
    return wanted


def main() -> int:
    """Write, or compare."""
    wanted = files()
    stale = [path for path, content in wanted.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        print(path.relative_to(APP.parent))
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(wanted[path])
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
