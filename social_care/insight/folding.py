"""Texts as people type them: without capitals and accents, Serbian in either script, all as plain Latin letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = dict(
    zip(
        "абвгдежзијклмнопрстћуфхцчшђљњџłđ’",
        (*"abvgdežzijklmnoprst", "c", *"ufhcč", "s", "dj", "lj", "nj", "dz", "l", "dj", "'"),
        strict=True,
    )
)


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    low = letter.casefold()
    plain = unicodedata.normalize("NFKD", _LETTERS.get(low, low))
    return "".join(one for one in plain if not unicodedata.combining(one))


def fold(text: str) -> str:
    """Return a text in plain small Latin letters: `Żądam` and `Тужба` become `zadam` and `tuzba`."""
    return "".join(map(_fold_letter, unicodedata.normalize("NFC", text)))


class Phrases:
    """Words and phrases to look for, written as people should write them; a trailing `*` stands for any ending."""

    def __init__(self, phrases: dict[str, tuple[str, ...]]) -> None:
        """Take the phrases of each topic; topics that come first are looked for first."""
        self._patterns = {topic: _pattern(these) for topic, these in phrases.items() if these}

    def find(self, text: str) -> list[tuple[str, str]]:
        """Return for each topic that a text has: the topic, and the first of its phrases as the customer wrote it."""
        text = unicodedata.normalize("NFC", text)
        pieces = [_fold_letter(letter) for letter in text]
        folded = "".join(pieces)
        found = []
        for topic, pattern in self._patterns.items():
            if match := pattern.search(folded):
                found.append((topic, _original(text, pieces, *match.span())))
        return found


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_one(fold(phrase)) for phrase in phrases)})(?!\w)")


def _one(phrase: str) -> str:
    words = [re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in phrase.split()]
    return r"\W+".join(words)


def _original(text: str, pieces: list[str], start: int, end: int) -> str:
    """Return what stands in a text where its folded form has this span; letters may have become two, or none."""
    at, kept = 0, []
    for letter, piece in zip(text, pieces, strict=True):
        if start <= at < end:
            kept.append(letter)
        at += len(piece)
    return " ".join("".join(kept).split())
