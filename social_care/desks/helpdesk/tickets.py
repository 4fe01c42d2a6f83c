"""Tickets, messages and cases on a Helpdesk site. We set fields; SLA, assignment and status are Helpdesk's to decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import frappe

from social_care.core.accounts import Account
from social_care.core.approvals import Circumstances
from social_care.core.events import (
    Audience,
    Author,
    Direction,
    MessageReceived,
    Missing,
    PreferenceChanged,
    ReactionChanged,
    Thread,
)
from social_care.core.ids import make_case_key
from social_care.core.ports import Case, Clock, TicketState
from social_care.core.reactions import changed
from social_care.core.replies import StoredMessage
from social_care.core.routing import RoutingRule
from social_care.desks.helpdesk import (
    answers,
    contacts,
    deadlines,
    insight,
    lookups,
    messages,
    notices,
    preferences,
    routing,
    rows,
    support_hours,
    versions,
)
from social_care.desks.helpdesk.accounts import HelpdeskAccounts
from social_care.desks.helpdesk.attachments import fetch_later
from social_care.desks.helpdesk.html import clean_line, make_subject, to_html
from social_care.desks.helpdesk.times import from_site, to_site
from social_care.desks.helpdesk.turns import Turn, add_communication, turn_of

RELATED_SHOWN = 10


class HelpdeskTickets:
    """See `core.ports.Tickets`."""

    def __init__(self, clock: Clock, accounts: HelpdeskAccounts) -> None:
        self.clock = clock
        self.accounts = accounts

    # --- finding
    def find_message(self, account: str, message_id: str) -> StoredMessage | None:
        return messages.find(account, message_id)

    def lock_case(self, account: str, thread: Thread, author_id: str | None) -> Case:
        key = make_case_key(account, thread.id, author_id)
        found = self._locked_case(key)
        if found is None:
            fields = {
                "account": account,
                "thread_id": thread.id,
                "audience": thread.audience.value.title(),
                "author_id": author_id,
                "key": key,
            }
            rows.insert("Social Thread", fields, renew="`key` = `key`")
            found = self._locked_case(key)
        assert found is not None  # noqa: S101 - just made, or made by another worker meanwhile
        bound = found["ticket"]
        return _read_case(found, messages.present_ticket_of_case(found["name"], bound) if bound else None)

    def _locked_case(self, key: str) -> rows.Row | None:
        return rows.row("select * from `tabSocial Thread` where `key` = %(key)s for update", key=key)

    def cases_in(self, account: str, thread_id: str, limit: int) -> tuple[Case, ...]:
        return self._cases("true", limit, account=account, thread=thread_id)

    def find_case(
        self, account: str, thread_id: str, *, author_id: str | None = None, ticket: str | None = None
    ) -> Case | None:
        condition = "(%(author)s is null or author_id = %(author)s) and (%(ticket)s is null or ticket = %(ticket)s)"
        found = self._cases(condition, 1, account=account, thread=thread_id, author=author_id, ticket=ticket)
        return next(iter(found), None)

    def _cases(self, condition: str, limit: int, **values: str | None) -> tuple[Case, ...]:
        found = rows.rows(
            "select * from `tabSocial Thread` thread where account = %(account)s and thread_id = %(thread)s"  # noqa: S608 - constants
            " and exists (select 1 from `tabHD Ticket` ticket where ticket.name = thread.ticket)"
            f" and {condition} order by creation limit {limit}",
            **values,
        )
        return tuple(_read_case(row, row["ticket"]) for row in found)

    def ticket_state(self, ticket: str) -> TicketState | None:
        row = rows.row(
            "select status_category, resolution_date, modified, is_merged from `tabHD Ticket` where name = %(name)s",
            name=ticket,
        )
        if row is None:
            return None
        if row["is_merged"] and (target := messages.after_merges(ticket)) != ticket:
            return self.ticket_state(target)
        closed = row["status_category"] == "Resolved"
        closed_at = from_site(row["resolution_date"] or row["modified"]) if closed else None
        return TicketState(id=ticket, open=not closed, closed_at=closed_at)

    # --- customers
    def save_profile(self, account: Account, author: Author) -> None:
        if author.id:
            contacts.save_profile(account.platform, author)

    def _profile(self, account: Account, author: Author | None) -> rows.Row | None:
        if author is None or not author.id:
            return None
        found = contacts.find_profile(account.platform, author.id)
        if found is None:
            contacts.save_profile(account.platform, author)
            found = contacts.find_profile(account.platform, author.id)
        return found

    def incomplete(self, limit: int) -> tuple[StoredMessage, ...]:
        return lookups.incomplete(limit)

    def record_look_up(self, message: StoredMessage, author: Author | None, missing: Sequence[Missing]) -> None:
        lookups.record(self.accounts, message, author, missing)

    # --- the one private reply
    def take_private_reply(self, message: StoredMessage) -> bool:
        return messages.take_private_reply(message.id)

    def free_private_reply(self, message: StoredMessage) -> None:
        messages.free_private_reply(message.id)

    # --- messages that stand on a ticket
    def rules(self) -> tuple[RoutingRule, ...]:
        return routing.rules()

    def lists_of(self, account: Account, author_id: str) -> frozenset[str]:
        return routing.lists_of(account.platform, author_id)

    def texts_in_campaign(self, campaign: str, since: datetime) -> tuple[str, ...]:
        return insight.texts_in_campaign(campaign, since)

    def writers_of(self, text_key: str, besides: str, since: datetime) -> int:
        return insight.writers_of(text_key, besides, since)

    def open_ticket(
        self,
        account: Account,
        case: Case,
        event: MessageReceived,
        *,
        key: str,
        related: Sequence[str],
        rule: RoutingRule | None = None,
    ) -> str:
        profile = self._profile(account, event.author)
        notes = [f"{versions.SEE_ALSO}{one}." for one in list(related)[:RELATED_SHOWN]]
        if rule is not None:
            notes.append(rule.explanation())
        message = messages.store(
            account,
            event,
            key=key,
            direction=Direction.IN,
            notes=notes,
            thread=case.id,
            profile=profile and profile["name"],
            communication=rows.new_name(),
            missing=(missing := lookups.still_missing(event, profile)),
        )
        ticket = frappe.new_doc("HD Ticket")
        ticket.update(self._ticket_fields(account, case, event, profile) | routing.ticket_fields(rule))
        ticket.flags.social_first_message = self._shown(message)
        ticket.insert(ignore_permissions=True)
        name = str(ticket.name)
        if event.media or missing:
            fetch_later(message)
        rows.update(messages.DOCTYPE, message, {"ticket": name})
        for tag in rule.tags if rule else ():
            ticket.add_tag(tag)
        place = {"ticket": name, "profile": profile and profile["name"], "reply_until": to_site(event.reply_until)}
        rows.update("Social Thread", case.id, place)
        return name

    def _ticket_fields(
        self, account: Account, case: Case, event: MessageReceived, profile: rows.Row | None
    ) -> dict[str, Any]:
        title = self.accounts.title(account.name)
        who = contacts.with_at(profile["handle"]) or profile["display_name"] if profile else ""
        fields: dict[str, Any] = {
            "subject": make_subject(event.text, f"{title}: message from {who or 'somebody'}"),
            "description": to_html(event.text),
            "raised_by": contacts.address_of(profile) if profile else f"unknown@{account.platform}{contacts.MADE_UP_DOMAIN}",
            "last_customer_response": to_site(self.clock()),
            "social_platform": title,
            "social_account": account.name,
            "social_audience": case.audience.value.title(),
            "social_language": clean_line(event.language) or None,
            "social_permalink": event.permalink,
            "social_reply_until": deadlines.whole(to_site(event.reply_until)),
            **insight.ticket_fields(event),
            **self.accounts.routing(account.name),
        }
        if profile:
            fields |= {
                "contact": contacts.ensure_contact(profile),
                "social_profile": profile["name"],
                "social_handle": contacts.with_at(profile["handle"]),
                "social_followers": profile["followers"],
            }
        return fields

    def append(
        self,
        account: Account,
        case: Case,
        ticket: str,
        event: MessageReceived,
        *,
        key: str,
        direction: Direction,
        reopen: bool,
        context: bool = False,
    ) -> str:
        if not reopen:  # such a case was not locked, and its ticket may have been split
            ticket = messages.present_ticket_of_case(case.id, ticket)
        document = frappe.get_doc("HD Ticket", ticket, for_update=True)
        used = messages.after_merges(ticket) if document.is_merged else ticket
        if used != ticket:
            document = frappe.get_doc("HD Ticket", used, for_update=True)
        profile = self._profile(account, event.author) if direction is Direction.IN else None
        message = messages.store(
            account,
            event,
            key=key,
            direction=direction,
            thread=case.id,
            profile=profile and profile["name"],
            ticket=used,
            communication=rows.new_name(),
            is_context=int(context),
            missing=(missing := lookups.still_missing(event, profile)),
        )
        if event.media or missing:
            fetch_later(message)
        if reopen:
            self._prolong(case, event.reply_until)
            if event.thread.audience is Audience.PRIVATE or event.reply_until or document.social_reply_until:
                document.social_reply_until = deadlines.renew(used)
            insight.follow(document, event)
        add_communication(document, self._shown(message), turn_of(direction, reopen=reopen, context=context))
        rows.update("Social Thread", case.id, {"ticket": used})
        return used

    def _prolong(self, case: Case, until: datetime | None) -> None:
        """Let a customer's newest word decide how long the case can be answered."""
        if until is not None:
            rows.run(
                "update `tabSocial Thread` set reply_until = greatest(coalesce(reply_until, %(ends)s), %(ends)s)"
                " where name = %(case)s",
                ends=to_site(until),
                case=case.id,
            )

    def loose_event(self, message: str) -> MessageReceived | None:
        return messages.loose_event(message)

    def adopt_loose(self, account: Account, case: Case, ticket: str) -> int:
        loose = rows.rows(
            "select name, sent_at from `tabSocial Message` where account = %(account)s and thread_id = %(thread)s"
            " and ticket is null and state is null and kind != %(tombstone)s"
            " and (storm is null or author_id = %(author)s) order by coalesce(sent_at, creation) for update",
            account=account.name,
            thread=case.thread_id,
            tombstone=messages.TOMBSTONE,
            author=case.author_id,
        )
        document = frappe.get_doc("HD Ticket", ticket) if loose else None
        for row in loose:
            place = {"ticket": ticket, "thread": case.id, "communication": rows.new_name(), "is_context": 1, "reason": ""}
            rows.update(messages.DOCTYPE, row["name"], place)
            values = self._shown(row["name"])
            add_communication(
                document, values | {"communication_date": row["sent_at"] or to_site(self.clock())}, Turn.CONTEXT
            )
        return len(loose)

    def gather_followers(self, account: Account, event: MessageReceived, ticket: str, *, whose: str | None) -> int:
        return answers.gather(account.name, event, ticket, whose)

    def _shown(self, message: str) -> dict[str, Any]:
        """Return the Communication that shows a stored message."""
        row = rows.the_row(
            "select message.*, profile.address, profile.display_name, profile.handle from `tabSocial Message` message"
            " left join `tabSocial Profile` profile on profile.name = message.profile where message.name = %(name)s",
            name=message,
        )
        handle = row["author_handle"] or row["handle"]
        address = row["address"] or contacts.make_address(row["platform"], row["author_id"] or "unknown", handle)
        return {
            "name": row["communication"],
            "social_message": message,
            "sent_or_received": "Received" if row["direction"] == "In" else "Sent",
            "sender": address,
            "sender_full_name": row["author_name"] or row["display_name"] or contacts.with_at(handle) or "Unknown",
            "content": to_html(row["text"] or ""),
            "communication_date": to_site(self.clock()),
        }

    def keep_loose(self, account: Account, event: MessageReceived, *, key: str, direction: Direction, reason: str) -> None:
        profile = self._profile(account, event.author) if direction is Direction.IN else None
        messages.store(
            account,
            event,
            key=key,
            direction=direction,
            reason=reason,
            profile=profile and profile["name"],
            missing=lookups.still_missing(event, profile),
        )

    # --- what happens to a message later
    def add_version(self, message: StoredMessage, event: MessageReceived, *, current: bool) -> bool:
        kept = versions.add(message, event, current=current)
        if kept:
            self._refresh(message.ticket)
        return kept

    def mark_deleted(
        self, account: str, message_id: str, thread: Thread | None, *, vanished: bool = False
    ) -> StoredMessage | None:
        message = messages.find(account, message_id) or messages.find_version(account, message_id)
        if message is None:
            gone = to_site(self.clock())
            messages.stand_in(account, message_id, thread, reason="deleted before it was seen", deleted_at=gone)
            return None
        if not message.deleted or (message.vanished and not vanished):
            rows.update(messages.DOCTYPE, message.id, {"deleted_at": to_site(self.clock()), "vanished": int(vanished)})
            if message.ticket and message.direction == Direction.IN.value:
                deadlines.renew(message.ticket)
            self._refresh(message.ticket)
        return None if message.tombstone else message

    def add_reaction(self, message: StoredMessage, event: ReactionChanged) -> bool:
        row = rows.row("select reactions from `tabSocial Message` where name = %(name)s for update", name=message.id)
        kept = changed(rows.load(row["reactions"], {}) if row else {}, event)
        if kept is not None:
            rows.update(messages.DOCTYPE, message.id, {"reactions": kept})
            self._refresh(message.ticket)
        return kept is not None

    def expect_message(self, account: str, message_id: str, thread: Thread) -> StoredMessage:
        messages.stand_in(account, message_id, thread, reason="a sign of it came before the message itself")
        found = messages.find(account, message_id)
        assert found is not None  # noqa: S101 - just made
        return found

    def _refresh(self, ticket: str | None) -> None:
        if ticket:
            notices.refresh_pages(ticket)

    # --- cases
    def save_preference(self, account: Account, event: PreferenceChanged, now: datetime) -> bool:
        return preferences.save(account.name, event, now)

    def unwanted(self, account: str, author_id: str) -> frozenset[str]:
        return preferences.unwanted(account, author_id)

    def bind_case(self, account: Account, thread: Thread, author_id: str | None, ticket: str) -> None:
        case = self.lock_case(account.name, thread, author_id)
        state = self.ticket_state(case.ticket) if case.ticket else None
        if state is None or not state.open:
            rows.update("Social Thread", case.id, {"ticket": ticket})

    # --- what rules about replies ask
    def circumstances(self, message: StoredMessage) -> Circumstances:
        return insight.circumstances(message)

    def support_is_open(self, ticket: str, now: datetime) -> bool:
        return support_hours.is_open(ticket, now)


def _read_case(row: rows.Row, ticket: str | None) -> Case:
    return Case(
        id=row["name"],
        account=row["account"],
        thread_id=row["thread_id"],
        audience=Audience(row["audience"].lower()),
        author_id=row["author_id"],
        ticket=ticket,
    )
