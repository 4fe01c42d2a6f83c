"""Polish sentiment by a lexicon of our own: beginnings of words, phrases, negation, intensifiers, what comes after "but".

A text without any of it is neutral where it asks or tells something, else nobody can say.
"""

from __future__ import annotations

import re
from functools import lru_cache

from social_care.insight import polish_lexicon as lexicon
from social_care.insight.folding import fold

REACH = 3
"""How many words a negator reaches."""
CLEAR = 1.0
"""Up to this sum there is no sentiment, or nobody can say which."""
BALANCED = 1.5
"""Praise and complaint that outweigh each other by less than so many times leave it open."""
_BY_STEM = {fold(stem): score for score, stems in lexicon.STEMS.items() for stem in stems.split()}
_LONGEST = max(map(len, _BY_STEM))
_EXACT = {fold(word): score for score, words in lexicon.EXACT.items() for word in words.split()}
_NEGATORS, _STRONGER, _WEAKER, _BUT, _THOUGH, _OPENERS = (
    frozenset(fold(words).split())
    for words in (lexicon.NEGATORS, lexicon.STRONGER, lexicon.WEAKER, lexicon.BUT, lexicon.THOUGH, lexicon.OPENERS)
)


def mood(text: str) -> tuple[float | None, str]:
    """Return from -1 to 1 how a text sounds, None where nobody can say, and up to three words that count."""
    written = re.findall(r"\w+(?:/\w+)?|[^\w\s'’-]+", text)
    words = [fold(word) for word in written]
    scores, taken = _of_phrases(words)
    for at, word in enumerate(words):
        if not taken[at]:
            scores[at] = _in_place(_of_word(word), words[max(at - REACH, 0) : at])
    opener = next((at for at, word in enumerate(words[:2]) if word in _OPENERS), None)
    if opener is not None and sum(scores[opener + 1 :]) < -CLEAR:
        scores[opener] = -abs(scores[opener])  # "Great, another delay"
    found = ", ".join(word for word, score in zip(written, scores, strict=True) if score)
    weighed = _weighed(words, scores)
    good, bad = sum(score for score in weighed if score > 0), -sum(score for score in weighed if score < 0)
    total = good - bad
    if abs(total) > CLEAR and max(good, bad) >= BALANCED * min(good, bad):
        return total / (total * total + 15) ** 0.5, ", ".join(found.split(", ")[:3])
    asks = "?" in text or bool(_asking().search(" ".join(words)))
    return (0.0 if asks and abs(total) <= CLEAR else None), ""


def _weighed(words: list[str], scores: list[float]) -> list[float]:
    """Let what stands after "but" count more than what stands before it, and what stands after "though" less."""
    if but := next((at for at, word in enumerate(words) if word in _BUT), 0):
        return [score * (0.5 if at < but else 1.5) for at, score in enumerate(scores)]
    if though := next((at for at, word in enumerate(words) if word in _THOUGH), 0):
        return [score * (1.5 if at < though else 0.5) for at, score in enumerate(scores)]
    return scores


# --- words ----------------------------------------------------------------------------------------------------------
def _in_place(score: float, before: list[str]) -> float:
    """Return what a word counts after those before it: negators turn it round, others strengthen or weaken it.

    They reach no further than to the next comma or full stop.
    """
    sign = next((at for at in range(len(before), 0, -1) if not before[at - 1][0].isalnum()), 0)
    before = before[sign:]
    if before and before[-1] in _STRONGER:
        score *= 1.4
    if before and before[-1] in _WEAKER:
        score *= 0.6
    return score * -0.8 if _NEGATORS & set(before) else score


def _of_word(word: str) -> int:
    """Return what the longest beginning of a word counts that the lexicon has; `nie` before a good one turns it round."""
    if word in _EXACT:
        return _EXACT[word]
    for length in range(min(len(word), _LONGEST), 2, -1):
        if word[:length] in _BY_STEM:
            return _BY_STEM[word[:length]]
    good = _of_word(word[3:]) if word.startswith("nie") and len(word) > 6 else 0
    return -good if good > 0 else 0


# --- phrases --------------------------------------------------------------------------------------------------------
def _of_phrases(words: list[str]) -> tuple[list[float], list[bool]]:
    """Return what phrases count, at their first words, and which words belong to one."""
    scores, taken = [0.0] * len(words), [False] * len(words)
    text, place = " ".join(words), 0
    for at, word in enumerate(words):
        begun = (one for length in range(1, len(word) + 1) for one in _phrases().get(word[:length], ()))
        found = [] if taken[at] else [(match, score) for pattern, score in begun if (match := pattern.match(text, place))]
        if found:
            longest, scores[at] = max(found, key=lambda one: len(one[0][0]))
            past = at + longest[0].count(" ") + 1
            taken[at:past] = [True] * (past - at)
        place += len(word) + 1
    return scores, taken


@lru_cache(maxsize=1)
def _phrases() -> dict[str, list[tuple[re.Pattern[str], int]]]:
    """Return the pattern of each phrase and what it counts, by how its first word begins."""
    scored = [(phrase, score) for score, phrases in lexicon.PHRASES.items() for phrase in phrases.split("; ")]
    by_beginning: dict[str, list[tuple[re.Pattern[str], int]]] = {}
    for phrase, score in [*scored, *((phrase, 0) for phrase in lexicon.HARMLESS.split("; "))]:
        first = fold(phrase).split()[0].rstrip("*")
        by_beginning.setdefault(first, []).append((re.compile(_pattern(phrase)), score))
    return by_beginning


@lru_cache(maxsize=1)
def _asking() -> re.Pattern[str]:
    return re.compile("|".join(map(_pattern, lexicon.ASKING.split("; "))))


def _pattern(phrase: str) -> str:
    """Return a pattern for folded words: a trailing `*` stands for any ending, `~` for up to two words."""
    words = [re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in fold(phrase).split()]
    return r"\b" + " ".join(words).replace(r" \~ ", r"(?: \w+){0,2} ") + r"(?!\w)"
