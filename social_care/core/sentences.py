"""Finished sentences in another language.

The engine and the connectors know no language but English: they say what they have to say in whole sentences. These are also
stored (why a reply failed, what was noted with a message) and then read by people of several languages. So a sentence is
translated where it is shown, by finding the template it was made from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_PLACE = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
"""A place, perhaps with how its value is written (`{units:,}`)."""
LEAST_WORDS = 12
"""So many characters of a template have to be its own; with fewer it would fit anything."""

MOST_CHARACTERS = 1000
"""What is longer is nothing we say."""


class Phrasebook:
    """Finds of which template a sentence was made; templates have places like `{0}` or `{title}`."""

    def __init__(self, templates: Iterable[str]) -> None:
        """Take the templates that there are; those without places, or with hardly any words, are left out."""
        usable = [one for one in set(templates) if _PLACE.search(one) and _own_length(one) >= LEAST_WORDS]
        usable.sort(key=lambda one: (-_own_length(one), one))
        self._patterns = [(_pattern(one), one) for one in usable]

    def translate(self, sentence: str, say: Callable[[str], str]) -> str:
        """Return a sentence in another language, as it is where no template fits.

        say: returns the translation of a template, or the same text where there is none. What was filled in is translated
        as well, since it may be a sentence or a word of ours.
        """
        whole = say(sentence)
        if whole != sentence or len(sentence) > MOST_CHARACTERS:
            return whole
        for pattern, template in self._patterns:
            found = pattern.fullmatch(sentence)
            if found and (translated := say(template)) != template:
                said = [self.translate(value, say) for value in found.groups()]
                return _filled(translated, dict(zip(_PLACE.findall(template), said, strict=True)))
        return sentence


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def _own_length(template: str) -> int:
    return len(_PLACE.sub("", template))


def _pattern(template: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _PLACE.split(template)[::2]]
    return re.compile("(.+?)".join(parts), re.DOTALL)
