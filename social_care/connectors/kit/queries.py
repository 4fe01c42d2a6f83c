"""What the search languages of platforms share."""

from __future__ import annotations

import re
from collections.abc import Collection

from social_care.core.errors import Refused

OPERATORS = frozenset({"or", "and", "not"})
PICTURES = 0x2000
"""Code points from here on may be emoji, which are no letters and can be looked for all the same."""


def write_words(words: str, *, reserved: Collection[str] = (), emoji: bool = False) -> str:
    """Return words as a search language takes them: one word as it is, all else within quotation marks.

    reserved: words in lower case that mean something else where they stand alone. Raises: Refused where nothing is in them
    to look for; with `emoji` those count, too.
    """
    if not any(character.isalnum() or (emoji and ord(character) > PICTURES) for character in words):
        raise Refused(f"“{words}” has no letters to look for.")
    plain = re.fullmatch(r"\w+", words) and words.lower() not in reserved
    return words if plain else '"' + words.replace('"', " ") + '"'
