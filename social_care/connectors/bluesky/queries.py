"""Bluesky's search language, written from the parts of a search.

Blanks part clauses, and every clause has to hold. `from:` and `mentions:` (a whole handle, one of each) and `lang:` (one)
are filters, `#tag` another, and what stands in quotation marks is a phrase. A handle that nobody has is no filter at all,
so people are checked again. The lexicon leaves "or" and "not" open, and servers differ there: those are never asked for.
Source: lexicon app.bsky.feed.searchPosts, https://bsky.social/about/blog/05-31-2024-search, and the search service's
parse_query.go (https://github.com/bluesky-social/indigo, search/; all read 2026-11).
"""

from __future__ import annotations

import re

from social_care.connectors.kit.queries import OPERATORS, write_words
from social_care.core.accounts import Search
from social_care.core.errors import Refused
from social_care.core.listening import BuiltQuery, Condition, SearchParts, Term, TermKind

HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
"""Source: https://atproto.com/specs/handle (read 2026-11)."""
PEOPLE = {TermKind.AUTHOR: "from", TermKind.MENTION: "mentions"}


def build_query(parts: SearchParts) -> BuiltQuery:
    """Return Bluesky's query for these parts, and what has to be checked of the hits. Raises: Refused."""
    left = {Condition.FOLLOWERS, Condition.NONE}
    if not parts.all_of and not parts.any_of:
        raise Refused("Bluesky needs a word, a phrase, a hashtag or a handle to look for.")
    if not parts.all_of and len(parts.any_of) > 1:
        raise Refused("Bluesky's search has no “any of these” to rely on: make a search for each.")
    alone = parts.any_of if len(parts.any_of) == 1 else ()
    if len(parts.any_of) > 1:
        left.add(Condition.ANY)
    pieces: dict[str, None] = {}
    asked: set[TermKind] = set()
    for condition, terms in ((Condition.ALL, parts.all_of), (Condition.ANY, alone)):
        for term in terms:
            piece = _write(term)
            if term.kind in PEOPLE:
                left.add(condition)
                if term.kind in asked:
                    continue
                asked.add(term.kind)
            pieces[piece] = None
    if len(parts.languages) == 1:
        pieces[f"lang:{parts.languages[0]}"] = None
    elif parts.languages:
        left.add(Condition.LANGUAGES)
    return BuiltQuery(query=" ".join(pieces), left=frozenset(left))


def query_of(search: Search) -> str:
    """Return what a server is asked for a saved search. Raises: Refused."""
    return search.query.strip() or build_query(search.parts).query


def _write(term: Term) -> str:
    """Return one term; whatever is in it stays inside its quotation marks. Raises: Refused."""
    if term.kind in PEOPLE:
        if not HANDLE.fullmatch(term.text):
            raise Refused(f"“@{term.text}” is no whole handle of Bluesky, such as @name.bsky.social.")
        return f"{PEOPLE[term.kind]}:{term.text}"
    if term.kind is TermKind.HASHTAG:
        return f"#{term.text}"
    return write_words(term.text, reserved=OPERATORS, emoji=True)
