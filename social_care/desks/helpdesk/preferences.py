"""What customers want to get, in rows of Social Preference."""

from __future__ import annotations

from datetime import datetime

from social_care.core.events import PreferenceChanged
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Preference"


def save(account: str, event: PreferenceChanged, now: datetime) -> bool:
    """Keep a wish unless a later one is known; tell whether it changes anything."""
    at = event.at or now
    known = rows.row(
        "select name, wanted, since from `tabSocial Preference` where account = %(account)s and author_id = %(author)s"
        " and category = %(category)s for update",
        account=account,
        author=event.author_id,
        category=event.category,
    )
    values = {"wanted": int(event.wanted), "since": to_site(at)}
    if known is None:
        key = {"account": account, "author_id": event.author_id, "category": event.category}
        rows.insert(DOCTYPE, key | values)
        return not event.wanted
    since = from_site(known["since"])
    if since is not None and (at, bool(known["wanted"])) < (since, event.wanted):
        return False
    rows.update(DOCTYPE, known["name"], values)
    return bool(known["wanted"]) != event.wanted


def unwanted(account: str, author_id: str) -> frozenset[str]:
    """Return the categories that a customer does not want."""
    found = rows.rows(
        "select category from `tabSocial Preference` where account = %(account)s and author_id = %(author)s and wanted = 0",
        account=account,
        author=author_id,
    )
    return frozenset(row["category"] for row in found)
