"""Erasing a person on a real site: afterwards no table holds their words, their name, their handle or their id."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from typing import Any

import frappe
import pytest

from social_care import jobs_erasing
from social_care.api import composer
from social_care.api import erasing as api
from social_care.api.ticket_page import get_ticket_activities
from social_care.core.events import Author, Media, ReactionChanged
from social_care.core.payloads import PayloadState
from social_care.core.ports import Download
from social_care.desks.helpdesk import attachments, identities
from social_care.desks.helpdesk.times import utc_now
from social_care.engine.handling import handle_payload
from tests.fakes import message, payload_of
from tests.site.office import ACCOUNT, AGENT, SiteOffice, communications, make_user, replies, ticket

HANDLE, NAME, PERSON = "zuzanna_lot", "Zuzanna Wrzesień", "7700112233"
WORDS = ("purple suitcase", "green umbrella", "lost my passport", "passport-scan")
FORBIDDEN = (HANDLE, NAME, PERSON, *WORDS, "zuzanna")
ZUZANNA = Author(id=PERSON, handle=f"@{HANDLE}", name=NAME, avatar_url=f"https://example.com/{HANDLE}.jpg")


def wrote(message_id: str, text: str, **more: Any) -> Any:
    from dataclasses import replace

    return replace(message(message_id, text, **more), author=ZUZANNA)


def found_anywhere() -> list[tuple[str, str, str]]:
    """Return where any text column of any table of the site holds what must be gone: table, column, word."""
    columns = frappe.db.sql(
        "select table_name, column_name from information_schema.columns where table_schema = database()"
        " and data_type in ('varchar', 'char', 'text', 'mediumtext', 'longtext', 'tinytext', 'json')"
    )
    found = []
    for table, column in columns:
        either = " or ".join([f"`{column}` like %s"] * len(FORBIDDEN))
        for (value,) in frappe.db.sql(
            f"select `{column}` from `{table}` where {either}",  # noqa: S608 - names of the schema
            [f"%{word}%" for word in FORBIDDEN],
        ):
            found += [(table, column, word) for word in FORBIDDEN if word.lower() in value.lower()]
    return found


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    monkeypatch.setattr("social_care.jobs.enqueue", lambda *given, **named: None)
    return SiteOffice(monkeypatch)


def profile_of(person: str) -> Any:
    return frappe.db.get_value("Social Profile", {"external_id": person})


def erase(profile: str | None = None) -> str:
    erasure = api.erase_person(profile or profile_of(PERSON))
    frappe.db.commit()
    jobs_erasing.erase(erasure)
    return erasure


def handle(office: SiteOffice, *events: Any) -> str:
    """Keep a body and handle it, as a worker would; return its name in the ledger."""
    payload = payload_of(*events, account=office.desk.accounts.get(ACCOUNT))
    name = office.desk.ledger.keep(payload)
    handle_payload(name, desk=office.desk, connector=office.connector, clock=utc_now)
    return name


def make_history(office: SiteOffice) -> str:
    """Let one person leave traces wherever they can; return the ticket."""
    opened = str(office.receive(wrote("post-100001", "I lost my passport and a purple suitcase")).ticket)
    office.receive(wrote("post-100002", "It is a green umbrella", media=(Media(kind="image", url="https://example.com/1"),)))
    office.receive(wrote("post-100002", "No, a purple suitcase", revision="2"))
    office.receive(wrote("dm-200001", "Here is my purple suitcase", private=True, thread=f"dm-{PERSON}"))
    office.receive(wrote("dm-200002", f"And {NAME} is my name", private=True, thread=f"dm-{PERSON}"))
    office.receive(wrote("post-300001", "A green umbrella somewhere", thread="t9", addresses_us=False))
    office.receive(message("post-400001", "My bag is late as well", author="c2", addresses_us=False))
    first = frappe.get_doc("Social Message", {"message_id": "post-100001"})
    reaction = ReactionChanged(message_id="post-400001", author=ZUZANNA, reaction="👍", revision="1")
    office.receive(reaction)
    keep_file(first.name)
    frappe.set_user("Administrator")
    document = ticket(opened)
    document.subject = f"{NAME}: passport"
    document.save()
    document.add_comment("Comment", f"@{HANDLE} called, it is found")
    note = {"doctype": "HD Ticket Comment", "reference_ticket": opened, "content": f"<p>{NAME} is a regular.</p>"}
    frappe.get_doc({**note, "commented_by": AGENT}).insert()
    log = {"doctype": "Notification Log", "document_type": "HD Ticket", "document_name": opened, "for_user": AGENT}
    frappe.get_doc({**log, "subject": "I lost my passport", "type": "Alert"}).insert()
    frappe.db.commit()
    office.reply(opened, f"<p>Hello @{HANDLE}, we look for it, {NAME}.</p>")
    office.work()
    office.work()  # its second part; the name is cut in two
    belongings(opened, first)
    bodies(office)
    return opened


def belongings(opened: str, first: Any) -> None:
    """Leave what a person left elsewhere: an answered request for contact details, a wish, a place in a storm."""
    left = f"<p>{HANDLE}@mail.example.com</p>"
    shown = {"doctype": "Communication", "reference_doctype": "HD Ticket", "reference_name": opened, "content": left}
    communication = frappe.get_doc({**shown, "subject": NAME, "sender": f"{HANDLE}.{PERSON}@x.invalid"}).insert().name
    asked = {"doctype": "Social Contact Request", "state": "Answered", "ticket": opened, "profile": first.profile}
    answer = {"email": f"{HANDLE}@mail.example.com", "communication": communication, "token_digest": "d" * 64}
    frappe.get_doc({**asked, **answer, "account": ACCOUNT}).insert()
    wish = {"doctype": "Social Preference", "account": ACCOUNT, "author_id": PERSON, "category": "marketing", "wanted": 0}
    frappe.get_doc({**wish, "since": "2026-01-01"}).insert()
    storm = {"doctype": "Social Storm", "account": ACCOUNT, "state": "Active", "began_at": "2026-01-01", "campaign": "k"}
    name = frappe.get_doc({**storm, "last_seen_at": "2026-01-01"}).insert().name
    place = {"doctype": "Social Storm Person", "storm": name, "person": PERSON, "message": first.name, "state": "Waiting"}
    frappe.get_doc(place).insert()
    frappe.db.commit()


def keep_file(name: str) -> None:
    with_message = Download(name="passport-scan.txt", mime="text/plain", content=b"a picture of the purple suitcase")
    attachments._keep(name, with_message)


def bodies(office: SiteOffice) -> None:
    raw = json.dumps({"from": {"id": PERSON, "name": NAME}, "text": "purple suitcase"}).encode()
    packed = b64encode(zlib.compress(raw + b" " * 20_000)).decode()
    for digest, body, encoding in (("1", raw.decode(), "utf-8"), ("2", packed, "zlib"), ("3", '{"id": "other"}', "utf-8")):
        payload = {"doctype": "Social Payload", "account": ACCOUNT, "sha256": digest * 64, "state": "Done", "source": "Poll"}
        frappe.get_doc({**payload, "body": body, "body_encoding": encoding, "received_at": "2026-01-01"}).insert()
    frappe.db.commit()


def test_no_table_holds_anything_of_the_person(office: SiteOffice):
    opened = make_history(office)
    contact = frappe.db.get_value("HD Ticket", opened, "contact")
    states = frappe.db.get_value("HD Ticket", opened, ["status", "first_responded_on", "opening_date"])
    facts = "select message_id, event_key, direction, ticket, state, sent_at from `tabSocial Message` order by name"
    before = frappe.db.sql(facts)
    assert found_anywhere(), "the search finds what is there"
    files = frappe.get_all("File", {"attached_to_doctype": ["in", ["Communication", "HD Ticket"]]}, pluck="file_url")
    assert files
    erasure = erase()
    assert found_anywhere() == []
    assert frappe.db.sql(facts) == before, "the fact of each message stays"
    assert frappe.db.get_value("HD Ticket", opened, ["status", "first_responded_on", "opening_date"]) == states
    assert not frappe.db.exists("Contact", contact)
    assert not frappe.get_all("File", {"file_url": ["in", files]})
    others = [one.content for one in communications(opened) if "My bag is late as well" in one.content]
    assert len(others) == 1, "somebody else's words stay"
    assert [one.text for one in replies(opened)] == ["Hello [erased], we look for it, [erased] (1/2)", "[erased]. (2/2)"]
    assert frappe.get_all("Social Storm Person", pluck="state") == ["Left Out"], "counted, and not to be answered"
    record = frappe.get_doc("Social Erasure", erasure)
    assert (record.state, record.requested_by, record.person) == ("Done", "Administrator", None)
    assert (record.messages, record.tickets, record.replies, record.payloads) == (5, 2, 2, 2)
    assert record.files == len(files)


def test_what_is_shown_again_stays_away(office: SiteOffice):
    """A back-fill, a replay and an edit bring the same messages: they are recognised, and their body is not kept either."""
    handle(office, wrote("post-100001", "I lost my passport"))
    erase()
    before = frappe.db.count("HD Ticket")
    again = handle(office, wrote("post-100001", "I lost my passport"), wrote("post-100001", "Lost!", revision="2"))
    state, body = frappe.db.get_value("Social Payload", again, ["state", "body"])
    assert (state, body) == (PayloadState.DONE.value.title(), "")
    assert found_anywhere() == []
    assert frappe.db.count("HD Ticket") == before
    assert not office.desk.ledger.again(again), "an empty body cannot be handled again"


def test_who_writes_again_is_somebody_new(office: SiteOffice):
    old = office.receive(wrote("dm-1", "purple suitcase", private=True, thread=f"dm-{PERSON}")).ticket
    stub = profile_of(PERSON)
    erase()
    new = office.receive(wrote("dm-2", "Hello again", private=True, thread=f"dm-{PERSON}")).ticket
    assert new != old
    assert profile_of(PERSON) not in (None, stub)
    erase(stub)
    assert frappe.db.get_value("Social Message", {"message_id": "dm-2"}, "text") == "Hello again", "asked twice is once"


def test_a_contact_that_people_chose_stays(office: SiteOffice):
    opened = str(office.receive(wrote("post-100001", "purple suitcase")).ticket)
    contact = frappe.get_doc({"doctype": "Contact", "first_name": "Somebody Real"})
    contact.add_email("real@example.com", is_primary=1)
    contact.insert()
    identities.link(profile_of(PERSON), contact.name, "the same person")
    frappe.db.commit()
    erase()
    assert frappe.get_doc("Contact", contact.name).email_id == "real@example.com"
    assert frappe.db.get_value("HD Ticket", opened, "contact") is None
    assert found_anywhere() == [], "the Contact that we had made before is gone"


def test_it_is_refused_while_a_reply_waits(office: SiteOffice):
    opened = str(office.receive(wrote("post-100001", "purple suitcase")).ticket)
    office.reply(opened)
    with pytest.raises(frappe.ValidationError, match="not settled"):
        api.erase_person(profile_of(PERSON))
    office.work()
    erase()


def test_a_worker_that_died_is_followed(office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
    make_history(office)
    erasure = api.erase_person(profile_of(PERSON))
    frappe.db.commit()
    for step in ("erase_replies", "erase_tickets", "erase_belongings", "erase_payloads"):
        with monkeypatch.context() as dying:
            dying.setattr(f"social_care.desks.helpdesk.erasing.HelpdeskErasing.{step}", lambda *given: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                jobs_erasing.erase(erasure)
        frappe.db.rollback()
    jobs_erasing.erase(erasure)
    assert found_anywhere() == []
    assert frappe.db.get_value("Social Erasure", erasure, "messages") == 5


def test_nobody_answers_an_erased_message(office: SiteOffice):
    opened = str(office.receive(wrote("post-100001", "purple suitcase")).ticket)
    erase()
    frappe.set_user(AGENT)
    assert "The message was erased" in get_ticket_activities(opened)["communications"][0]["content"]
    assert not any(one["answerable"] for one in composer.get_state(opened)["messages"])
    with pytest.raises(frappe.ValidationError, match="erased"):
        office.reply(opened)
    assert office.sent() == []


@pytest.mark.parametrize("role", ["Social Care Agent", "Social Care Trainee", "Social Care Supervisor"])
def test_only_owners_may(office: SiteOffice, role: str):
    office.receive(wrote("post-100001", "purple suitcase"))
    make_user("no-owner@example.com", "No Owner", role, agent=True)
    frappe.set_user("no-owner@example.com")
    with pytest.raises(frappe.PermissionError):
        api.erase_person(profile_of(PERSON))


def test_old_messages_go_by_the_accounts_setting(office: SiteOffice):
    opened = str(office.receive(wrote("post-100001", "I lost my passport")).ticket)
    open_still = str(office.receive(message("post-500001", "Mine is open", author="c2", thread="t2")).ticket)
    document = ticket(opened)
    document.status = "Closed"
    document.save()
    long_ago = frappe.utils.add_days(frappe.utils.now_datetime(), -40)
    frappe.db.sql("update `tabSocial Message` set creation = %s", long_ago)
    frappe.db.sql("update `tabHD Ticket` set resolution_date = %s, modified = %s", (long_ago, long_ago))
    frappe.db.commit()
    jobs_erasing.erase_old_messages()
    assert ticket(opened).description.count("passport") == 1, "0 days are never"
    frappe.db.set_value("Social Account", ACCOUNT, "message_retention_days", 30)
    jobs_erasing.erase_old_messages()
    assert "passport" not in ticket(opened).description + ticket(opened).subject + communications(opened)[0].content
    assert communications(opened)[0].sender_full_name == NAME, "who wrote stays known"
    assert "Mine is open" in communications(open_still)[0].content
    assert frappe.get_all("Social Erasure", pluck="kind") == ["Age"]


def test_what_a_person_deletes_by_hand_leaves_no_copy(office: SiteOffice):
    """A parked payload is deleted before its author is erased: Frappe's copy of deleted documents would keep the words."""
    office.receive(wrote("d1", "my purple suitcase"))
    payload = office.desk.ledger.keep(payload_of(wrote("d2", "a green umbrella")))
    for doctype, name in (
        ("Social Payload", payload),
        ("Social Message", frappe.db.get_value("Social Message", {"message_id": "d1"})),
        ("Social Profile", profile_of(PERSON)),
    ):
        frappe.delete_doc(doctype, name, force=True)
        kept = {"deleted_doctype": doctype, "deleted_name": name}
        assert frappe.db.exists("Deleted Document", kept), "Frappe makes a copy: else this test shows nothing"
        frappe.db.before_commit.run()
        assert not frappe.db.exists("Deleted Document", kept), doctype
