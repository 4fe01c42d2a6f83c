"""What a platform left out of a message and told later: kept, and shown wherever the message is."""

from __future__ import annotations

from collections.abc import Sequence

from social_care.core.accounts import Account
from social_care.core.events import Author, MessageReceived, Missing
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import contacts, messages, notices, rows
from social_care.desks.helpdesk.accounts import HelpdeskAccounts
from social_care.desks.helpdesk.html import clean_line

MOST_TRIES = 5


def still_missing(event: MessageReceived, profile: rows.Row | None) -> str:
    """Return what is missing of a message, as its column holds it: not the name of somebody who is known."""
    known = profile is not None and bool(profile["handle"] or profile["display_name"])
    return " ".join(one.value for one in event.missing if not (known and one is Missing.AUTHOR))


def incomplete(limit: int) -> tuple[StoredMessage, ...]:
    """See `core.ports.Tickets`."""
    found = rows.rows(
        "select name from `tabSocial Message` where missing != '' and look_ups < %(most)s order by creation limit %(limit)s",
        most=MOST_TRIES,
        limit=limit,
    )
    kept = (messages.get(row["name"]) for row in found)
    return tuple(one for one in kept if one is not None)


def record(accounts: HelpdeskAccounts, message: StoredMessage, author: Author | None, missing: Sequence[Missing]) -> None:
    """See `core.ports.Tickets.record_look_up`."""
    known = rows.run(
        "update `tabSocial Message` set missing = %(missing)s, look_ups = look_ups + 1"
        " where name = %(name)s and erasure is null",
        name=message.id,
        missing=" ".join(one.value for one in missing),
    )
    if known and author is not None and author.id:
        account = accounts.get(message.account)
        contacts.save_profile(account.platform, author)
        _show_name(account, author, accounts.title(account.name))
    if message.ticket:
        notices.refresh_pages(message.ticket)


def _show_name(account: Account, author: Author, title: str) -> None:
    """Put a name where only an id was known: contact, tickets, messages and their Communications."""
    profile = contacts.find_profile(account.platform, author.id)
    if profile is None:
        return
    handle = contacts.with_at(profile["handle"])
    shown = clean_line(profile["display_name"]) or handle
    contacts.name_contact(profile)
    known = {"profile": profile["name"], "handle": handle, "shown": shown, "bare": profile["handle"]}
    rows.run(
        "update `tabHD Ticket` set social_handle = %(handle)s, social_followers = %(followers)s,"
        " subject = if(subject = %(nameless)s, %(named)s, subject) where social_profile = %(profile)s",
        **known,
        followers=profile["followers"],
        nameless=f"{title}: message from somebody",
        named=f"{title}: message from {handle or shown}",
    )
    rows.run(
        "update `tabCommunication` shown join `tabSocial Message` message on message.name = shown.social_message"
        " set shown.sender_full_name = %(shown)s where message.profile = %(profile)s and message.direction = 'In'"
        " and coalesce(message.author_name, message.author_handle, '') = ''",
        **known,
    )
    rows.run(
        "update `tabSocial Message` set author_name = %(shown)s, author_handle = %(bare)s where profile = %(profile)s"
        " and direction = 'In' and coalesce(author_name, author_handle, '') = ''",
        **known,
    )
