"""Saved searches: what the platform is asked, and which of them brought a message."""

from __future__ import annotations

from social_care.core.accounts import Account, Search
from social_care.core.errors import Refused
from social_care.core.listening import ON_AUTHOR_AND_LANGUAGE, BuiltQuery, Condition
from social_care.core.ports import BuildsQueries, Connector

FEED = "search:"


def ask(search: Search, account: Account, connector: Connector) -> BuiltQuery:
    """Return what a platform is asked for a search. Raises: Refused, with a sentence, when it cannot be asked."""
    if not connector.capabilities.search:
        raise Refused(f"{connector.title} cannot be searched: choose an account of another platform.")
    if search.query:
        return BuiltQuery(query=search.query, left=ON_AUTHOR_AND_LANGUAGE)
    if not isinstance(connector, BuildsQueries):
        raise Refused(f"For {connector.title} the query has to be written by hand, in its own search language.")
    return connector.build_query(search.parts, account)


def search_of(feed: str, account: Account) -> Search | None:
    """Return the search whose feed this is, None for another feed, and for a search that was deleted."""
    return next((search for search in account.searches if feed == f"{FEED}{search.name}"), None)


def left_to_check(search: Search, account: Account, connector: Connector) -> frozenset[Condition]:
    """Return what has to be checked of a hit; everything, where the platform can no longer be asked like that."""
    try:
        return ask(search, account, connector).left
    except Refused:
        return frozenset(Condition)
