"""Translations arrive where Frappe looks for them."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(("language", "text"), [("pl", "Nie wysłano dwa razy"), ("sr", "Није послато двапут")])
def test_frappe_finds_the_translations(site: Any, monkeypatch: pytest.MonkeyPatch, language: str, text: str):
    from frappe.translate import get_translations_from_apps

    assert get_translations_from_apps(language, ["social_care"])["Not sent twice"] == text
    monkeypatch.setattr(site.local, "lang", language)
    assert site._("Not sent twice") == text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("pl", "X nie przyjmuje plików (odpowiedź: publiczna)."),
        ("sr", "X не прима датотеке (одговор: јаван)."),
        ("de", "X takes no files with a public reply."),
        ("en", "X takes no files with a public reply."),
    ],
)
def test_what_the_engine_says_is_shown_in_the_readers_language(
    site: Any, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str
):
    from social_care.core.errors import Refused
    from social_care.desks.helpdesk.phrases import translated

    monkeypatch.setattr(site.local, "lang", language)
    assert translated(Refused("X takes no files with a public reply.")) == sentence


def test_what_a_check_up_finds_is_shown_in_the_readers_language(site: Any, monkeypatch: pytest.MonkeyPatch):
    from social_care.core.findings import Finding
    from social_care.desks.helpdesk.phrases import translated_finding

    monkeypatch.setattr(site.local, "lang", "pl")
    step = "the platform pushes (polling works without)"
    found = translated_finding(
        Finding(what=step, advice="press the button for signing in, or fill them in on the tab Connection")
    )
    assert found.what == "platforma wysyła powiadomienia (odpytywanie działa i bez tego)"
    assert found.advice == "naciśnij przycisk logowania albo wypełnij je na karcie Połączenie"
    said = translated_finding(Finding(what="Northwind: “@x y” is no handle of X.", bad=True))
    assert (said.what, said.bad) == ("Northwind: „@x y” nie jest nazwą użytkownika X.", True)
