"""Storms on a site: rows of Social Storm, their people, and the parent ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from social_care.core.accounts import Account
from social_care.core.events import MessageReceived
from social_care.core.insight import Spam
from social_care.core.storms import Ended, Person, PersonState, Storm, StormCount, StormRules, StormState, Wave
from social_care.desks.helpdesk import messages, notices, rows
from social_care.desks.helpdesk.accounts import HelpdeskAccounts
from social_care.desks.helpdesk.contacts import MADE_UP_DOMAIN
from social_care.desks.helpdesk.html import make_subject, to_html
from social_care.desks.helpdesk.team import supervisors
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Storm"
PERSON = "Social Storm Person"
DEFAULTS = {
    "storm_messages": 0,
    "storm_people": 10,
    "storm_minutes": 15,
    "storm_quiet_minutes": 120,
    "storm_replies_per_minute": 20,
    "storm_urgent_apart": 1,
    "storm_rest_minutes": 1440,
}
"""Of the settings; a site that is older than one of them has no value of it."""
_WAVE = (
    "account = %(account)s and campaign = %(campaign)s and creation >= %(since)s and direction = 'In'"
    " and audience = 'Public' and ticket is not null and is_context = 0 and storm is null"
)
_PERSON = "coalesce(author_id, concat('@', author_handle), concat('unknown:', message_id))"


class HelpdeskStorms:
    """See `core.ports.Storms`."""

    def __init__(self, accounts: HelpdeskAccounts) -> None:
        self.accounts = accounts

    def rules(self) -> StormRules:
        stored = {**DEFAULTS, **frappe.db.get_singles_dict("Social Care Settings")}
        return StormRules(
            messages=cint(stored["storm_messages"]),
            people=cint(stored["storm_people"]),
            within=timedelta(minutes=cint(stored["storm_minutes"])),
            quiet=timedelta(minutes=cint(stored["storm_quiet_minutes"])),
            per_minute=max(1, cint(stored["storm_replies_per_minute"])),
            urgent_apart=bool(cint(stored["storm_urgent_apart"])),
            rest=timedelta(minutes=cint(stored["storm_rest_minutes"])),
        )

    # --- in
    def wave(self, account: str, campaign: str, since: datetime, limit: int) -> Wave:
        found = self._wave(account, campaign, since, f"limit {limit}")
        spam = sum(row["spam"] == Spam.LIKELY.value.title() for row in found)
        return Wave(authors=tuple(row["person"] for row in found), spam=spam)

    def _wave(self, account: str, campaign: str, since: datetime, ending: str = "") -> list[rows.Row]:
        return rows.rows(
            f"select name, {_PERSON} person, spam from `tabSocial Message` where {_WAVE} order by creation {ending}",  # noqa: S608 - constants
            account=account,
            campaign=campaign,
            since=to_site(since),
        )

    def last_ended(self, account: str, campaign: str) -> Ended | None:
        row = rows.row(
            "select ended_at, ended_by, (select count(*) from `tabSocial Message` message where message.storm = storm.name"
            " and direction = 'In') messages from `tabSocial Storm` storm where account = %(account)s"
            " and campaign = %(campaign)s and ended_at is not null order by ended_at desc limit 1",
            account=account,
            campaign=campaign,
        )
        at = from_site(row["ended_at"]) if row else None
        return Ended(at=at, by_person=bool(row["ended_by"]), messages=int(row["messages"])) if row and at else None

    def lock_open(self, account: str, campaign: str) -> Storm | None:
        return _locked("open_key = %(key)s", key=rows.digest(account, campaign))

    def begin(self, account: Account, event: MessageReceived, state: StormState, since: datetime, now: datetime) -> Storm:
        campaign = event.reading.campaign if event.reading else ""
        subject = make_subject(event.text, _("{0}: many messages").format(self.accounts.title(account.name)))
        values = {
            "account": account.name,
            "campaign": campaign,
            "open_key": rows.digest(account.name, campaign),
            "state": state.value.title(),
            "subject": subject,
            "began_at": to_site(now),
            "last_seen_at": to_site(now),
            "per_minute": self.rules().per_minute,
        }
        name = rows.insert(DOCTYPE, values, renew="open_key = open_key")
        storm = self.lock_open(account.name, campaign)
        assert storm is not None  # noqa: S101 - just made, or made by another worker meanwhile
        if storm.id != name:
            return storm
        if state is StormState.ACTIVE:
            rows.update(DOCTYPE, name, {"ticket": self._open_parent(account, event, subject)})
        for row in self._wave(account.name, campaign, since):
            _count_in(name, row["name"], row["person"])
        storm = self.lock(name) or storm
        self.tell(storm, _("A storm has begun: “{0}”.").format(subject))
        return storm

    def _open_parent(self, account: Account, event: MessageReceived, subject: str) -> str:
        ticket = frappe.new_doc("HD Ticket")
        ticket.update(
            {
                "subject": _("Storm: {0}").format(subject)[:140],
                "description": to_html(event.text),
                "raised_by": f"storm@{account.platform}{MADE_UP_DOMAIN}",
                "social_platform": self.accounts.title(account.name),
                "social_account": account.name,
                "social_audience": "Public",
                **self.accounts.routing(account.name),
            }
        )
        ticket.insert(ignore_permissions=True)
        return str(ticket.name)

    def add(self, storm: Storm, account: str, message_id: str, person: str, now: datetime) -> None:
        row = rows.the_row(
            "select name from `tabSocial Message` where account = %(account)s and message_id = %(id)s",
            account=account,
            id=message_id,
        )
        _count_in(storm.id, row["name"], person)
        rows.run(
            "update `tabSocial Storm` set last_seen_at = greatest(last_seen_at, %(now)s) where name = %(name)s",
            now=to_site(now),
            name=storm.id,
        )

    # --- one storm
    def lock(self, storm_id: str) -> Storm | None:
        return _locked("name = %(name)s", name=storm_id)

    def save(self, storm: Storm, now: datetime) -> None:
        ended = storm.state is StormState.ENDED
        values: dict[str, Any] = {
            "state": storm.state.value.title(),
            "text": storm.text,
            "approved_by": storm.approved_by or None,
            "approved_at": to_site(storm.approved_at),
            "per_minute": storm.per_minute,
            "stopped": int(storm.stopped),
            "next_at": to_site(storm.next_at),
            "releasing": int(storm.releasing),
            "note": storm.note,
            "ended_by": storm.ended_by or None,
        }
        rows.update(DOCTYPE, storm.id, values | ({"open_key": None} if ended else {}))
        if ended:
            rows.run(
                "update `tabSocial Storm` set ended_at = coalesce(ended_at, %(now)s) where name = %(name)s",
                now=to_site(now),
                name=storm.id,
            )

    def tell(self, storm: Storm, sentence: str) -> None:
        notices.alert(supervisors(), sentence, DOCTYPE, storm.id)

    def count(self, storm_id: str) -> StormCount:
        row = rows.the_row(
            "select count(*) messages, coalesce(sum(ticket is null), 0) loose from `tabSocial Message`"
            " where storm = %(storm)s and direction = 'In'",
            storm=storm_id,
        )
        found = rows.rows(
            "select case when part.state = 'Sent' then 'Sent' when person.state = 'Queued' and part.state not in"
            " ('Queued', 'Sending') or person.state = 'Tried' then 'Failed' else person.state end state, count(*) n"
            " from `tabSocial Storm Person` person"
            " left join `tabSocial Message` part on part.reply = person.reply and person.reply != '' and part.part = 1"
            " where person.storm = %(storm)s group by 1",
            storm=storm_id,
        )
        people = {one["state"]: int(one["n"]) for one in found}
        return StormCount(
            messages=int(row["messages"]),
            people=sum(people.values()),
            waiting=people.get("Waiting", 0),
            queued=people.get("Queued", 0),
            sent=people.get("Sent", 0),
            left_out=people.get("Left Out", 0),
            failed=people.get("Failed", 0),
            left=int(row["loose"]),
        )

    def astir(self) -> tuple[str, ...]:
        found = rows.rows(
            "select name from `tabSocial Storm` storm where state != 'Ended' or releasing = 1 or (coalesce(text, '') != ''"
            " and stopped = 0 and exists (select 1 from `tabSocial Storm Person` person where person.storm = storm.name"
            " and person.state = 'Waiting')) order by began_at"
        )
        return tuple(row["name"] for row in found)

    # --- its people
    def waiting(self, storm_id: str, limit: int) -> tuple[Person, ...]:
        found = rows.rows(
            "select * from `tabSocial Storm Person` where storm = %(storm)s and state = 'Waiting'"
            " order by creation, name limit %(limit)s for update",
            storm=storm_id,
            limit=limit,
        )
        return tuple(_person(row) for row in found)

    def queued(self, storm_id: str) -> tuple[tuple[Person, str], ...]:
        found = rows.rows(
            "select person.*, part.name part_id from `tabSocial Storm Person` person join `tabSocial Message` part"
            " on part.reply = person.reply and part.part = 1 and part.state = 'Queued'"
            " where person.storm = %(storm)s and person.reply != '' order by person.creation, person.name",
            storm=storm_id,
        )
        return tuple((_person(row), row["part_id"]) for row in found)

    def settle(self, person: Person, state: PersonState, *, reply: str = "", note: str = "", rounds: int = 0) -> None:
        values = {"state": state.value.title(), "reply": reply, "note": note, "rounds": max(person.rounds, rounds)}
        rows.update(PERSON, person.id, values)

    def ask_again(self, storm_id: str) -> None:
        rows.run(
            "update `tabSocial Storm Person` set state = 'Waiting', note = '' where storm = %(storm)s"
            " and state = 'Left Out'",
            storm=storm_id,
        )

    def left(self, storm_id: str, limit: int) -> tuple[str, ...]:
        found = rows.rows(
            "select name from `tabSocial Message` where storm = %(storm)s and ticket is null and direction = 'In'"
            " order by creation limit %(limit)s",
            storm=storm_id,
            limit=limit,
        )
        return tuple(row["name"] for row in found)


def _count_in(storm: str, message: str, person: str) -> None:
    rows.update(messages.DOCTYPE, message, {"storm": storm})
    values = {"storm": storm, "person": person, "message": message, "state": PersonState.WAITING.value.title()}
    rows.insert(PERSON, values, renew="message = if(state = 'Waiting', values(message), message)")


def _person(row: rows.Row) -> Person:
    message = messages.get(row["message"])
    assert message is not None  # noqa: S101 - messages are never removed
    answered = message.ticket and rows.row(
        "select 1 from `tabSocial Message` where ticket = %(ticket)s and direction = 'Out' and automatic = 0"
        " and is_context = 0 and coalesce(state, '') not in ('Cancelled', 'Rejected', 'Failed') limit 1",
        ticket=message.ticket,
    )
    return Person(id=row["name"], message=message, answered=bool(answered), rounds=row["rounds"], reply=row["reply"] or "")


def _locked(condition: str, **values: str) -> Storm | None:
    row = rows.row(f"select * from `tabSocial Storm` where {condition} for update", **values)  # noqa: S608 - constants
    return _read(row) if row else None


def _read(row: rows.Row) -> Storm:
    began, seen = from_site(row["began_at"]), from_site(row["last_seen_at"])
    assert began is not None  # noqa: S101 - every row has both
    assert seen is not None  # noqa: S101
    return Storm(
        id=row["name"],
        account=row["account"],
        campaign=row["campaign"],
        state=StormState(row["state"].lower()),
        subject=row["subject"] or "",
        began_at=began,
        last_seen_at=seen,
        ticket=messages.after_merges(row["ticket"]) if row["ticket"] else None,
        text=row["text"] or "",
        approved_by=row["approved_by"] or "",
        approved_at=from_site(row["approved_at"]),
        per_minute=row["per_minute"],
        stopped=bool(row["stopped"]),
        next_at=from_site(row["next_at"]),
        releasing=bool(row["releasing"]),
        note=row["note"] or "",
        ended_by=row["ended_by"] or "",
    )
