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
