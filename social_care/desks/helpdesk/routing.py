"""The team's routing rules as the site keeps them. A customer's lists are the tags that the team put on the profile."""

from __future__ import annotations

from typing import Any

from social_care.core.events import Audience
from social_care.core.insight import Spam
from social_care.core.routing import Facts, RoutingRule, Verdict
from social_care.desks.helpdesk import rows

VERDICTS = {"Open a Ticket": Verdict.TICKET, "Collect": Verdict.COLLECT, "Ignore": Verdict.IGNORE}


def rules() -> tuple[RoutingRule, ...]:
    """Return the rules that are switched on, the one that counts first at the front."""
    return tuple(
        read(row) for row in rows.rows("select * from `tabSocial Routing Rule` where enabled = 1 order by position, name")
    )


def read(row: Any) -> RoutingRule:
    """Return a row, or a document that is not saved yet, as the engine knows it."""
    return RoutingRule(
        name=row["rule_name"] or "",
        platform=(row["platform"] or "").lower(),
        account=row["account"] or "",
        audience=Audience(row["audience"].lower()) if row["audience"] else None,
        words=_split(row["words"], "\n"),
        without_words=_split(row["without_words"], "\n"),
        languages=frozenset(one.lower()[:2] for one in _split(row["languages"], ",")),
        followers_at_least=int(row["followers_at_least"] or 0),
        lists=_lower(row["lists"]),
        sentiments=frozenset((row["sentiment"] or "").lower().split(" or ")) - {""},
        urgent=bool(int(row["urgent"] or 0)),
        spam=Spam((row["spam"] or "").lower()),
        verdict=VERDICTS[row["verdict"]],
        team=row["team"] or "",
        ticket_type=row["ticket_type"] or "",
        priority=row["priority"] or "",
        tags=_split(row["tags"], ","),
        reason=row["reason"] or "",
    )


def ticket_fields(rule: RoutingRule | None) -> dict[str, str]:
    """Return the fields of a new ticket that a rule decides, without those it leaves to the account and to Helpdesk."""
    wanted = {"agent_group": rule.team, "ticket_type": rule.ticket_type, "priority": rule.priority} if rule else {}
    return {field: value for field, value in wanted.items() if value}


def lists_of(platform: str, author_id: str) -> frozenset[str]:
    """Return the tags on a profile, lower case."""
    row = rows.row(
        "select _user_tags from `tabSocial Profile` where platform = %(platform)s and external_id = %(id)s",
        platform=platform,
        id=author_id,
    )
    return _lower(row["_user_tags"]) if row else frozenset()


def try_on_newest(rule: RoutingRule, count: int, shown: int) -> dict[str, Any]:
    """Return how many of the newest messages of customers fit a rule, and the first `shown` of them."""
    newest = rows.rows(
        "select message.creation, message.platform, message.account, message.audience, message.text, message.language,"
        " message.sentiment, message.urgent, message.spam, message.ticket,"
        " coalesce(nullif(message.author_handle, ''), message.author_name) author, profile.followers,"
        " profile._user_tags from `tabSocial Message` message"
        " left join `tabSocial Profile` profile on profile.name = message.profile"
        " where message.direction = 'In' and message.event_key not like 'tombstone:%%'"
        " order by message.creation desc limit %(count)s",
        count=count,
    )
    fitting = [row for row in newest if rule.fits(_facts(row))]
    columns = ("creation", "author", "text", "ticket")
    return {
        "tried": len(newest),
        "fitting": len(fitting),
        "messages": [
            {**{name: row[name] for name in columns}, "text": (row["text"] or "")[:200]} for row in fitting[:shown]
        ],
    }


def _facts(row: rows.Row) -> Facts:
    return Facts(
        platform=row["platform"],
        account=row["account"],
        audience=Audience((row["audience"] or "public").lower()),
        text=row["text"] or "",
        language=row["language"] or "",
        followers=row["followers"],
        lists=_lower(row["_user_tags"]),
        sentiment=(row["sentiment"] or "").lower(),
        urgent=bool(row["urgent"]),
        spam=Spam((row["spam"] or "").lower()),
    )


def _lower(text: str | None) -> frozenset[str]:
    return frozenset(one.lower() for one in _split(text, ","))


def _split(text: str | None, separator: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(separator) if one.strip())
