"""From a customer's word on WhatsApp to a ticket, the answer, and what becomes of it: everything but a site."""

from __future__ import annotations

import pytest

from social_care.core.errors import NotAllowed, OptedOut, Refused, WindowClosed
from social_care.core.replies import DeliveryState
from social_care.core.templates import FilledTemplate
from social_care.sandbox.whatsapp import WhatsAppSandbox
from tests.sandbox.whatsapp.conftest import NAME, PDF, WhatsAppOffice

BAG = FilledTemplate(name="bag_found", language="en_US", values={"body.2": "Elm Road 4", "body.1": "Ada"})
SALE = FilledTemplate(name="sale", language="en_US", values={"body.1": "Ada"})


def with_templates(office: WhatsAppOffice) -> None:
    office.sandbox.add_template(
        "bag_found", "Hello {{1}}, your bag comes to {{2}}.", header="Your bag", footer="Northwind Air"
    )
    office.sandbox.add_template("sale", "Fly again, {{1}}!", category="MARKETING")
    office.sandbox.add_template("draft", "Hello.", status="PENDING")
    office.fetch_templates()


def hear(office: WhatsAppOffice, text: str = "Where is my bag?") -> None:
    office.sandbox.write(office.ada, text)
    office.work()


# --- in
def test_a_message_becomes_a_ticket_and_the_answer_arrives(office: WhatsAppOffice) -> None:
    hear(office)
    office.reply("It is on its way: https://example.com/bag")
    office.work()
    office.sandbox.read(office.ada)
    office.work()
    [sent] = office.sandbox.sent_to(office.ada)
    assert (sent.text, sent.content["preview_url"]) == ("It is on its way: https://example.com/bag", True)
    assert office.states() == [("sent", "read")]
    assert office.desk.row("select first_response_at from ticket")["first_response_at"] is not None
    assert office.refused == []


def test_everything_that_a_customer_can_send_stands_on_the_ticket(office: WhatsAppOffice) -> None:
    whatsapp, ada = office.sandbox, office.ada
    hear(office)
    ours = office.sandbox.answer_in_app(ada, "From the phone.")
    whatsapp.send_file(ada, "image", b"picture", "this one")
    whatsapp.share_place(ada, 52.5, 13.4, "Gate 12", "Airport")
    whatsapp.share_contact(ada, "Ben", "+491700000000")
    whatsapp.choose(ada, "Call me", ours)
    whatsapp.press(ada, "Thanks", ours)
    whatsapp.send_unsupported(ada)
    whatsapp.react(ada, ours, "👍")
    whatsapp.change_number(ada, "4915199999999")
    office.work()
    shown = [row["text"] for row in office.desk.rows("select text from message order by id")]
    said = ["Where is my bag?", "From the phone.", "this one", "Gate 12, Airport (52.5, 13.4)", "Ben, +491700000000"]
    assert sorted(shown) == sorted([*said, "Call me", "Thanks", ""])
    assert len(office.desk.rows("select id from ticket")) == 1
    assert office.desk.rows("select id from payload where state = 'parked'") == [], office.notes()
    [reaction] = office.desk.rows("select reactions from message where message_id = ?", ours.id)
    assert "👍" in reaction["reactions"].encode().decode("unicode-escape").encode("utf-16", "surrogatepass").decode("utf-16")


def test_a_file_is_fetched_and_one_is_sent(office: WhatsAppOffice) -> None:
    office.sandbox.send_file(office.ada, "image", b"picture", "this one")
    office.work()
    [media] = office.desk.rows("select media from message where direction = 'in'")
    connection = office.local.connect(office.account)
    found = connection.download(next(iter(office.sandbox.state.media)))
    connection.close()
    assert (found.content, found.mime) == (b"picture", "image/jpeg"), media["media"]
    office.reply("Please fill this in.", media=(PDF,))
    office.work()
    assert [message.kind for message in office.sandbox.sent_to(office.ada)] == ["document", "text"]
    assert office.states() == [("sent", "delivered")] * 2


def test_a_customer_who_hides_the_number_is_answered(office: WhatsAppOffice) -> None:
    ben = office.sandbox.add_customer("447700900123", "Ben", hidden=True, username="benw")
    office.sandbox.write(ben, "Hello?")
    office.work()
    office.reply("Hello, Ben.")
    office.work()
    assert [message.text for message in office.sandbox.sent_to(ben)] == ["Hello, Ben."]
    assert office.states() == [("sent", "delivered")]
    assert b"447700900123" not in b"".join(one.body for one in office.sandbox.deliveries)


def test_doubled_batched_and_reordered_webhooks_change_nothing(office: WhatsAppOffice) -> None:
    office.sandbox.fault("duplicate_delivery", times=None)
    office.sandbox.fault("reorder_delivery", times=1)
    hear(office)
    with office.sandbox.batch():
        office.sandbox.write(office.ada, "It is red.")
        office.sandbox.write(office.ada, "And large.")
        office.sandbox.send_unsupported(office.ada)
    office.work()
    office.sandbox.fault("reorder_delivery", times=1)  # `delivered` comes before `sent`
    office.reply("We look.")
    office.work()
    assert len(office.desk.rows("select id from message where direction = 'in'")) == 4
    assert len(office.desk.rows("select id from ticket")) == 1
    assert office.states() == [("sent", "delivered")]


# --- what becomes of an answer
def test_a_failure_after_acceptance_is_told(office: WhatsAppOffice) -> None:
    hear(office)
    office.reply("Hello?")
    office.work()
    assert office.states() == [("sent", "delivered")]
    office.reply("Still there?")
    office.sandbox.refuse(131049, later=True)
    office.work()
    part = office.parts()[1]
    assert (part.state, "at least a day" in part.error) == (DeliveryState.FAILED, True)
    assert ("agent@example.com", part.error) in office.desk.told


def test_a_failure_that_overtakes_the_answer_to_the_call_stays_a_failure(
    office: WhatsAppOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is pushed before WhatsApp answers; a worker handles it while another still waits for that answer."""
    hear(office)
    office.reply("Hello?")
    office.sandbox.refuse(131026, later=True)
    carry_on = office.sandbox.sending._carry_on

    def told_first(*arguments: object) -> None:
        carry_on(*arguments)  # type: ignore[arg-type]
        office.sandbox.flush()
        due = office.desk.ledger.due(office.clock())
        assert due, "the status was not pushed yet"
        office.local.work()

    monkeypatch.setattr(office.sandbox.sending, "_carry_on", told_first)
    office.work()
    assert office.states() == [("failed", "")], "a message that failed claims to be sent"
    assert office.desk.row("select first_response_at from ticket")["first_response_at"] is None


@pytest.mark.parametrize("fault", ["reset_after", "malformed"])
def test_an_unknown_outcome_is_settled_by_a_status(office: WhatsAppOffice, fault: str) -> None:
    hear(office)
    office.sandbox.fault(fault, "POST /*/messages")
    office.reply("On its way.")
    office.work()
    assert office.states() == [("sent", "delivered")]
    assert len(office.sandbox.sent_to(office.ada)) == 1, "the reply was sent twice"


def test_an_unknown_outcome_without_a_status_asks_a_person(office: WhatsAppOffice) -> None:
    hear(office)
    office.sandbox.fault("reset_before", "POST /*/messages")
    office.reply("On its way.")
    office.work()
    for _ in range(8):
        office.clock.advance(660)
        office.work()
    [part] = office.parts()
    assert part.state is DeliveryState.UNKNOWN
    assert office.desk.outbox.to_check(office.clock()) == [], "it would be looked for for ever"
    assert office.sandbox.sent_to(office.ada) == []


@pytest.mark.parametrize(
    ("code", "state"),
    [(131047, "failed"), (131026, "failed"), (130429, "queued"), (131056, "queued"), (131031, "queued"), (368, "failed")],
)
def test_refusals_lead_to_what_has_to_happen_next(office: WhatsAppOffice, code: int, state: str) -> None:
    hear(office)
    office.sandbox.refuse(code)
    office.reply("Hello")
    office.work()
    assert office.states() == [(state, "")]
    assert office.sandbox.sent_to(office.ada) == []


def test_a_disabled_account_is_paused_and_loses_nothing(office: WhatsAppOffice) -> None:
    hear(office)
    office.sandbox.revoke()
    office.work()
    assert office.desk.accounts.get(NAME).sending_paused
    office.reply("Hello")
    office.work()
    assert office.states() == [("queued", "")]


# --- the window and templates
def test_the_window_closes_before_anything_is_stored_and_a_template_goes(office: WhatsAppOffice) -> None:
    hear(office)
    with_templates(office)
    office.clock.advance(25 * 3600)
    with pytest.raises(WindowClosed, match="choose one"):
        office.reply("Too late.")
    plan = office.reply(template=BAG)
    assert plan.drafts[0].text == "Your bag\n\nHello Ada, your bag comes to Elm Road 4.\n\nNorthwind Air"
    assert plan.warnings == ("WhatsApp charges for this template (category: utility) once it is delivered.",)
    office.work()
    [sent] = office.sandbox.sent_to(office.ada)
    assert (sent.kind, sent.text) == ("template", "Your bag\nHello Ada, your bag comes to Elm Road 4.\nNorthwind Air")
    assert office.states() == [("sent", "delivered")]
    office.sandbox.write(office.ada, "Thank you!")
    office.work()
    office.reply("You are welcome.")
    office.work()
    assert office.states() == [("sent", "delivered")] * 2, "a customer's answer opens the window again"


def test_a_window_that_whatsapp_holds_for_closed_fails_with_the_reason(office: WhatsAppOffice) -> None:
    hear(office)
    office.ada.last_wrote_at = None  # WhatsApp and we differ about the time
    office.reply("Hello")
    office.work()
    assert office.states() == [("failed", "")]
    assert "templates" in office.parts()[0].error
    office.sandbox.options.window_at_once = True
    office.reply("Hello again")
    office.work()
    assert "templates" in office.parts()[1].error


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (FilledTemplate(name="bag_found", language="en_US", values={"body.1": "Ada"}), "needs a value for body.2"),
        (FilledTemplate(name="bag_found", language="en_US", values={"body.1": " ", "body.2": "x"}), "body.1"),
        (FilledTemplate(name="sale", language="en_US", values={"body.1": "A", "body.9": "x"}), "no place for body.9"),
        (FilledTemplate(name="sale", language="en_US", values={"body.1": "two\nlines"}), "new lines"),
        (FilledTemplate(name="sale", language="en_US", values={"body.1": "x" * 1025}), "too long"),
        (FilledTemplate(name="draft", language="en_US"), "not approved"),
        (FilledTemplate(name="bag_found", language="de"), "no such template"),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_before(
    office: WhatsAppOffice, template: FilledTemplate, sentence: str
) -> None:
    hear(office)
    with_templates(office)
    with pytest.raises(Refused, match=sentence):
        office.reply(template=template)
    assert office.parts() == []


def test_headers_buttons_and_named_blanks_are_sent_as_approved(office: WhatsAppOffice) -> None:
    hear(office)
    office.sandbox.add_template(
        "ticket",
        "Dear {{name}}, gate {{gate}}.",
        header_format="IMAGE",
        buttons=[
            {"type": "QUICK_REPLY", "text": "Thanks"},
            {"type": "URL", "text": "Open", "url": "https://nw.example/{{1}}"},
        ],
    )
    office.fetch_templates()
    values = {"header.IMAGE": "https://nw.example/p.png", "body.name": "Ada", "body.gate": "7", "button.1": "x9"}
    plan = office.reply(template=FilledTemplate(name="ticket", language="en_US", values=values))
    office.work()
    [sent] = office.sandbox.sent_to(office.ada)
    assert sent.text == "[image]\nDear Ada, gate 7.\n[Thanks]\n[Open: https://nw.example/x9]"
    assert plan.drafts[0].text == "[image]\n\nDear Ada, gate 7.\n\n[Thanks]\n[Open: https://nw.example/x9]"
    with pytest.raises(Refused, match="https address"):
        office.reply(template=FilledTemplate(name="ticket", language="en_US", values=values | {"header.IMAGE": "p.png"}))


def test_a_template_that_was_paused_meanwhile_fails_and_the_list_is_out_of_date(office: WhatsAppOffice) -> None:
    hear(office)
    with_templates(office)
    [bag] = [one for one in office.sandbox.state.templates.values() if one.name == "bag_found"]
    office.sandbox.review_template(bag, "PAUSED")
    office.reply(template=BAG)
    office.work()
    assert office.states() == [("failed", "")]
    assert "paused" in office.parts()[0].error
    assert office.desk.templates.fetched_at(NAME) is None, "the list is not known to be out of date"
    office.fetch_templates()
    with pytest.raises(Refused, match="paused"):
        office.reply(template=BAG)


def test_all_pages_of_templates_are_listed(office: WhatsAppOffice) -> None:
    for number in range(205):
        office.sandbox.add_template(f"t{number}", "Hello.")
    office.fetch_templates()
    assert len(office.desk.templates.listed(NAME)) == 205


# --- opting out
def test_stop_is_heard_and_respected(office: WhatsAppOffice) -> None:
    hear(office)
    with_templates(office)
    hear(office, " Stop! ")
    [row] = office.desk.rows("select notes, ticket from message where text like '%Stop%'")
    assert row["ticket"] is not None, "the word itself was lost"
    assert "does not want marketing" in row["notes"]
    with pytest.raises(OptedOut, match="marketing"):
        office.reply(template=SALE)
    office.reply(template=BAG)
    office.work()
    assert office.states() == [("sent", "delivered")], "what is no advertisement may still be sent"
    office.clock.advance(60)
    hear(office, "START")
    office.reply(template=SALE)


def test_a_wish_that_comes_while_a_template_waits_is_respected(office: WhatsAppOffice) -> None:
    hear(office)
    with_templates(office)
    office.reply(template=SALE)
    office.sandbox.prefer(office.ada, marketing=False)
    office.work()
    assert office.states() == [("failed", "")]
    assert office.sandbox.sent_to(office.ada) == []


def test_a_word_among_others_stops_nothing(office: WhatsAppOffice) -> None:
    hear(office, "Stop losing my bag")
    with_templates(office)
    office.reply(template=SALE)


def test_a_choice_in_whatsapps_settings_is_respected(office: WhatsAppOffice) -> None:
    hear(office)
    with_templates(office)
    office.sandbox.prefer(office.ada, marketing=False)
    office.work()
    with pytest.raises(NotAllowed, match="does not want marketing"):
        office.reply(template=SALE)
    office.clock.advance(60)
    office.sandbox.prefer(office.ada, marketing=True)
    office.work()
    office.reply(template=SALE)
    office.work()
    assert office.states() == [("sent", "delivered")]


@pytest.mark.parametrize("later", [False, True])
def test_a_refusal_tells_of_a_wish_that_we_missed(office: WhatsAppOffice, later: bool) -> None:
    hear(office)
    with_templates(office)
    if later:
        office.ada.stopped = True
    else:
        office.sandbox.refuse(131050)
    office.reply(template=SALE)
    office.work()
    assert office.states() == [("failed", "")]
    with pytest.raises(OptedOut):
        office.reply(template=SALE)


# --- subscribing
def test_a_lost_subscription_is_noticed_and_made_again(office: WhatsAppOffice) -> None:
    connection = office.local.connect(office.account)
    assert connection.check().problems == ()
    assert connection.subscribe("https://desk.example/hook")[0] == "The app was subscribed already."
    office.sandbox.webhooks.uninstall(office.sandbox.state.waba_id)
    assert any("not subscribed" in problem for problem in connection.check().problems)
    lines = connection.subscribe("https://desk.example/hook")
    assert "https://desk.example/hook" in lines[1]
    assert office.sandbox.subscribed
    connection.close()


def test_a_token_that_may_not_look_at_the_subscription_still_works(office: WhatsAppOffice) -> None:
    office.sandbox.keyring.deny(office.sandbox.state.waba_id, "whatsapp_business_management")
    connection = office.local.connect(office.account)
    found = connection.check()
    connection.close()
    assert found.name == "Northwind Air"
    assert any("could not be seen" in problem for problem in found.problems)


def test_a_body_signed_by_somebody_else_is_refused(office: WhatsAppOffice) -> None:
    with WhatsAppSandbox(office.clock) as other:
        other.keyring.app_secret = "f" * 32
        other.webhooks._secret = "f" * 32
        other.webhooks.addresses = office.sandbox.webhooks.addresses
        other.webhooks.installed = office.sandbox.webhooks.installed
        other.write(other.add_customer("1555", "Eve"), "I am Ada.")
        other.flush()
    office.work()
    assert len(office.refused) == 1
    assert office.desk.rows("select id from payload") == []
