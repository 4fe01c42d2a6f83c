"""X's search language, written from the parts of a search.

Source: https://docs.x.com/x-api/posts/search/integrate/build-a-query and .../operators (read 2026-11): words, "phrases",
@mentions, #hashtags and from: stand alone, lang: and is: only beside them; OR in brackets; a group cannot be negated. The
number of followers is no operator of self-serve plans.
"""

from __future__ import annotations

import re
from decimal import Decimal

from social_care.connectors.kit.queries import OPERATORS, write_words
from social_care.connectors.x import prices
from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.listening import BuiltQuery, Condition, SearchParts, Term, TermKind

LONGEST, LONGEST_ENTERPRISE = 512, 4096
"""Characters of a query. Source: X's published OpenAPI document and .../search/introduction (read 2026-11)."""
HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
LEFT = frozenset({Condition.FOLLOWERS})


def build_query(parts: SearchParts, account: Account) -> BuiltQuery:
    """Return X's query for these parts. Raises: Refused."""
    pieces = [_write(term) for term in parts.all_of]
    if parts.any_of:
        pieces.append(_either([_write(term) for term in parts.any_of]))
    if not pieces:
        raise Refused("X needs a word, a phrase, a hashtag or a handle to look for.")
    pieces += [f"-{_write(term)}" for term in parts.none_of]
    if parts.languages:
        pieces.append(_either([f"lang:{language}" for language in parts.languages]))
    if parts.without_reposts:
        pieces.append("-is:retweet")
    query = " ".join(pieces)
    longest = LONGEST_ENTERPRISE if account.options.get("x_reply_rule") == "Enterprise" else LONGEST
    if len(query) > longest:
        raise Refused(f"The search takes {len(query)} characters in X's search language, and X takes {longest}.")
    return BuiltQuery(query=query, left=LEFT)


def query_of(feed: str, account: Account) -> str:
    """Return what X is asked for the saved search of a feed. Raises: Refused."""
    name = feed.partition(":")[2]
    search = next((search for search in account.searches if search.name == name), None)
    if search is None:
        raise Refused(f"There is no search named {name!r} for this account.")
    return search.query or build_query(search.parts, account).query


def price_of_hits(hits: int) -> Decimal:
    """Return what reading so many posts costs at most: each with an author, and one post beside it."""
    return hits * (prices.POST_READ * 2 + prices.USER_READ)


def _either(pieces: list[str]) -> str:
    return f"({' OR '.join(pieces)})" if len(pieces) > 1 else pieces[0]


def _write(term: Term) -> str:
    """Return one term; whatever is in it stays inside its quotation marks. Raises: Refused."""
    if term.kind in (TermKind.MENTION, TermKind.AUTHOR):
        if not HANDLE.fullmatch(term.text):
            raise Refused(f"“@{term.text}” is no handle of X.")
        return f"@{term.text}" if term.kind is TermKind.MENTION else f"from:{term.text}"
    if term.kind is TermKind.HASHTAG:
        return f"#{term.text}"
    return write_words(term.text, reserved=OPERATORS, emoji=True)
