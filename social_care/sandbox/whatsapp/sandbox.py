"""WhatsApp's Cloud API on loopback: the Python interface for tests, the demo and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from social_care.core.ports import Clock
from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.server import GraphServer
from social_care.sandbox.pushing import Delivery
from social_care.sandbox.server import Request, Response
from social_care.sandbox.whatsapp import control
from social_care.sandbox.whatsapp.api import FILES, Calls
from social_care.sandbox.whatsapp.model import Customer, Message, Template
from social_care.sandbox.whatsapp.news import PRODUCT, News
from social_care.sandbox.whatsapp.page import render_page
from social_care.sandbox.whatsapp.problems import REFUSALS, problem
from social_care.sandbox.whatsapp.sending import Options, Refusal, Sending
from social_care.sandbox.whatsapp.state import State

KINDS = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/ogg", "document": "application/pdf"}


class WhatsAppSandbox(GraphServer):
    """One business account with one phone number, and the customers who write to it.

    graph: see `GraphServer`. options: see `Options`.
    """

    def __init__(self, clock: Clock | None = None, *, graph: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(clock, **(graph or {}))
        self.known.add(REFUSALS.values())
        self.state = State(self.clock)
        self.news = News(self.state, self.webhooks)
        self.options = Options(**options)
        self.sending = Sending(self.state, self.news, self.options)
        self.calls = Calls(self)
        control.register(self)

    # --- HTTP
    def page(self) -> str:
        """Return the page to play with, as HTML; the lock is held."""
        address = self.webhooks.addresses.get(PRODUCT)
        return render_page(self.state, self.clock(), self.faults.listing(), address.url if address else "")

    def serve_file(self, request: Request) -> Response | None:
        """Return a file of a message, None where the path names none."""
        if not request.path.startswith(FILES):
            return None
        with self.lock:
            return self.calls.serve(request)

    def business_of(self, call: Call) -> str:
        """Return the business account, which every call counts for."""
        return self.state.waba_id

    def forget(self) -> None:
        """Forget what WhatsApp holds."""
        self.state.clear()
        self.sending.clear()

    # --- access
    def credentials(self) -> dict[str, str]:
        """Return an account's credentials by field name; they open nothing but this sandbox."""
        token = self.keyring.issue("system", self.state.waba_id).token
        return {"access_token": token, "client_id": self.keyring.app_id, "client_secret": self.keyring.app_secret}

    def account_options(self) -> dict[str, str]:
        """Return the account's options by field name."""
        return {
            "whatsapp_phone_number_id": self.state.number_id,
            "whatsapp_business_account_id": self.state.waba_id,
            "api_base_url": self.base_url,
        }

    def revoke(self) -> None:
        """Disable the business account: told by webhook, and the token is dead."""
        with self.lock:
            self.news.account_disabled()
            self.keyring.end(self.state.waba_id, 458)

    def refuse(self, code: int, *, later: bool = False, times: int = 1) -> None:
        """Refuse the next messages with a code; later: accept them first. Raises: ValueError for a code not known."""
        problem(code)
        with self.lock:
            self.sending.refusals.append(Refusal(code=code, later=later, times=times))

    # --- pushing
    def configure_webhook(self, url: str, verify_token: str) -> None:
        """Enter the app's address, as in Meta's dashboard. Raises: ValueError when it fails Meta's check."""
        self.webhooks.subscribe(PRODUCT, url, verify_token)

    @property
    def subscribed(self) -> bool:
        """Whether the app gets the account's news."""
        return self.state.waba_id in self.webhooks.installed

    @property
    def deliveries(self) -> list[Delivery]:
        """What was pushed, in order."""
        return self.webhooks.deliveries

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Push all that happens inside as one body, the newest first."""
        fault = self.fault("batch_delivery", times=None)
        try:
            yield
        finally:
            self.clear_faults(fault.id)
            self.flush()

    # --- templates
    def add_template(
        self,
        name: str,
        body: str,
        *,
        language: str = "en_US",
        category: str = "UTILITY",
        status: str = "APPROVED",
        **more: Any,
    ) -> Template:
        """Add a template. more: header (text), header_format ("IMAGE", …), footer, buttons (as WhatsApp writes them)."""
        components: list[dict[str, Any]] = [{"type": "BODY", "text": body}]
        if more.get("header") or more.get("header_format"):
            kind = more.get("header_format", "TEXT")
            text = {"text": more["header"]} if more.get("header") else {}
            components.insert(0, {"type": "HEADER", "format": kind, **text})
        if more.get("footer"):
            components.append({"type": "FOOTER", "text": more["footer"]})
        if more.get("buttons"):
            components.append({"type": "BUTTONS", "buttons": list(more["buttons"])})
        with self.lock:
            template = Template(
                id=self.state.next_id(),
                name=name,
                language=language,
                category=category,
                status=status,
                components=components,
            )
            self.state.templates[template.id] = template
            return template

    def review_template(self, template: Template, status: str) -> None:
        """Give a template another status, and tell it."""
        with self.lock:
            template.status = status
            self.news.template_reviewed(template)

    # --- customers and what they do
    def add_customer(self, phone: str, name: str, **traits: Any) -> Customer:
        """Add a person. traits: see `Customer`. Raises: ValueError when the number is taken."""
        with self.lock:
            if self.state.find_customer(phone):
                raise ValueError(f"{phone} is taken")
            user_id = f"US.{int(self.state.next_id()) * 1009}"
            customer = Customer(phone=phone.lstrip("+"), user_id=user_id, name=name, **traits)
            self.state.customers[customer.user_id] = customer
            return customer

    def write(self, who: Customer | str, text: str, *, answers: Message | str = "") -> Message:
        """Write a text. Raises: KeyError."""
        return self.deliver(who, "text", {"text": {"body": text}}, text=text, answers=answers)

    def send_file(self, who: Customer | str, kind: str, content: bytes, caption: str = "") -> Message:
        """Send a picture, video, sound or document. Raises: KeyError."""
        with self.lock:
            media = self.state.add_media(KINDS[kind], content)
            told = {key: value for key, value in self.calls.link_of(media).items() if key in ("id", "mime_type", "sha256")}
            caption_ = {"caption": caption} if caption else {}
            more: dict[str, dict[str, Any]] = {"audio": {"voice": True}, "document": {"filename": "file.pdf"}}
            return self.deliver(who, kind, {kind: {**told, **caption_, **more.get(kind, {})}}, text=caption)

    def share_place(self, who: Customer | str, latitude: float, longitude: float, name: str, address: str = "") -> Message:
        """Share a place. Raises: KeyError."""
        place = {"latitude": latitude, "longitude": longitude, "name": name, "address": address}
        return self.deliver(who, "location", {"location": place})

    def share_contact(self, who: Customer | str, name: str, phone: str) -> Message:
        """Share a contact. Raises: KeyError."""
        contact = {"name": {"first_name": name, "formatted_name": name}, "phones": [{"phone": phone, "type": "MOBILE"}]}
        return self.deliver(who, "contacts", {"contacts": [contact]})

    def choose(self, who: Customer | str, title: str, answers: Message | str, *, kind: str = "button_reply") -> Message:
        """Choose a button or a line of a list of ours. Raises: KeyError."""
        line = {"id": title.lower().replace(" ", "_"), "title": title}
        chosen = {"type": kind, kind: line | ({"description": f"About {title}"} if kind == "list_reply" else {})}
        return self.deliver(who, "interactive", {"interactive": chosen}, text=title, answers=answers)

    def press(self, who: Customer | str, title: str, answers: Message | str) -> Message:
        """Press a button of a template. Raises: KeyError."""
        return self.deliver(who, "button", {"button": {"payload": title, "text": title}}, text=title, answers=answers)

    def send_unsupported(self, who: Customer | str) -> Message:
        """Send what WhatsApp does not show to apps. Raises: KeyError."""
        error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown", "type": "unsupported"}
        error_data = {"details": "Message type is currently not supported."}
        return self.deliver(who, "unsupported", {"errors": [{**error, "error_data": error_data}]})

    def react(self, who: Customer | str, message: Message | str, emoji: str) -> Message:
        """React to a message of ours. Raises: KeyError."""
        with self.lock:
            target = self.state.message(message)
            target.reactions[self.state.customer(who).user_id] = emoji
            return self.deliver(who, "reaction", {"reaction": {"message_id": target.id, "emoji": emoji}})

    def deliver(
        self, who: Customer | str, kind: str, content: dict[str, Any], *, text: str = "", answers: Message | str = ""
    ) -> Message:
        """Let a customer send a message of any type; it opens the window. Raises: KeyError."""
        with self.lock:
            customer = self.state.customer(who)
            customer.last_wrote_at = self.clock()
            answered = self.state.message(answers).id if answers else ""
            message = self.state.add_message(
                customer, ours=False, kind=kind, content=content, text=text, context_id=answered
            )
            self.news.received(customer, message)
            return message

    def read(self, who: Customer | str) -> None:
        """Read what the business wrote. Raises: KeyError."""
        with self.lock:
            for message in self.state.spoken_with(who):
                if message.ours and "delivered" in message.statuses and "read" not in message.statuses:
                    self.news.status(message, "read")

    def fail(self, message: Message | str, code: int) -> None:
        """Report that a message which was accepted could not be delivered. Raises: KeyError."""
        with self.lock:
            self.news.status(self.state.message(message), "failed", code)

    def prefer(self, who: Customer | str, *, marketing: bool) -> None:
        """Stop or resume marketing messages in WhatsApp's settings. Raises: KeyError."""
        with self.lock:
            customer = self.state.customer(who)
            customer.stopped = not marketing
            self.news.preference(customer)

    def change_number(self, who: Customer | str, phone: str) -> None:
        """Move to another phone number. Raises: KeyError."""
        with self.lock:
            customer = self.state.customer(who)
            old, customer.phone = customer.phone, phone
            message = self.state.add_message(customer, ours=False, kind="system", content={})
            self.news.changed_number(customer, old, message)

    def answer_in_app(self, who: Customer | str, text: str) -> Message:
        """Let a colleague answer in the WhatsApp Business app. Raises: KeyError."""
        with self.lock:
            customer = self.state.customer(who)
            message = self.state.add_message(customer, ours=True, kind="text", content={"text": {"body": text}}, text=text)
            self.news.echoed(customer, message)
            return message

    def messages_with(self, who: Customer | str) -> list[Message]:
        """Return one conversation, oldest first. Raises: KeyError."""
        with self.lock:
            return self.state.spoken_with(who)

    def sent_to(self, who: Customer | str) -> list[Message]:
        """Return what the business wrote to a customer, oldest first. Raises: KeyError."""
        return [message for message in self.messages_with(who) if message.ours]
