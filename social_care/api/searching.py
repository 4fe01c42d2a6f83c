"""What the form of a Social Search asks before it is saved."""

from dataclasses import replace
from typing import Any

import frappe
from frappe import _

from social_care import jobs
from social_care.api.accounts import refused_in_words
from social_care.core.accounts import Account, Search
from social_care.core.events import MessageReceived
from social_care.core.listening import Condition
from social_care.core.ports import Connector
from social_care.desks.helpdesk import insight, searches
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import to_site, utc_now
from social_care.engine import trying
from social_care.engine.listening import ask
from social_care.wiring import load_connector, load_insight

LONGEST_SHOWN = 300


@frappe.whitelist(methods=["POST"])
def describe_search(search: dict[str, Any] | str) -> dict[str, Any]:
    """Return what the platform would be asked, and what trying costs at most (`price`, US dollars, "" for nothing)."""
    wanted, account, connector = _read(search)
    with refused_in_words(_("The search cannot be made")):
        query = ask(wanted, account, connector).query
    price = trying.price_at_most(connector)
    return {"query": query, "price": f"{price:.2f}" if price else ""}


@frappe.whitelist(methods=["POST"])
def try_search(search: dict[str, Any] | str) -> dict[str, Any]:
    """Ask the platform once; return the hits, newest first, each with `why` it would be no ticket ("" for a ticket)."""
    wanted, account, connector = _read(search)
    desk = HelpdeskDesk()
    with refused_in_words(_("The search could not be tried")):
        found = trying.try_search(
            wanted,
            account,
            desk=desk,
            connector=connector,
            connect=jobs.connect,
            clock=utc_now,
            insight=load_insight(insight.options()),
        )
    return {
        "query": found.asked.query,
        "left": _checked_after(wanted, found),
        "cost": f"{found.cost:.3f}" if found.cost else "",
        "hits": [_shown(hit) for hit in found.hits],
    }


def _read(search: dict[str, Any] | str) -> tuple[Search, Account, Connector]:
    """Return a search that need not be saved yet, with its account, for which it is the only one."""
    frappe.has_permission("Social Search", "write", throw=True)
    document = frappe.get_doc({**frappe.parse_json(search), "doctype": "Social Search"})
    if not document.account:
        frappe.throw(_("Choose an account first."))
    document.run_method("validate")
    wanted = searches.read(document.as_dict())
    account = HelpdeskDesk().accounts.get(document.account)
    return wanted, replace(account, searches=(wanted,)), load_connector(account.platform)


def _checked_after(search: Search, found: trying.Trial) -> list[str]:
    asked = {
        Condition.ALL: (search.parts.all_of, _("all of these words")),
        Condition.ANY: (search.parts.any_of, _("any of these words")),
        Condition.NONE: (search.parts.none_of, _("none of these words")),
        Condition.LANGUAGES: (search.parts.languages, _("languages")),
        Condition.FOLLOWERS: (search.parts.followers_at_least, _("followers")),
    }
    return [label for condition, (wanted, label) in asked.items() if wanted and condition in found.asked.left]


def _shown(hit: trying.Hit) -> dict[str, Any]:
    event = hit.event
    if not isinstance(event, MessageReceived):
        return {"author": "", "text": "", "sent_at": None, "link": "", "why": hit.why}
    author = event.author
    return {
        "author": (author.handle or author.name or author.id) if author else "",
        "text": event.text[:LONGEST_SHOWN],
        "sent_at": to_site(event.sent_at),
        "link": event.permalink or "",
        "why": hit.why,
    }
