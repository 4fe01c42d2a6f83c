"""Which of the team's rules decides about a message that would open a ticket."""

from __future__ import annotations

from social_care.core.accounts import Account
from social_care.core.events import MessageReceived
from social_care.core.insight import Reading
from social_care.core.ports import Tickets
from social_care.core.routing import Facts, RoutingRule, first_match


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
