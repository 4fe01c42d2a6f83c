"""A Telegram bot on a real site: updates at the real endpoint or by polling, the form's buttons, answers from the ticket."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frappe
import pytest
from werkzeug.serving import make_server

from social_care import jobs, jobs_keeping
from social_care.api import accounts as api
from social_care.api import moderation
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.sandbox.telegram import Person, TelegramSandbox
from tests.site.conftest import AGENT
from tests.site.meta import MetaAccount
from tests.site.office import SiteOffice, communications, replies, ticket

SECRET = "a-long_secret-of-ours"
ACCOUNT = MetaAccount(platform="Telegram", product="", us="")
NAME = ACCOUNT.name
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def bot(site: Any) -> Iterator[TelegramSandbox]:
    with TelegramSandbox() as sandbox:
        frappe.get_doc(
            {
                "doctype": "Social Account",
                "account_name": NAME,
                "platform": "Telegram",
                "owner_user": AGENT,
                "api_base_url": sandbox.base_url,
                "access_token": sandbox.token,
                "webhook_secret": SECRET,
                "telegram_receive_by": "Webhook",
            }
        ).insert()
        frappe.db.commit()
        api.check_account(NAME)
        yield sandbox


@pytest.fixture
def ada(bot: TelegramSandbox) -> Person:
    return bot.add_person("Ada Osei", "ada_travels")


@pytest.fixture
def address(bot: TelegramSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site served on loopback, under its real webhook address."""
    from frappe.app import application

    def here(environ: Any, start_response: Any) -> Any:
        return application({**environ, "HTTP_X_FRAPPE_SITE_NAME": os.environ["SOCIAL_CARE_SITE"]}, start_response)

    server = make_server("127.0.0.1", 0, here, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    path = jobs.webhook_address(NAME).partition("/api/")[2]
    url = f"http://127.0.0.1:{server.server_port}/api/{path}"
    monkeypatch.setattr(jobs, "webhook_address", lambda name: url)
    yield url
    bot.pusher.flush()
    server.shutdown()
    thread.join()
    server.server_close()


def poll() -> None:
    """Receive by polling from now on."""
    frappe.get_doc("Social Account", NAME).update({"telegram_receive_by": "Polling"}).save()
    frappe.db.commit()


def push(bot: TelegramSandbox, *, secret: str | None = SECRET) -> list[tuple[int, str]]:
    """Bring what waits at Telegram to the endpoint, as Telegram does."""
    waiting, bot.state.updates = bot.state.updates, []
    headers = {} if secret is None else {HEADER: secret}
    return [ACCOUNT.post(update, headers=headers) for update in waiting]


def take(bot: TelegramSandbox) -> list[Any]:
    answers = push(bot)
    assert set(answers) == {(200, "ok")}, answers
    return handle()


def handle() -> list[Any]:
    """Handle every stored body, oldest first; return the rows of the ledger."""
    for name in HelpdeskDesk().ledger.due(utc_now()):
        jobs.handle_payload(name)
    return frappe.get_all("Social Payload", {"account": NAME}, ["name", "state", "note"], order_by="creation")


def on_tickets() -> dict[str, list[str]]:
    """Return what customers said, by ticket."""
    found: dict[str, list[str]] = {}
    of_customers = {"account": NAME, "direction": "In", "ticket": ["is", "set"]}
    for row in frappe.get_all("Social Message", of_customers, ["ticket", "text"], order_by="creation"):
        found.setdefault(row.ticket, []).append(row.text)
    return found


def the_ticket() -> str:
    [name] = frappe.get_all("HD Ticket", {"social_account": NAME}, pluck="name")
    return str(name)


def answer(html: str, **arguments: Any) -> None:
    """Answer as Helpdesk's reply box does, and let two workers send it, one after the other."""
    SiteOffice.reply(None, the_ticket(), html, **arguments)  # type: ignore[arg-type]
    for _ in range(2):
        for part in replies(the_ticket()):
            jobs.deliver_part(part.name)


def said(bot: TelegramSandbox, person: Person) -> list[str]:
    return [one["text"] for one in bot.said(person)]


def stored() -> Any:
    frappe.db.rollback()
    return frappe.get_doc("Social Account", NAME)


# --- the endpoint ---------------------------------------------------------------------------------------------------
def test_an_update_with_the_secret_becomes_a_ticket(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "My bag did not come out in Oslo.")
    [payload] = take(bot)
    assert payload.state == "Done", payload.note
    made = ticket(the_ticket())
    assert (made.subject, made.social_platform, made.social_audience) == (
        "My bag did not come out in Oslo.",
        "Telegram",
        "Private",
    )
    assert made.social_handle == "@ada_travels"
    assert communications(made.name)[0].sent_or_received == "Received"


def test_an_update_that_comes_twice_is_one_message(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "Hello?")
    again = list(bot.state.updates)
    take(bot)
    bot.state.updates = again
    take(bot)
    assert len(communications(the_ticket())) == 1


@pytest.mark.parametrize("secret", [None, "", "another", SECRET[:-1], SECRET + " ", SECRET.upper(), "ü"])
def test_a_wrong_secret_is_refused_and_counted(bot: TelegramSandbox, ada: Person, secret: str | None):
    bot.write(ada, "Hello")
    assert push(bot, secret=secret) == [(403, "refused")]
    assert stored().refused_webhooks == 1
    assert frappe.get_all("Social Payload", {"account": NAME}) == []
    assert frappe.get_all("HD Ticket", {"social_account": NAME}) == []


def test_while_the_secret_is_replaced_the_old_one_holds(bot: TelegramSandbox, ada: Person):
    frappe.get_doc("Social Account", NAME).update({"webhook_secret": "new", "previous_webhook_secret": SECRET}).save()
    frappe.db.commit()
    bot.write(ada, "Hello")
    take(bot)
    assert the_ticket()


def test_whoever_asks_with_get_is_refused(bot: TelegramSandbox):
    assert ACCOUNT.call("GET", "&hub.challenge=1") == (403, "refused")


# --- answers --------------------------------------------------------------------------------------------------------
def test_an_answer_reaches_the_customer_once(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "Where is my bag?")
    take(bot)
    answer("<p>It is in <b>Oslo</b>.</p>")
    assert said(bot, ada) == ["It is in Oslo."]
    [reply] = replies(the_ticket())
    assert (reply.state, reply.audience) == ("Sent", "Private")
    assert ticket(the_ticket()).first_responded_on is not None
    [sent] = bot.said(ada)
    assert sent["reply_to_message"]["text"] == "Where is my bag?"


def test_a_lost_answer_to_the_call_is_never_sent_again(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "Where is my bag?")
    take(bot)
    bot.fault("reset_after", "POST *sendMessage")
    answer("<p>In Oslo.</p>")
    [reply] = replies(the_ticket())
    jobs.reconcile_part(reply.name)
    jobs.sweep()
    assert replies(the_ticket())[0].state == "Unknown"
    assert said(bot, ada) == ["In Oslo."], "it was sent a second time, or never"
    [sent] = bot.said(ada)
    bot.write(ada, "Thanks!", reply_to_message=sent)
    take(bot)
    assert replies(the_ticket())[0].state == "Sent", "the customer's answer quotes ours, so it did arrive"


def test_a_customer_who_blocked_the_bot_cannot_be_answered(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "Where is my bag?")
    bot.block(ada)
    assert [row.state for row in take(bot)] == ["Done", "Done"], "being blocked is recorded, and no fault"
    answer("<p>In Oslo.</p>")
    [reply] = replies(the_ticket())
    assert (reply.state, reply.error) == ("Failed", "The customer has blocked the bot, so nothing can be sent.")
    assert said(bot, ada) == []
    assert ticket(the_ticket()).first_responded_on is None, "the clock stopped without an answer"
    told = frappe.get_all("HD Notification", {"user_to": AGENT}, pluck="message")
    assert told == ["Your reply could not be sent: The customer has blocked the bot, so nothing can be sent."]


def test_in_a_group_the_answer_stands_below_the_message(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "@NorthwindBot is NW204 late?", bot.group)
    bot.write(ada, "It was late yesterday, too", bot.group)
    ben = bot.add_person("Ben Ward", "benw")
    bot.write(ben, "Nice weather", bot.group)
    take(bot)
    assert [one.content for one in communications(the_ticket())] == [
        "<p>@NorthwindBot is NW204 late?</p>",
        "<p>It was late yesterday, too</p>",
    ]
    assert ticket(the_ticket()).social_audience == "Public"
    answer("<p>No, it is on time.</p>")
    [sent] = bot.said(bot.group)
    assert sent["text"] == "No, it is on time."
    assert sent["reply_to_message"]["from"]["username"] == "ada_travels"


def test_a_file_is_fetched(bot: TelegramSandbox, ada: Person):
    bot.send_file(ada, "document", "tag.pdf", b"%PDF-1.4 the tag", "My tag")
    take(bot)
    for message in frappe.get_all("Social Message", {"account": NAME}, pluck="name"):
        jobs.fetch_attachments(message)
    [file] = frappe.get_all("File", {"attached_to_doctype": "Communication"}, ["name", "file_name", "is_private"])
    assert Path(frappe.get_doc("File", file.name).get_full_path()).read_bytes() == b"%PDF-1.4 the tag"
    assert file.is_private


def test_an_away_message_of_a_business_account_is_no_answer(bot: TelegramSandbox, ada: Person):
    said_first = bot.write_to_business(ada, "Where is my bag?")
    owner = {"id": 600600, "is_bot": False, "first_name": "Nora"}
    more = {"message_id": said_first["message_id"] + 1, "from": owner, "text": "We are away."}
    bot.state.announce("business_message", {**said_first, **more, "is_from_offline": True})
    take(bot)
    assert [one.sent_or_received for one in communications(the_ticket())] == ["Received", "Sent"]
    assert ticket(the_ticket()).first_responded_on is None
    bot.state.announce("business_message", {**said_first, **more, "message_id": more["message_id"] + 1, "text": "I look."})
    take(bot)
    assert ticket(the_ticket()).first_responded_on is not None


# --- edits ----------------------------------------------------------------------------------------------------------
def test_an_edit_changes_the_shown_words_and_keeps_the_old(bot: TelegramSandbox, ada: Person):
    first = bot.write(ada, "My blue bag")
    take(bot)
    bot.edit(first, "My red bag")
    take(bot)
    assert on_tickets() == {the_ticket(): ["My red bag"]}
    [row] = frappe.get_all("Social Message", {"account": NAME}, ["versions"])
    assert "My blue bag" in [one["text"] for one in json.loads(row.versions)]


def test_an_edit_that_comes_first_loses_nothing(bot: TelegramSandbox, ada: Person):
    first = bot.write(ada, "My blue bag")
    bot.edit(first, "My red bag")
    bot.state.updates.reverse()
    take(bot)
    assert on_tickets() == {the_ticket(): ["My red bag"]}


# --- polling --------------------------------------------------------------------------------------------------------
def test_polling_brings_the_same_and_answers_go_out(bot: TelegramSandbox, ada: Person):
    poll()
    bot.write(ada, "Where is my bag?")
    for _ in range(2):
        jobs.poll_feed(NAME, "direct_messages")
        handle()
    assert on_tickets() == {the_ticket(): ["Where is my bag?"]}
    assert bot.state.updates == [], "Telegram would hand out the same for ever"
    answer("<p>In Oslo.</p>")
    assert said(bot, ada) == ["In Oslo."]


def test_a_page_that_was_not_stored_is_asked_for_again(bot: TelegramSandbox, ada: Person, monkeypatch: pytest.MonkeyPatch):
    poll()
    bot.write(ada, "Where is my bag?")
    with monkeypatch.context() as broken:
        broken.setattr("social_care.desks.helpdesk.ledger.HelpdeskLedger.keep", _die)
        with pytest.raises(KeyboardInterrupt):
            jobs.poll_feed(NAME, "direct_messages")
    frappe.db.rollback()
    jobs.poll_feed(NAME, "direct_messages")
    handle()
    assert on_tickets() == {the_ticket(): ["Where is my bag?"]}


def _die(*arguments: Any, **named: Any) -> None:
    raise KeyboardInterrupt


# --- the buttons of the form ----------------------------------------------------------------------------------------
def test_connection_tells_who_we_are(bot: TelegramSandbox):
    found = api.check_account(NAME)
    assert (found["handle"], found["account_id"]) == ("NorthwindBot", str(bot.bot["id"]))
    assert found["problems"] == ["No webhook is set at Telegram, so nothing is received. Press Register webhook."]
    assert (stored().handle, stored().token_state) == ("NorthwindBot", "Valid")


def test_the_button_registers_and_telegram_pushes(bot: TelegramSandbox, ada: Person, address: str):
    bot.write(ada, "Said before the webhook was set")
    assert api.register_webhook(NAME) == ["Telegram pushes to this address."]
    assert (stored().webhook_state, stored().webhook_address) == ("Pushes", address)
    assert (bot.api.webhook, bot.api.secret) == (address, SECRET)
    bot.write(ada, "And this after it")
    bot.pusher.flush()
    assert [one.status for one in bot.pusher.deliveries] == [200, 200]
    frappe.db.rollback()
    handle()
    assert on_tickets() == {the_ticket(): ["Said before the webhook was set", "And this after it"]}
    assert not [one for one in advice(api.look(NAME)) if "webhook" in one.lower()]


def test_the_daily_look_mends_the_webhook(bot: TelegramSandbox, address: str):
    api.register_webhook(NAME)
    bot.api.webhook = "https://elsewhere.example/hook"
    jobs_keeping.keep_account_connected(NAME)
    assert bot.api.webhook == address
    assert "another address" in stored().webhook_note
    bot.api.allowed.remove("edited_message")
    jobs_keeping.keep_account_connected(NAME)
    assert "edited_message" in bot.api.allowed
    jobs_keeping.keep_account_connected(NAME)
    assert (stored().webhook_state, stored().webhook_note) == ("Pushes", "")


def test_an_account_that_polls_takes_no_webhook_and_loses_an_old_one(bot: TelegramSandbox, ada: Person, address: str):
    api.register_webhook(NAME)
    with pytest.raises(frappe.ValidationError, match="choose polling first"):
        api.remove_webhook(NAME)
    poll()
    with pytest.raises(frappe.ValidationError, match="choose to receive by webhook first"):
        api.register_webhook(NAME)
    jobs.poll_feed(NAME, "direct_messages")
    assert "a webhook is set" in stored().last_error
    jobs_keeping.keep_account_connected(NAME)
    assert bot.api.webhook == address, "nobody asked for a change"
    assert api.remove_webhook(NAME) == ["Telegram pushes to no address any more; what waits there is polled."]
    assert (stored().webhook_state, stored().webhook_address) == ("Does not push", "")
    jobs_keeping.keep_account_connected(NAME)
    assert bot.api.webhook == "", "the daily look set it again"
    bot.write(ada, "Hello")
    jobs.poll_feed(NAME, "direct_messages")
    handle()
    assert on_tickets() == {the_ticket(): ["Hello"]}


def advice(found: dict[str, Any]) -> list[str]:
    return [step["advice"] for step in found["steps"] if step["advice"]]


def test_the_form_shows_the_steps_of_the_chosen_way(bot: TelegramSandbox):
    by_webhook = api.look(NAME)
    assert by_webhook["pushed_only"] is True
    assert "press Register webhook" in advice(by_webhook)
    poll()
    by_polling = api.look(NAME)
    assert by_polling["pushed_only"] is False
    assert not [step for step in by_polling["steps"] if "webhook" in step["what"] or "pushes" in step["what"]]


def test_other_platforms_keep_their_webhook(site: Any):
    fields = {"account_name": "Page", "platform": "Facebook", "client_id": "7", "client_secret": "s", "access_token": "t"}
    frappe.get_doc({"doctype": "Social Account", **fields}).insert()
    frappe.db.commit()
    with pytest.raises(frappe.ValidationError, match="cannot be told to stop"):
        api.remove_webhook("Page")


def test_the_token_is_in_no_row(bot: TelegramSandbox, ada: Person):
    bot.write(ada, "Where is my bag?")
    take(bot)
    bot.fault("status", "POST *sendMessage", status=401)
    answer("<p>In Oslo.</p>")
    assert stored().token_state == "Needs login"
    secret = bot.token.split(":")[1]
    for doctype in (
        "Social Account",
        "Social Message",
        "Social Payload",
        "Social Cursor",
        "HD Notification",
        "Notification Log",
    ):
        for row in frappe.get_all(doctype, fields=["*"]):
            assert secret not in str(dict(row)), doctype


def test_the_cases_of_a_group_go_on_in_its_supergroup(bot: TelegramSandbox, ada: Person) -> None:
    small = bot.add_group("Small", "group")
    bot.write(ada, "@NorthwindBot my bag is lost", small)
    take(bot)
    large = bot.upgrade(small)
    bot.write(ada, "@NorthwindBot any news?", large)
    take(bot)
    assert list(on_tickets().values()) == [["@NorthwindBot my bag is lost", "@NorthwindBot any news?"]]


def test_a_start_opens_no_ticket_and_is_shown_with_the_first_words(bot: TelegramSandbox, ada: Person) -> None:
    bot.write(ada, "/start KX7F2Q")
    (row,) = take(bot)
    assert (row.state, "says nothing by itself" in row.note, on_tickets()) == ("Done", True, {})
    bot.clock.advance(5)
    bot.write(ada, "Where is my bag?")
    take(bot)
    ((name, said),) = on_tickets().items()
    assert said == ["/start KX7F2Q", "Where is my bag?"]
    assert any("KX7F2Q" in one.content for one in communications(name))


def test_in_a_group_only_what_the_bots_rights_allow_is_offered(bot: TelegramSandbox, ada: Person) -> None:
    bot.write(ada, "@NorthwindBot you are thieves", bot.group)
    take(bot)
    name = frappe.db.get_value("Social Message", {"account": NAME, "direction": "In"})
    refused = {one["action"]: bool(one["refusal"]) for one in moderation.offers(name)}
    assert refused == {"delete": True, "like": False, "block": True, "mute": False}
    bot.group.rights |= {"can_delete_messages", "can_restrict_members"}
    assert not any(one["refusal"] for one in moderation.offers(name))
    assert moderation.moderate(name, "block", "insults")["state"] == "done"
    assert bot.group.banned == {ada.id}
