"""What is left of a person beside messages and tickets: cases, contact, wishes, requests, reactions, raw bodies."""

from __future__ import annotations

import json

import frappe
from frappe import _

from social_care.core.erasing import Erasure, Person, findable, ids_in, names_person
from social_care.desks.helpdesk import contact_requests, contacts, erased_messages, ledger, rows
from social_care.desks.helpdesk.html import to_html

EMPTIED = "The body was erased on request, or by the age of its messages."


# --- cases ----------------------------------------------------------------------------------------------------------
def close_cases(erasure: str, profile: str, person: str, platform: str) -> None:
    """Give a person's cases keys that no message leads to, in the caller's transaction: later ones are new cases."""
    cases = rows.rows(
        "select thread.* from `tabSocial Thread` thread join `tabSocial Account` account on account.name = thread.account"
        " where thread.profile = %(profile)s or (thread.author_id = %(person)s and lower(account.platform) = %(platform)s)"
        " or (thread.audience = 'Private' and thread.profile is null and exists (select 1 from `tabSocial Message` message"
        " where message.erasure = %(erasure)s and message.account = thread.account"
        " and message.thread_id = thread.thread_id)) for update",
        erasure=erasure,
        profile=profile,
        person=person,
        platform=platform,
    )
    for case in cases:
        nobody = f"erased:{case['name']}"
        rows.update("Social Thread", case["name"], {"key": nobody, "author_id": case["author_id"] and nobody})
        if case["audience"] == "Private":
            rows.update("Social Thread", case["name"], {"thread_id": nobody})
            rows.run(
                "update `tabSocial Message` set thread_id = %(nobody)s where account = %(account)s and thread_id = %(id)s",
                nobody=nobody,
                account=case["account"],
                id=case["thread_id"],
            )
    rows.run(
        "update `tabSocial Message` set thread_id = concat('erased:', name) where erasure = %(erasure)s"
        " and audience = 'Private' and thread is null",
        erasure=erasure,
    )


# --- contact --------------------------------------------------------------------------------------------------------
def is_ours(contact: str, profile: str) -> bool:
    """Tell whether a Contact is this profile's only, and holds no address or number but those we asked for."""
    document = frappe.get_doc("Contact", contact) if frappe.db.exists("Contact", contact) else None
    if document is None or document.user or document.links:
        return False
    asked = frappe.get_all("Social Contact Request", {"profile": profile, "state": "Answered"}, ["email", "phone"])
    given = {value for one in asked for value in (one.email, one.phone) if value}
    known = {one.email_id for one in document.email_ids} | {one.phone for one in document.phone_nos}
    others = frappe.db.exists("Social Profile", {"contact": contact, "name": ["!=", profile]})
    elsewhere = frappe.db.sql(
        "select 1 from `tabHD Ticket` where contact = %s and coalesce(social_profile, '') != %s limit 1", (contact, profile)
    )
    return not others and not elsewhere and all(one in given or contacts.is_made_up(one) for one in known)


def _erase_contacts(erasure: Erasure, person: Person) -> None:
    """Delete the Contacts that are ours; others stay as they are, without the profile."""
    for contact in person.contacts:
        if is_ours(contact, erasure.profile):
            frappe.db.delete("Version", {"ref_doctype": "Contact", "docname": contact})
            frappe.db.delete("Comment", {"reference_doctype": "Contact", "reference_name": contact})
            for part in ("Contact Email", "Contact Phone"):
                frappe.db.delete(part, {"parenttype": "Contact", "parent": contact})
            frappe.db.delete("Communication Link", {"link_doctype": "Contact", "link_name": contact})
            frappe.db.delete("Contact", {"name": contact})  # not `delete_doc`, which would write down its name
            frappe.db.sql("delete from `__global_search` where doctype = 'Contact' and name = %s", contact)
    steps = {"comment_type": "Info", "reference_doctype": "Contact", "content": ["like", f"%{erasure.profile}%"]}
    erased_messages.mask_named("Comment", ("content",), steps, person.words())


# --- the rest -------------------------------------------------------------------------------------------------------
def erase_belongings(erasure: Erasure) -> None:
    """See `core.ports.Erasing.erase_belongings`."""
    person = erasure.person
    if person is None:
        return
    with rows.transaction():
        _erase_contacts(erasure, person)
        frappe.db.delete("Tag Link", {"document_type": "Social Profile", "document_name": erasure.profile})
        erased_messages.mask_named(
            "Social Moderation Action", ("reason", "error"), {"profile": erasure.profile}, person.words()
        )
        _erase_requests(erasure)
        _leave_storms(erasure)
        for account in _accounts(person.platform):
            named = {"account": account, "person": person.external_id}
            rows.run("delete from `tabSocial Preference` where account = %(account)s and author_id = %(person)s", **named)
            rows.run(
                "update `tabSocial Moderation Action` set author_id = null"
                " where account = %(account)s and author_id = %(person)s",
                **named,
            )
            _erase_reactions(**named)


def _accounts(platform: str) -> list[str]:
    return [
        row["name"]
        for row in rows.rows("select name from `tabSocial Account` where lower(platform) = %(platform)s", platform=platform)
    ]


def _erase_requests(erasure: Erasure) -> None:
    """Delete the requests for contact details, and what was left there where it stands on a ticket."""
    said = {"content": to_html(erased_messages.line(erasure)), "text_content": None, "sender_full_name": _("Erased")}
    shown = frappe.get_all(contact_requests.DOCTYPE, {"profile": erasure.profile}, pluck="communication")
    for communication in filter(None, shown):
        rows.update("Communication", communication, said)
    contact_requests.forget("Social Profile", erasure.profile)


def _leave_storms(erasure: Erasure) -> None:
    rows.run(
        "update `tabSocial Storm Person` person join `tabSocial Message` message on message.name = person.message"
        " set person.person = concat('erased:', person.name), person.note = '',"
        " person.state = if(person.state = 'Waiting', 'Left Out', person.state) where message.erasure = %(erasure)s",
        erasure=erasure.id,
    )


def _erase_reactions(account: str, person: str) -> None:
    found = rows.rows(
        "select name, reactions from `tabSocial Message` where account = %(account)s and reactions like %(like)s",
        account=account,
        like=f"%{json.dumps(person)[1:-1]}%",
    )
    for row in found:
        kept = {who: sign for who, sign in rows.load(row["reactions"], {}).items() if who != person}
        rows.update("Social Message", row["name"], {"reactions": kept})


# --- raw bodies -----------------------------------------------------------------------------------------------------
def erase_payloads(erasure: Erasure) -> None:
    """See `core.ports.Erasing.erase_payloads`."""
    marked = rows.rows("select message_id from `tabSocial Message` where erasure = %(name)s", name=erasure.id)
    ids = findable(row["message_id"] for row in marked)
    handled = (
        "select one.name, one.body, one.body_encoding from `tabSocial Payload` one"
        " where one.account = %(account)s and one.state = 'Done' and one.body != ''"
    )
    for account in _accounts(erasure.person.platform) if erasure.person else [erasure.account]:
        for some in erased_messages.batches(handled, account=account):
            with rows.transaction():
                emptied = [row["name"] for row in some if _holds(row, ids, erasure.person)]
                for name in emptied:
                    empty(name)
                erased_messages.count(erasure, payloads=len(emptied))


def _holds(row: rows.Row, ids: set[str], person: Person | None) -> bool:
    body = ledger.read_body(row["body"], row["body_encoding"])
    return (person is not None and names_person(body, person)) or not ids.isdisjoint(ids_in(body))


def empty(payload: str) -> None:
    """Empty the body of a payload that is handled, in the caller's transaction; its digest stays."""
    rows.run(
        "update `tabSocial Payload` set body = '', body_encoding = 'utf-8', note = %(note)s"
        " where name = %(name)s and state = 'Done'",
        name=payload,
        note=EMPTIED,
    )
