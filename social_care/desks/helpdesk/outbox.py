"""The outbox: outgoing rows of Social Message, and what their fate does to the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _

from social_care.core.accounts import Account
from social_care.core.events import Fate
from social_care.core.ports import ECHO_REACH, MISTAKEN, Clock, Conflict
from social_care.core.replies import REPORTED, DeliveryState, Draft, Part, Plan, Reply, Sent
from social_care.desks.helpdesk import answers, delivery_signs, messages, notices, rows
from social_care.desks.helpdesk.html import to_html
from social_care.desks.helpdesk.outgoing import read_part
from social_care.desks.helpdesk.queue import ask_worker
from social_care.desks.helpdesk.times import to_site
from social_care.desks.helpdesk.turns import Turn, add_communication

LEASE = timedelta(minutes=10)
"""After this long a worker that was sending is held for dead; longer than any send may take."""

DELIVER_JOB = "social_care.jobs.deliver_part"

_READY = (
    "part.state = 'Queued' and (part.next_attempt is null or part.next_attempt <= %(now)s) and not exists (select 1 from"
    " `tabSocial Message` earlier where earlier.reply = part.reply and earlier.part < part.part and earlier.state != 'Sent')"
)


class HelpdeskOutbox:
    """See `core.ports.Outbox`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    # --- queueing
    def add(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str, awaiting: bool = False) -> tuple[str, ...]:
        common = self._common(account, reply, plan, reply_name) | {"state": "Awaiting Approval" if awaiting else "Queued"}
        names = tuple(self._insert(common, draft, resolve=reply.resolve) for draft in plan.drafts)
        if reply.automatic and reply.shown:
            self._show(reply, reply_name, names[0])
        if not awaiting and not reply.hold_s:
            self._enqueue(names[0])
        return names

    def _common(self, account: Account, reply: Reply, plan: Plan, reply_name: str) -> dict[str, Any]:
        """Return what the rows of all parts of a reply have in common."""
        same = plan.audience is reply.target.audience
        target = (
            rows.row("select thread, profile from `tabSocial Message` where name = %(name)s", name=reply.target.id) or {}
        )
        return {
            "account": account.name,
            "platform": account.platform,
            "thread": target.get("thread") if same else None,
            "thread_id": reply.target.thread_id if same else None,
            "audience": plan.audience.value.title(),
            "direction": "Out",
            "kind": "reply",
            "author_id": account.external_id,
            "author_handle": account.handle,
            "ticket": reply.ticket,
            "communication": reply_name,
            "state": "Queued",
            "reply": reply_name,
            "of_parts": len(plan.drafts),
            "target": reply.target.id,
            "author_user": reply.author,
            "automatic": int(reply.automatic),
            "next_attempt": to_site(self.clock() + timedelta(seconds=reply.hold_s)) if reply.hold_s else None,
        }

    def _insert(self, common: dict[str, Any], draft: Draft, *, resolve: bool) -> str:
        own = {
            "event_key": f"out:{rows.digest(common['account'], common['reply'], str(draft.index))}",
            "idempotency_key": rows.new_name() + rows.new_name(),
            "part": draft.index,
        }
        try:
            return rows.insert(messages.DOCTYPE, common | own | _said(draft, resolve=resolve))
        except Exception as error:
            if rows.is_taken(error):
                raise Conflict(common["reply"]) from error
            raise

    # --- approval
    def release(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str, approved_by: str) -> None:
        common = self._common(account, reply, plan, reply_name) | {"approved_by": approved_by}
        names = self._awaiting(reply_name)
        for name, draft in zip(names, plan.drafts, strict=False):
            rows.update(messages.DOCTYPE, name, common | _said(draft, resolve=reply.resolve))
        for draft in plan.drafts[len(names) :]:
            self._insert(common, draft, resolve=reply.resolve)
        for name in names[len(plan.drafts) :]:
            rows.run("delete from `tabSocial Message` where name = %(name)s", name=name)
        delivery_signs.show(names[0])
        self._enqueue(names[0])

    def drop(self, reply_name: str, state: DeliveryState, why: str) -> None:
        names = self._awaiting(reply_name)
        for name in names:
            rows.update(messages.DOCTYPE, name, {"state": state.value.title(), "error": why})
        delivery_signs.show(names[0])

    def _awaiting(self, reply_name: str) -> list[str]:
        """Return the parts of a reply that wait for a supervisor, locked, in order."""
        condition = "part.reply = %(reply)s and part.state = 'Awaiting Approval' order by part.part for update"
        return self._names(condition, reply=reply_name)

    def _show(self, reply: Reply, name: str, first_part: str) -> None:
        """Show a reply that nobody wrote into a reply box."""
        shown = {
            "name": name,
            "social_message": first_part,
            "sent_or_received": "Sent",
            "delivery_status": "Scheduled",
            "sender": "Administrator",
            "sender_full_name": _("Automatic reply"),
            "content": to_html(reply.text),
        }
        add_communication(frappe.get_doc("HD Ticket", reply.ticket), shown, Turn.WAITING)

    def _enqueue(self, part_id: str) -> None:
        """Have a part delivered after the commit; the sweeper finds it should the queue forget."""
        ask_worker(DELIVER_JOB, part_id=part_id)

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        return self._names(f"{_READY} order by part.creation, part.part limit %(limit)s", now=to_site(now), limit=limit)

    def claim(self, part_id: str, now: datetime) -> Part | None:
        with rows.transaction():
            self._lock(part_id)
            if not self._names(f"part.name = %(name)s and {_READY}", name=part_id, now=to_site(now)):
                return None
            rows.run(
                "update `tabSocial Message` set state = 'Sending', attempts = attempts + 1, lease_until = %(lease)s,"
                " first_attempt_at = coalesce(first_attempt_at, %(now)s) where name = %(name)s",
                name=part_id,
                now=to_site(now),
                lease=to_site(now + LEASE),
            )
            delivery_signs.show(part_id)
            return self.get(part_id)

    def claim_again(self, part_id: str, now: datetime) -> Part | None:
        with rows.transaction():
            self._lock(part_id)
            taken = rows.run(
                "update `tabSocial Message` set state = 'Sending', attempts = attempts + 1, lease_until = %(lease)s"
                " where name = %(name)s and state = 'Unknown' and next_attempt <= %(now)s",
                name=part_id,
                now=to_site(now),
                lease=to_site(now + LEASE),
            )
            delivery_signs.show(part_id)
            return self.get(part_id) if taken else None

    # --- fates
    def record_sent(self, part_id: str, sent: Sent, now: datetime) -> bool:
        with rows.transaction():
            state = self._lock(part_id)
            if state is None or state == "Sent":
                return False
            part = self._part(part_id)
            if part.state in REPORTED and sent.external_id and part.external_id == sent.external_id:
                return False
            if sent.external_id:
                self._give_back(part, sent.external_id)
                self._drop_echo(part.account, sent.external_id)
            values = {
                "state": "Sent",
                "message_id": sent.external_id or None,
                "permalink": sent.permalink,
                "sent_at": to_site(now),
                "confirmed_at": to_site(now),
                "lease_until": None,
                "next_attempt": None,
                "error": "",
                "cost": sent.cost,
            }
            if sent.thread_id:
                values["thread_id"] = sent.thread_id
            rows.update(messages.DOCTYPE, part_id, values)
            self._arrived(part)
            return True

    def _arrived(self, part: Part) -> None:
        """What follows when a part is on the platform: the clock, the page, the ticket's end, the next part."""
        if part.index == 1 and not part.automatic:
            delivery_signs.count_as_answer(part)
        delivery_signs.show(part.id)
        delivery_signs.resolve_ticket(part.id)
        self._go_on(part)

    def _give_back(self, part: Part, external_id: str) -> None:
        """Take an id back from another part that was only taken for this message."""
        other = self.find_by_external_id(part.account, external_id)
        if other is not None and other.id != part.id:
            rows.update(messages.DOCTYPE, other.id, {"message_id": None})
            if self._set(other.id, "Unknown", MISTAKEN, None, among=("Sent",), checked=1):
                self._tell_author(other.id, MISTAKEN)

    def _drop_echo(self, account: str, external_id: str) -> None:
        """The same message may have come back first and been taken for a reply made elsewhere: forget that one."""
        for echo in rows.rows(
            "select name from `tabSocial Message` where account = %(account)s and message_id = %(id)s and state is null",
            account=account,
            id=external_id,
        ):
            rows.run("delete from `tabCommunication` where social_message = %(name)s", name=echo["name"])
            rows.run("delete from `tabSocial Message` where name = %(name)s", name=echo["name"])

    def _go_on(self, part: Part) -> None:
        found = rows.row(
            "select name from `tabSocial Message` where reply = %(reply)s and part = %(next)s and state = 'Queued'",
            reply=part.reply,
            next=part.index + 1,
        )
        if found:
            self._enqueue(found["name"])

    def record_retry(self, part_id: str, error: str, retry_at: datetime, progress: Mapping[str, str] | None = None) -> None:
        with rows.transaction():
            if self._set(part_id, "Queued", error, retry_at, among=("Queued", "Sending")) and progress is not None:
                rows.update(messages.DOCTYPE, part_id, {"progress": dict(progress)})

    def postpone(self, part_id: str, why: str, until: datetime) -> bool:
        return self._set(part_id, "Queued", why, until, among=("Queued",))

    def record_failed(self, part_id: str, error: str, *, external_id: str = "") -> bool:
        with rows.transaction():
            before = self._lock(part_id)
            among = ("Queued", "Sending", "Unknown", *(("Sent",) if external_id else ()))
            failed = self._set(part_id, "Failed", error, None, among=among)
            if failed and external_id:
                rows.update(messages.DOCTYPE, part_id, {"message_id": external_id})
            if failed and before == "Sent" and not (part := self._part(part_id)).automatic:
                with delivery_signs.unhindered(part.ticket, part.author):
                    answers.take_back(part.ticket)
        if failed:
            self._tell_author(part_id, _("Your reply could not be sent: {0}").format(error))
        return failed

    def record_receipt(self, part_id: str, fate: Fate) -> bool:
        known = ("Read",) if fate is Fate.READ else ("Delivered", "Read")
        with rows.transaction():
            row = rows.row("select state, receipt from `tabSocial Message` where name = %(name)s for update", name=part_id)
            if row is None or row["state"] not in ("Sent", "Failed", "Queued") or row["receipt"] in known:
                return False
            values = {"state": "Sent", "error": "", "next_attempt": None, "receipt": fate.value.title()}
            rows.update(messages.DOCTYPE, part_id, values)
            if row["state"] == "Sent":
                delivery_signs.show(part_id)
            else:
                self._arrived(self._part(part_id))
            return True

    def record_unknown(self, part_id: str, error: str, check_at: datetime | None) -> None:
        done = self._set(part_id, "Unknown", error, check_at, among=("Sending", "Unknown"), checked=1)
        if done and check_at is None:
            self._tell_author(part_id, error)

    def requeue(self, part_id: str) -> bool:
        with rows.transaction():
            done = self._set(part_id, "Queued", "", None, among=("Failed", "Unknown"))
            if done:
                self._enqueue(part_id)
        return done

    def cancel(self, part_id: str, *, only: DeliveryState | None = None) -> bool:
        among = (only.value.title(),) if only else ("Failed", "Unknown", "Queued")
        with rows.transaction():
            done = self._set(part_id, "Cancelled", "", None, among=among)
            if done:
                rows.run(
                    "update `tabSocial Message` later join `tabSocial Message` part on part.reply = later.reply"
                    " set later.state = 'Cancelled' where part.name = %(name)s and later.part > part.part"
                    " and later.state in ('Queued', 'Failed')",
                    name=part_id,
                )
                delivery_signs.show(part_id)
        return done

    def take_back(self, reply_name: str) -> bool:
        with rows.transaction():
            parts = rows.rows(
                "select name, state, attempts from `tabSocial Message` where reply = %(reply)s order by part for update",
                reply=reply_name,
            )
            if not parts or any(part["state"] != "Queued" or part["attempts"] for part in parts):
                return False
            rows.run(
                "update `tabSocial Message` set state = 'Cancelled', next_attempt = null where reply = %(reply)s",
                reply=reply_name,
            )
            delivery_signs.show(parts[0]["name"])
            delivery_signs.show_reply_before(reply_name)
            return True

    def _set(
        self, part_id: str, state: str, error: str, next_at: datetime | None, *, among: tuple[str, ...], checked: int = 0
    ) -> bool:
        with rows.transaction():
            if self._lock(part_id) not in among:
                return False
            rows.run(
                "update `tabSocial Message` set state = %(state)s, error = %(error)s, next_attempt = %(next)s,"
                " lease_until = null, checks = checks + %(checked)s where name = %(name)s",
                name=part_id,
                state=state,
                error=error,
                next=to_site(next_at),
                checked=checked,
            )
            delivery_signs.show(part_id)
            return True

    def _lock(self, part_id: str) -> str | None:
        """Lock a part until the transaction ends; return its state, None where there is no such part."""
        row = rows.row("select state from `tabSocial Message` where name = %(name)s for update", name=part_id)
        return row["state"] if row else None

    def _tell_author(self, part_id: str, sentence: str) -> None:
        part = self._part(part_id)
        with rows.transaction():
            notices.tell_author(part.author, part.ticket, sentence)

    # --- finding
    def get(self, part_id: str) -> Part | None:
        row = rows.row("select * from `tabSocial Message` where name = %(name)s and state is not null", name=part_id)
        return read_part(row) if row and row["state"] else None

    def _part(self, part_id: str) -> Part:
        part = self.get(part_id)
        assert part is not None  # noqa: S101 - its row is locked by the caller
        return part

    def find_by_external_id(self, account: str, external_id: str) -> Part | None:
        row = rows.row(
            "select * from `tabSocial Message` where account = %(account)s and message_id = %(id)s"
            " and state is not null and state != ''",
            account=account,
            id=external_id,
        )
        return read_part(row) if row else None

    def sent_until(self, account: str, thread_id: str, until: datetime) -> list[str]:
        return self._names(
            "part.account = %(account)s and part.thread_id = %(thread)s and part.audience = 'Private'"
            " and part.state = 'Sent' and part.confirmed_at <= %(until)s"
            " and coalesce(part.receipt, '') != 'Read' order by part.creation",
            account=account,
            thread=thread_id,
            until=to_site(until),
        )

    def unsettled(self, account: str) -> tuple[Part, ...]:
        found = rows.rows(
            "select * from `tabSocial Message` where account = %(account)s and (state in ('Sending', 'Unknown')"
            " or (state in ('Queued', 'Failed') and first_attempt_at > %(since)s)) order by creation, part",
            account=account,
            since=to_site(self.clock() - ECHO_REACH),
        )
        return tuple(read_part(row) for row in found)

    def abandoned(self, now: datetime) -> list[str]:
        return self._names("part.state = 'Sending' and part.lease_until <= %(now)s order by part.creation", now=to_site(now))

    def to_check(self, now: datetime) -> list[str]:
        return self._names(
            "part.state = 'Unknown' and part.next_attempt <= %(now)s order by part.creation", now=to_site(now)
        )

    def _names(self, condition: str, **values: Any) -> list[str]:
        found = rows.rows(f"select part.name from `tabSocial Message` part where {condition}", **values)  # noqa: S608
        return [row["name"] for row in found]


def _said(draft: Draft, *, resolve: bool) -> dict[str, Any]:
    """Return what a part says, and whether its confirmation resolves the ticket."""
    return {
        "text": draft.text,
        "uploads": [asdict(upload) for upload in draft.media],
        "template": asdict(draft.template) if draft.template else None,
        "resolves": int(resolve and draft.index == draft.of),
    }
