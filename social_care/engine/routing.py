"""What decides whether a message opens a ticket: the ticket it belongs to, the search that found it, the team's rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from social_care.core.accounts import Account, Search
from social_care.core.events import MessageReceived
from social_care.core.insight import Reading
from social_care.core.listening import Opens, misfit
from social_care.core.ports import Connector, Tickets, TicketState
from social_care.core.routing import Facts, RoutingRule, Verdict, first_match
from social_care.engine.listening import left_to_check


def find_rule(event: MessageReceived, account: Account, tickets: Tickets) -> RoutingRule | None:
    """Return the first of the team's rules that fits, None when none does."""
    rules, author = tickets.rules(), event.author
    if not rules:
        return None
    reading = event.reading or Reading()
    asked = author is not None and any(rule.lists for rule in rules)
    facts = Facts(
        platform=account.platform,
        account=account.name,
        audience=event.thread.audience,
        text=event.text,
        language=event.language or "",
        followers=author.followers if author else None,
        lists=tickets.lists_of(account, author.id) if author and author.id and asked else frozenset(),
        sentiment=reading.sentiment.value,
        urgent=reading.urgent,
        spam=reading.spam,
    )
    return first_match(rules, facts)


def goes_on(state: TicketState, account: Account, now: datetime) -> bool:
    """Tell whether a follow-up continues this ticket: it is open, or was closed not too long ago."""
    return state.open or state.closed_at is None or state.closed_at >= now - timedelta(days=account.reopen_days)


def reason_to_keep(
    event: MessageReceived, rule: RoutingRule | None, search: Search | None, account: Account, connector: Connector
) -> str:
    """Return why a message opens no ticket of its own, "" when it does.

    search: the one that found it, None where it came by itself.
    """
    if search is not None:
        if why := misfit(search.parts, left_to_check(search, account, connector), event):
            return f"Found by the search “{search.name}”, but {why}."
        if search.opens is Opens.COLLECT:
            return f"Collected by the search “{search.name}”."
    if rule is not None and rule.verdict is not Verdict.TICKET:
        return rule.explanation()
    if search is not None and search.opens is Opens.RULES and rule is None:
        return f"Collected by the search “{search.name}”: no routing rule asks for a ticket."
    return ""
