"""What a saved search looks for, in parts that every platform understands in its own way, and what its hits open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from social_care.core.events import MessageReceived
from social_care.core.routing import has_word


class Opens(str, Enum):
    """What a hit opens. RULES: a ticket where a routing rule of the team asks for one, else it is collected."""

    TICKET = "ticket"
    COLLECT = "collect"
    RULES = "by rules"


class TermKind(str, Enum):
    """What one line of a search stands for."""

    WORDS = "words"
    """A word, or a phrase of several in this order."""
    MENTION = "mention"
    HASHTAG = "hashtag"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing to look for. text: without its sign (@, #), quotation marks and control characters."""

    kind: TermKind
    text: str


class Condition(str, Enum):
    """A part of a search that may have to be checked after fetching."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    LANGUAGES = "languages"
    FOLLOWERS = "followers"


ON_AUTHOR_AND_LANGUAGE = frozenset({Condition.LANGUAGES, Condition.FOLLOWERS})
"""What is checked after fetching where somebody wrote the query by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParts:
    """What to look for; an empty part asks nothing.

    languages: ISO 639-1. followers_at_least: of the author, 0 for no condition. without_reposts: a repost is never a
    message to us; leaving them out where the platform can saves reading them.
    """

    all_of: tuple[Term, ...] = ()
    any_of: tuple[Term, ...] = ()
    none_of: tuple[Term, ...] = ()
    languages: tuple[str, ...] = ()
    followers_at_least: int = 0
    without_reposts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltQuery:
    """What a platform is asked. left: what its search cannot express, to be checked when the hits are here."""

    query: str
    left: frozenset[Condition] = frozenset()


_HANDLE = r"[\w.-]*\w(?:@[\w.-]*\w)?"
_SIGNS = (
    (TermKind.AUTHOR, re.compile(rf"from:\s*@?({_HANDLE})", re.IGNORECASE)),
    (TermKind.MENTION, re.compile(rf"@({_HANDLE})")),
    (TermKind.HASHTAG, re.compile(r"#(\w+)")),
)
_BREAKS_OUT = re.compile(r"[\"“”„«»\\*\x00-\x1f\x7f]")
"""What could end a quotation, or means more than itself, in the search language of some platform."""


def read_terms(lines: str) -> tuple[Term, ...]:
    """Return the terms of a text, one a line: `word`, `several words`, `@handle`, `#hashtag`, `from:@handle`."""
    return tuple(term for line in lines.splitlines() if (term := _read_term(line)) is not None)


def _read_term(line: str) -> Term | None:
    line = " ".join(_BREAKS_OUT.sub(" ", line).split())
    for kind, pattern in _SIGNS:
        if found := pattern.fullmatch(line):
            return Term(kind=kind, text=found[1])
    return Term(kind=TermKind.WORDS, text=line) if line else None


def misfit(parts: SearchParts, left: Iterable[Condition], event: MessageReceived) -> str:
    """Return why a hit is none after all, as the end of a sentence, "" when it fits. What is unknown does not fit."""
    left, author = frozenset(left), event.author
    followers, language = author.followers if author else None, (event.language or "").lower()[:2]
    if Condition.ALL in left and (missing := [term for term in parts.all_of if not _holds(term, event)]):
        return f"it does not have “{missing[0].text}”"
    if Condition.ANY in left and parts.any_of and not any(_holds(term, event) for term in parts.any_of):
        return "it has none of the words"
    if Condition.NONE in left and (unwanted := [term for term in parts.none_of if _holds(term, event)]):
        return f"it has “{unwanted[0].text}”"
    if Condition.LANGUAGES in left and parts.languages and language not in parts.languages:
        return f"its language is {language or 'unknown'}"
    if Condition.FOLLOWERS in left and (followers or 0) < parts.followers_at_least:
        return f"its author has {'an unknown number of' if followers is None else followers} followers"
    return ""


def _holds(term: Term, event: MessageReceived) -> bool:
    if term.kind is TermKind.WORDS:
        return has_word(event.text, (term.text,))
    if term.kind is TermKind.AUTHOR:
        handle = (event.author.handle if event.author else None) or ""
        return handle.lstrip("@").casefold() == term.text.casefold()
    sign = "@" if term.kind is TermKind.MENTION else "#"
    return re.search(rf"(?<!\w){sign}{re.escape(term.text)}(?!\w)", event.text, re.IGNORECASE) is not None
