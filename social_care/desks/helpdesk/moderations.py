"""The record of moderation on a Helpdesk site: rows of Social Moderation Action, and what follows from them."""

from __future__ import annotations

from datetime import datetime, timedelta

from social_care.core.accounts import Account
from social_care.core.moderation import (
    OF_AUTHOR,
    Moderation,
    ModerationAction,
    ModerationState,
    Standing,
    Wish,
    read_standing,
)
from social_care.core.ports import Conflict
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import messages, notices, rows
from social_care.desks.helpdesk.html import clean
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Moderation Action"
LEASE = timedelta(minutes=10)
"""After this long a worker is held for dead; longer than any call may take."""


class HelpdeskModerations:
    """See `core.ports.Moderations`."""

    def standing(self, message: StoredMessage) -> Standing:
        kept = rows.the_row(
            "select hidden, platform from `tabSocial Message` where name = %(name)s for update", name=message.id
        )
        found = rows.rows(
            "select action, state from `tabSocial Moderation Action` where account = %(account)s and if(action in %(of)s,"
            " author_id = %(author)s, message = %(message)s) order by creation",
            account=message.account,
            of=tuple(action.value.title() for action in OF_AUTHOR),
            author=message.author_id,
            message=message.id,
        )
        return read_standing(
            [(ModerationAction(row["action"].lower()), ModerationState(row["state"].lower())) for row in found],
            hidden=bool(kept["hidden"]),
            muted=bool(message.author_id) and _is_muted(kept["platform"], message.author_id or ""),
        )

    def begin(self, wish: Wish, now: datetime) -> str:
        target = rows.the_row(
            "select platform, profile from `tabSocial Message` where name = %(name)s for update", name=wish.target.id
        )
        if rows.row(
            "select name from `tabSocial Moderation Action` where message = %(name)s and state = 'Doing'",
            name=wish.target.id,
        ):
            raise Conflict(wish.target.id)
        values = {
            "account": wish.target.account,
            "platform": target["platform"],
            "message": wish.target.id,
            "profile": target["profile"],
            "author_id": wish.target.author_id,
            "action": wish.action.value.title(),
            "reason": clean(wish.reason),
            "user": wish.user,
            "state": "Doing",
            "started_at": to_site(now),
            "lease_until": to_site(now + LEASE),
        }
        return rows.insert(DOCTYPE, values)

    def settle(self, moderation_id: str, state: ModerationState, now: datetime, error: str = "") -> bool:
        settled = rows.run(
            "update `tabSocial Moderation Action` set state = %(state)s, error = %(error)s, settled_at = %(now)s,"
            " lease_until = null where name = %(name)s and state in ('Doing', 'Unknown')",
            name=moderation_id,
            state=state.value.title(),
            error=error,
            now=to_site(now),
        )
        if settled:
            row = rows.the_row("select message from `tabSocial Moderation Action` where name = %(name)s", name=moderation_id)
            _refresh(messages.get(row["message"]))
        return bool(settled)

    def unsettled(self, message: StoredMessage, action: ModerationAction) -> tuple[str, ...]:
        found = rows.rows(
            "select name from `tabSocial Moderation Action` where message = %(message)s and action = %(action)s"
            " and state in ('Doing', 'Unknown') order by creation",
            message=message.id,
            action=action.value.title(),
        )
        return tuple(row["name"] for row in found)

    def abandoned(self, now: datetime) -> list[str]:
        found = rows.rows(
            "select name from `tabSocial Moderation Action` where state = 'Doing' and lease_until <= %(now)s"
            " order by creation",
            now=to_site(now),
        )
        return [row["name"] for row in found]

    def history(self, message: StoredMessage) -> tuple[Moderation, ...]:
        return tuple(
            Moderation(
                id=row["name"],
                action=ModerationAction(row["action"].lower()),
                message=row["message"],
                state=ModerationState(row["state"].lower()),
                user=row["user"] or "",
                reason=row["reason"] or "",
                error=row["error"] or "",
                started_at=from_site(row["started_at"]),
            )
            for row in of_messages([message.id])
        )

    def set_hidden(self, message: StoredMessage, hidden: bool, at: datetime) -> bool:
        changed = rows.run(
            "update `tabSocial Message` set hidden = %(hidden)s, visibility_at = %(at)s where name = %(name)s"
            " and hidden != %(hidden)s and coalesce(visibility_at, %(at)s) <= %(at)s",
            name=message.id,
            hidden=int(hidden),
            at=to_site(at),
        )
        if changed:
            _refresh(message)
        return bool(changed)

    def set_muted(self, account: Account, author_id: str, muted: bool) -> None:
        rows.run(
            "update `tabSocial Profile` set muted = %(muted)s where platform = %(platform)s and external_id = %(id)s",
            muted=int(muted),
            platform=account.platform,
            id=author_id,
        )

    def is_muted(self, account: Account, author_id: str) -> bool:
        return _is_muted(account.platform, author_id)


def of_messages(names: list[str]) -> list[rows.Row]:
    """Return what was recorded at these messages, oldest first."""
    return rows.rows(
        "select * from `tabSocial Moderation Action` where message in %(names)s order by creation",
        names=tuple(names) or ("",),
    )


def of_author(profile: str) -> list[rows.Row]:
    """Return what was done to a person, oldest first."""
    return rows.rows(
        "select * from `tabSocial Moderation Action` where profile = %(profile)s and state = 'Done' and action in %(of)s"
        " order by creation",
        profile=profile,
        of=tuple(action.value.title() for action in OF_AUTHOR),
    )


def _is_muted(platform: str, author_id: str) -> bool:
    found = rows.row(
        "select muted from `tabSocial Profile` where platform = %(platform)s and external_id = %(id)s",
        platform=platform,
        id=author_id,
    )
    return bool(found and found["muted"])


def _refresh(message: StoredMessage | None) -> None:
    if message is not None and message.ticket:
        notices.refresh_pages(message.ticket)
