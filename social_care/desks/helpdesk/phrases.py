"""What the engine and the connectors say, in the language of whoever reads it."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import frappe
from frappe import _

from social_care.core.findings import Finding
from social_care.core.sentences import Phrasebook

TABLES = Path(__file__).resolve().parents[2] / "translations"


def translated(sentence: object) -> str:
    """Return a finished sentence (an error, too) in the reader's language, in English where it has no translation."""
    language = frappe.local.lang or "en"
    return str(sentence) if language == "en" else _phrasebook(language).translate(str(sentence), _)


def translated_finding(finding: Finding) -> Finding:
    """Return what a check-up found, in the reader's language: the whole line, else what comes after a name."""
    return replace(finding, what=_line(finding.what), advice=_line(finding.advice))


def _line(text: str) -> str:
    whole = translated(text)
    name, colon, rest = text.partition(": ")
    return f"{name}{colon}{translated(rest)}" if whole == text and colon else whole


@lru_cache(maxsize=16)
def _phrasebook(language: str) -> Phrasebook:
    """Return the templates that a language has translations of; a variant (`sr-SP`) has those of its language."""
    names = (language, language.replace("-", "_").partition("_")[0])
    path = next((one for name in names if (one := TABLES / f"{name}.csv").exists()), None)
    if path is None:
        return Phrasebook(())
    with path.open(encoding="utf-8", newline="") as file:
        return Phrasebook(row[0] for row in csv.reader(file) if row)
