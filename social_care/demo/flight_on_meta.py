"""The flight on Meta's platforms, by webhooks: a public comment, the one private reply to it, and WhatsApp."""

from __future__ import annotations

from typing import Any

from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.templates import FilledTemplate
from social_care.demo.stage import Stage
from social_care.sandbox.pages import PagesSandbox
from social_care.sandbox.pages.sandbox import PAGE_INBOX
from social_care.sandbox.whatsapp import WhatsAppSandbox

PAGE, PHONE = "Northwind on Facebook", "Northwind on WhatsApp"
VERIFY_TOKEN = "northwind checks this"  # noqa: S105 - opens only the sandbox
UNDELIVERABLE = 131026
"""Source: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (read 2026-11)."""


class FlightOnMeta:
    """The scenes, in order."""

    def __init__(self, stage: Stage, pages: PagesSandbox, whatsapp: WhatsAppSandbox) -> None:
        self.stage, self.pages, self.whatsapp = stage, pages, whatsapp
        self.page = pages.add_page("Northwind Air", "northwind")
        self.eva, self.finn = pages.add_person("Eva Novak"), pages.add_person("Finn Berg")
        self.eva_by_phone = whatsapp.add_customer("48600100200", "Eva Novak")
        whatsapp.add_template("flight_news", "Dear {{1}}, your flight {{2}} is confirmed for {{3}}.", language="en")
        self._connect()

    def _connect(self) -> None:
        keys = self.pages.credentials(self.page)
        self.stage.add_account(
            Account(
                name=PAGE,
                platform="facebook",
                external_id=keys.account_id,
                handle="northwind",
                options={"api_base_url": self.pages.base_url},
            ),
            {
                "client_id": keys.client_id,
                "client_secret": keys.client_secret,
                "access_token": keys.access_token,
                "webhook_secret": VERIFY_TOKEN,
            },
        )
        self.stage.add_account(
            Account(
                name=PHONE,
                platform="whatsapp",
                external_id=self.whatsapp.state.number_id,
                options=self.whatsapp.account_options(),
            ),
            {**self.whatsapp.credentials(), "webhook_secret": VERIFY_TOKEN},
        )
        self.pages.connect_webhook(self.page, self.stage.doorstep.url(PAGE), VERIFY_TOKEN)
        self.whatsapp.configure_webhook(self.stage.doorstep.url(PHONE), VERIFY_TOKEN)
        connection: Any = self.stage.office.connect(self.stage.desk.accounts.get(PHONE))
        connection.subscribe(self.stage.doorstep.url(PHONE))
        self.stage.desk.templates.keep(PHONE, connection.templates(), self.stage.clock())
        connection.close()

    def hear(self) -> None:
        """Let Meta push, and do all the work there is."""
        self.stage.work(self._push)

    def _push(self) -> None:
        self.pages.flush()
        self.whatsapp.flush()

    def answer(self, text: str, audience: Audience | None = None, *, private: bool = False) -> None:
        """The agent answers what Eva wrote last, in public or in Messenger."""
        author = self.pages.scoped_id(self.eva, self.page, private=private)
        parts = self.stage.answer(PAGE, author, "Eva", text, audience)
        self.hear()
        self.stage.tell_fate(parts)

    # --- the story
    def run(self) -> None:
        """Play every scene."""
        for scene in (self.comment, self.private_reply, self.colleague, self.by_phone, self.window):
            scene()

    def comment(self) -> None:
        """A comment below our own post, a bystander's word, and a public answer."""
        post = self.pages.post(self.page, "NW204 to Oslo leaves at 15:10 today, because of fog in Bergen.")
        self.stage.say("Eva comments below our post on Facebook.")
        self.said = self.pages.comment(self.eva, post, "My mother is on NW204 in a wheelchair. Will somebody help her?")
        self.pages.comment(self.finn, self.said, "Same here last week. Good luck!")
        self.hear()
        self.stage.wait(4)
        self.answer("Of course, Eva. We will write to you about it.")

    def private_reply(self) -> None:
        """From the public comment into Messenger: one case, two audiences."""
        self.answer("Please tell us your mother's name and seat.", Audience.PRIVATE)
        self.stage.wait(3)
        self.answer("Are you there?", Audience.PRIVATE)
        self.stage.say("Eva answers in Messenger, and Meta delivers her words twice.")
        self.pages.faults.add("duplicate_delivery")
        self.pages.message(self.eva, self.page, "Maria Novak, 4C. She cannot walk far.")
        self.hear()
        self.answer("Thank you. A colleague with a wheelchair waits for her at gate 4.", private=True)

    def colleague(self) -> None:
        """Somebody of the team answers in Meta's own inbox."""
        self.stage.say("A colleague answers in Meta's own inbox; it shows on the ticket.")
        self.pages.answer(self.page, self.eva, "Greta here, from gate 4: your mother is on board.")
        self.hear()

    def by_phone(self) -> None:
        """The same customer by WhatsApp: statuses in any order, and a failure after the platform took the message."""
        self.stage.say("Eva writes by WhatsApp, about her own flight.")
        self.whatsapp.write(self.eva_by_phone, "Thank you for helping my mother! Is NW318 tomorrow still on time?")
        self.hear()
        parts = self.stage.answer(PHONE, self.eva_by_phone.user_id, "Eva", "Yes, Eva: NW318 leaves at 18:40 as planned.")
        self.hear()
        self.whatsapp.read(self.eva_by_phone)
        self.hear()
        self.stage.tell_fate(parts)

    def window(self) -> None:
        """A day later WhatsApp takes a template only; and one that it took does not arrive."""
        self.stage.wait(25 * 60)
        phone = self.eva_by_phone.user_id
        self.stage.answer(PHONE, phone, "Eva", "Your gate is 7.")
        template = FilledTemplate(
            name="flight_news", language="en", values={"body.1": "Eva", "body.2": "NW318", "body.3": "18:40"}
        )
        self.stage.answer(PHONE, phone, "Eva", template=template)
        self.hear()
        self.stage.say("Her phone is off: WhatsApp takes the next message, and says later that it never arrived.")
        self.whatsapp.refuse(UNDELIVERABLE, later=True)
        parts = self.stage.answer(PHONE, phone, "Eva", template=template)
        self.hear()
        self.stage.tell_fate(parts)

    # --- the promises
    def check(self) -> list[str]:
        """Compare the desk with what the sandboxes really hold; return what is wrong."""
        comments = self.pages.state.comments.values()
        messages = self.pages.messages(self.eva, self.page)
        theirs = {one.id: "a guest on Facebook" for one in comments if one.author_id != self.page.id}
        theirs |= {one.id: "Eva in Messenger" for one in messages if one.sender_id != self.page.id}
        ours = {one.id: one.text for one in comments if one.author_id == self.page.id}
        ours |= {one.id: one.text for one in messages if one.sender_id == self.page.id and one.app_id != PAGE_INBOX}
        phone = self.whatsapp.messages_with(self.eva_by_phone)
        by_phone = {one.id: one.id for one in phone if one.ours and "failed" not in one.statuses}
        return [
            *self.stage.missing(PAGE, theirs),
            *self.stage.missing(PHONE, {one.id: "Eva on WhatsApp" for one in phone if not one.ours}),
            *self.stage.compare(PAGE, ours),
            *self.stage.compare(PHONE, by_phone),
        ]
