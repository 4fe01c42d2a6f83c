"""Mastodon's search language, written from the parts of a search.

Every clause has to hold; there is no "or", but for hashtags alone, which have timelines. What must hold, what must not,
and what filters stand in this order, each kind together: servers take the last run of a kind for all of it.
Source: https://docs.joinmastodon.org/user/network/#search and Mastodon's search_query_parser.rb and
search_query_transformer.rb (4.2 to 4.4, read 2026-11). That a mention is found by its words is unsure, so it is checked.
"""

from __future__ import annotations

from social_care.connectors.kit.queries import write_words
from social_care.core.accounts import Search
from social_care.core.errors import Refused
from social_care.core.listening import BuiltQuery, Condition, SearchParts, Term, TermKind

CHECKED = frozenset({Condition.FOLLOWERS})


def build_query(parts: SearchParts) -> BuiltQuery:
    """Return Mastodon's query for these parts, and what has to be checked of the hits. Raises: Refused."""
    wanted = parts.all_of or parts.any_of
    if not wanted:
        raise Refused("Mastodon needs a word, a phrase, a hashtag or a handle to look for.")
    if not (parts.all_of and parts.any_of) and all(term.kind is TermKind.HASHTAG for term in wanted):
        return _hashtags(wanted)
    return _words(parts)


def query_of(search: Search) -> str:
    """Return what a server is asked for a saved search. Raises: Refused."""
    return search.query.strip() or build_query(search.parts).query


def _hashtags(terms: tuple[Term, ...]) -> BuiltQuery:
    """Return the hashtags whose timelines are read, any of them; everything else is checked."""
    return BuiltQuery(query=" ".join(f"#{term.text}" for term in terms), left=frozenset(Condition) - {Condition.ANY})


def _words(parts: SearchParts) -> BuiltQuery:
    left = set(CHECKED)
    must: list[str] = []
    filters: list[str] = []
    alone = parts.any_of if len(parts.any_of) == 1 else ()
    for condition, terms in ((Condition.ALL, parts.all_of), (Condition.ANY, alone)):
        for term in terms:
            (filters if term.kind is TermKind.AUTHOR else must).append(_write(term))
            if term.kind is TermKind.MENTION:
                left.add(condition)
    if len(parts.any_of) > 1:
        if not parts.all_of:
            raise Refused("Mastodon's search has no “any of these”, but for hashtags alone: make a search for each.")
        left.add(Condition.ANY)
    if any(term.kind in (TermKind.MENTION, TermKind.AUTHOR) for term in parts.none_of):
        left.add(Condition.NONE)
    without = [f"-{_write(one)}" for one in parts.none_of if one.kind in (TermKind.WORDS, TermKind.HASHTAG)]
    if len(parts.languages) == 1:
        filters.append(f"language:{parts.languages[0]}")
    elif parts.languages:
        left.add(Condition.LANGUAGES)
    return BuiltQuery(query=" ".join([*must, *without, *filters]), left=frozenset(left))


def _write(term: Term) -> str:
    """Return one term; whatever is in it stays inside its quotation marks. Raises: Refused."""
    if term.kind is TermKind.AUTHOR:
        return f"from:@{term.text}"
    if term.kind is TermKind.HASHTAG:
        return f"#{term.text}"
    return write_words(term.text)
