"""Saved searches as the site keeps them."""

from __future__ import annotations

from typing import Any

from social_care.core.accounts import Search
from social_care.core.listening import Opens, SearchParts, read_terms
from social_care.desks.helpdesk import rows

OPENS = {"Ticket": Opens.TICKET, "Collect Only": Opens.COLLECT, "Ticket Where a Rule Says So": Opens.RULES}


def of_account(account: str) -> tuple[Search, ...]:
    """Return the searches of an account, also those that are switched off."""
    found = rows.rows("select * from `tabSocial Search` where account = %(account)s order by search_name", account=account)
    return tuple(read(row) for row in found)


def read(row: Any) -> Search:
    """Return a row, or a document that is not saved yet, as the engine knows it."""
    parts = SearchParts(
        all_of=read_terms(row["all_of"] or ""),
        any_of=read_terms(row["any_of"] or ""),
        none_of=read_terms(row["none_of"] or ""),
        languages=tuple(one.strip().lower() for one in (row["languages"] or "").split(",") if one.strip()),
        followers_at_least=int(row["followers_at_least"] or 0),
        without_reposts=bool(int(row["without_reposts"] or 0)),
    )
    opens = OPENS[row["opens"] or "Ticket"]
    query = (row["query"] or "").strip()
    return Search(
        name=row["search_name"] or "", query=query, parts=parts, opens=opens, enabled=bool(int(row["enabled"] or 0))
    )
