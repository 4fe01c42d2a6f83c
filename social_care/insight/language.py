"""Which language a text is in: what the platform says where that can be true, else py3langid's word.

py3langid is loaded when first asked: 70 MB with NumPy, half a second. Why this library: docs/insight.md.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from social_care.core.insight import NOT_WORDS

SURE = 0.2
"""The least probability that counts; below it stand texts of one or two words (docs/insight.md)."""
LEAST_LETTERS = 4
"""In a script that many languages share. One that few write tells its language with fewer."""
ASKED = """ar az be bg bn bs ca cs da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk
ml mn mr ms my ne nl nn no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh zxx"""
"""Those of the library's 139 that many people write; with the others among them, short texts are told far less often."""
NO_LANGUAGE = ("und", "zxx", "mis", "mul", "")
_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*\Z", re.IGNORECASE)
_SCRIPTS = (
    (re.compile(r"[\u0400-\u04ff]"), ["be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk", "uz"]),
    (re.compile(r"[\u0370-\u03ff]"), ["el"]),
    (re.compile(r"[\u3040-\u30ff]"), ["ja"]),
    (re.compile(r"[\uac00-\ud7af]"), ["ko"]),
    (re.compile(r"[\u0590-\u05ff]"), ["he", "yi", "iw"]),
    (re.compile(r"[\u0600-\u06ff]"), ["ar", "fa", "ur", "ps", "ku", "sd", "ug"]),
)
"""Scripts, and the languages written in them."""


def name_language(text: str, platform_tag: str | None) -> tuple[str, str]:
    """Return a language and how it is known (`platform` or `text`); ("", "") where nobody can be sure.

    A platform's tag is returned as it came, so with its region. Raises: ImportError without the library.
    """
    words = re.sub(r"[^\w\s'’]|[\d_]", " ", NOT_WORDS.sub(" ", text))
    words = " ".join(words.split())
    if platform_tag and is_plausible(platform_tag, words):
        return platform_tag, "platform"
    if len(words) < LEAST_LETTERS:
        return "", ""
    language, probability = _identifier().classify(words)
    if probability < SURE or language in NO_LANGUAGE:
        return "", ""
    return str(language), "text"


def is_plausible(tag: str, words: str) -> bool:
    """Tell whether a platform's tag names a language, and one that is written in the script of most of the letters."""
    base = re.split(r"[-_]", tag.lower())[0]
    if not _TAG.match(tag) or base in NO_LANGUAGE or (len(base) == 3 and base.startswith("q")):
        return False
    letters = sum(map(str.isalpha, words))
    for script, languages in _SCRIPTS:
        if len(script.findall(words)) * 2 > letters:
            return base in languages
    return True


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    full = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    full.set_languages(ASKED.split())
    table = full.nb_ptc, full.nb_pc, full.nb_classes  # one of its own lets the table of all languages go: 28 MB
    return LanguageIdentifier(*table, full.tk_nextmove, full.tk_output, norm_probs=True, tk_row=full.tk_row)
