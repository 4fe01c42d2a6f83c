"""Erasures on a site: begun in one transaction, then done step by step in small ones, each of which may be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from social_care.core.erasing import Erasure, Person, UnderWay, names_person
from social_care.desks.helpdesk import contacts, erased_messages, erased_tickets, erased_traces, ledger, rows
from social_care.desks.helpdesk.times import to_site

DOCTYPE = "Social Erasure"
PENDING = "('Awaiting Approval', 'Queued', 'Sending', 'Unknown')"
ANONYMOUS = {
    "handle": None,
    "display_name": None,
    "avatar_url": None,
    "followers": 0,
    "language": None,
    "verified": "",
    "protected": "",
    "accepts_private": "",
    "contact": None,
    "identity_log": None,
    "muted": 0,
    "_user_tags": None,
}
"""What is left of a profile."""
_WRITTEN = (
    "direction = 'In' and (profile = %(profile)s or (author_id = %(person)s and account in"
    " (select name from `tabSocial Account` account where lower(account.platform) = %(platform)s)))"
)


class HelpdeskErasing:
    """See `core.ports.Erasing`."""

    def under_way(self, profile: str) -> UnderWay:
        replies = rows.the_row(
            "select (select count(*) from `tabSocial Message` part join `tabSocial Message` target"  # noqa: S608 - constants
            f" on target.name = part.target where target.profile = %(profile)s and part.state in {PENDING})"
            " + (select count(*) from `tabSocial Approval` approval join `tabSocial Message` target"
            " on target.name = approval.target where target.profile = %(profile)s and approval.decision = 'Waiting'"
            " and approval.mail is not null) n",
            profile=profile,
        )
        person = self._person(profile)
        states = [state for state, body in _unhandled(person.platform) if names_person(body, person)]
        parked = states.count("Parked")
        return UnderWay(replies=replies["n"], waiting=len(states) - parked, parked=parked)

    def of_profile(self, profile: str) -> str | None:
        rows.the_row("select name from `tabSocial Profile` where name = %(profile)s for update", profile=profile)
        found = rows.row("select name from `tabSocial Erasure` where profile = %(profile)s", profile=profile)
        return found["name"] if found else None

    def _person(self, profile: str) -> Person:
        row = contacts.get_profile(profile)
        before = [step["from"] for step in rows.load(row["identity_log"], [])]
        return Person(
            platform=row["platform"],
            external_id=row["external_id"],
            handle=row["handle"] or "",
            name=row["display_name"] or "",
            address=row["address"] or "",
            contacts=[one for one in dict.fromkeys((row["contact"], *before)) if one],
        )

    def begin(self, profile: str, user: str, now: datetime) -> str:
        person = self._person(profile)
        record = {"kind": "Person", "profile": profile, "requested_by": user, "person": asdict(person)}
        erasure = rows.insert(DOCTYPE, record | {"state": "Running", "began_at": to_site(now)})
        named = {"profile": profile, "person": person.external_id, "platform": person.platform}
        rows.run(
            f"update `tabSocial Message` set erasure = %(erasure)s where {_WRITTEN}",  # noqa: S608 - a constant
            erasure=erasure,
            **named,
        )
        erased_traces.close_cases(erasure, **named)
        nobody = f"erased:{profile}"
        address = contacts.make_address(person.platform, nobody, None)
        values = {**ANONYMOUS, "external_id": nobody, "address": address}
        rows.update("Social Profile", profile, values)
        return erasure

    def begin_old(self, account: str, before: datetime, now: datetime, limit: int) -> str | None:
        old = rows.rows(
            "select message.name from `tabSocial Message` message join `tabHD Ticket` ticket on ticket.name = message.ticket"
            " where message.account = %(account)s and message.direction = 'In' and message.erasure is null"
            " and message.creation < %(before)s and ticket.status_category = 'Resolved'"
            " and coalesce(ticket.resolution_date, ticket.modified) < %(before)s limit %(limit)s for update",
            account=account,
            before=to_site(before),
            limit=limit,
        )
        if not old:
            return None
        record = {"kind": "Age", "account": account, "state": "Running", "began_at": to_site(now)}
        erasure = rows.insert(DOCTYPE, record)
        for row in old:
            rows.update("Social Message", row["name"], {"erasure": erasure})
        return erasure

    def get(self, erasure_id: str) -> Erasure | None:
        row = rows.row("select * from `tabSocial Erasure` where name = %(name)s and state = 'Running'", name=erasure_id)
        if row is None:
            return None
        person = Person(**rows.load(row["person"], {})) if row["kind"] == "Person" else None
        return Erasure(id=row["name"], profile=row["profile"] or "", account=row["account"] or "", person=person)

    def unfinished(self) -> list[str]:
        return [
            row["name"]
            for row in rows.rows("select name from `tabSocial Erasure` where state = 'Running' order by creation")
        ]

    def erase_messages(self, erasure: Erasure) -> None:
        erased_messages.erase(erasure)

    def erase_replies(self, erasure: Erasure) -> None:
        erased_messages.erase_names_in_replies(erasure)

    def erase_tickets(self, erasure: Erasure) -> None:
        erased_tickets.erase(erasure)

    def erase_belongings(self, erasure: Erasure) -> None:
        erased_traces.erase_belongings(erasure)

    def erase_payloads(self, erasure: Erasure) -> None:
        erased_traces.erase_payloads(erasure)

    def finish(self, erasure: Erasure, now: datetime) -> None:
        erased_tickets.renew_search()
        with rows.transaction():
            rows.update(DOCTYPE, erasure.id, {"state": "Done", "done_at": to_site(now), "person": None})

    def empty_payload(self, payload_id: str) -> None:
        with rows.transaction():
            erased_traces.empty(payload_id)


def _unhandled(platform: str) -> Iterator[tuple[str, bytes]]:
    """Return the payloads of a platform that are not handled: state and body."""
    waiting = (
        "select one.name, one.state, one.body, one.body_encoding from `tabSocial Payload` one join `tabSocial Account`"
        " account on account.name = one.account where lower(account.platform) = %(platform)s and one.state != 'Done'"
    )
    for some in erased_messages.batches(waiting, platform=platform):
        for row in some:
            yield row["state"], ledger.read_body(row["body"] or "", row["body_encoding"])
