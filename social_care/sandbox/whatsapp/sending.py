"""POST /{phone number}/messages: what WhatsApp takes, what it refuses at once, and what it refuses only later.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from social_care.sandbox.meta.problems import invalid
from social_care.sandbox.whatsapp.filling import fill
from social_care.sandbox.whatsapp.model import Customer, Message
from social_care.sandbox.whatsapp.news import News
from social_care.sandbox.whatsapp.problems import problem
from social_care.sandbox.whatsapp.state import State

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
CALLBACK_LIMIT = 512
FILES = frozenset({"image", "audio", "video", "document", "sticker"})


@dataclass(slots=True, kw_only=True)
class Options:
    """How this WhatsApp behaves.

    window_at_once: a closed window is told in the answer; else, as WhatsApp mostly does, by a status later. allowed: the
    numbers a test account may write to, None for all. takes_user_ids: one may write to a customer who hides the number.
    pair_burst: messages to one customer in `pair_period` before the pair's limit. throughput: messages a second.
    """

    window_at_once: bool = False
    allowed: frozenset[str] | None = None
    takes_user_ids: bool = True
    pair_burst: int = 45
    pair_period: timedelta = timedelta(seconds=270)
    throughput: int = 80


@dataclass(slots=True, kw_only=True)
class Refusal:
    """A refusal on demand. later: the message is accepted first."""

    code: int
    later: bool
    times: int


class Sending:
    """Takes messages of the business."""

    def __init__(self, state: State, news: News, options: Options) -> None:
        self.state = state
        self.news = news
        self.options = options
        self.clear()

    def clear(self) -> None:
        """Forget refusals on demand and what was sent when."""
        self.refusals: list[Refusal] = []
        self._sent: list[tuple[datetime, str]] = []

    def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take one message and return WhatsApp's answer. Raises: Problem."""
        if body.get("messaging_product") != "whatsapp":
            raise invalid("The parameter messaging_product is required.")
        if body.get("status") == "read":
            return self._read(body)
        given, customer = self._recipient(body)
        if forced := self._forced(later=False):
            raise problem(forced)
        kind, content, text, category = self._content(body)
        if self.options.window_at_once and kind != "template" and customer and not self.state.window_open(customer):
            raise problem(131047)
        self._limit(given)
        if customer is None:  # a number that nobody here has: accepted, and told to be undeliverable later
            customer = Customer(phone=given, user_id=f"US.{given}", name="", on_whatsapp=False)
            self.state.customers[customer.user_id] = customer
        context = body.get("context") or {}
        message = self.state.add_message(
            customer,
            ours=True,
            kind=kind,
            content=content,
            text=text,
            category=category,
            context_id=str(context.get("message_id") or ""),
            reference=str(body.get("biz_opaque_callback_data") or ""),
        )
        if kind == "reaction":
            self.state.messages[content["message_id"]].reactions[""] = content["emoji"]
        self._carry_on(customer, message)
        known = {"user_id": customer.user_id} if customer.hidden else {"wa_id": customer.phone}
        accepted = {"id": message.id} | ({"message_status": "accepted"} if kind == "template" else {})
        return {"messaging_product": "whatsapp", "contacts": [{"input": given, **known}], "messages": [accepted]}

    def _read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("message_id") not in self.state.messages:
            raise problem(131009, "The message id is not valid.")
        return {"success": True}

    def _recipient(self, body: Mapping[str, Any]) -> tuple[str, Customer | None]:
        if body.get("recipient_type", "individual") != "individual":
            raise problem(131009, "The sandbox has no groups.")
        to, user = body.get("to"), body.get("recipient")
        if user and not to:
            customer = self.state.find_customer(str(user))
            if customer is None:
                raise problem(131009, "The recipient is not valid.")
            if not self.options.takes_user_ids:
                raise problem(131062)
            return str(user), customer
        number = re.sub(r"[^0-9]", "", str(to or ""))
        if not number:
            raise problem(131008, "Parameter 'to' is mandatory.")
        if number == self.state.display_number:
            raise problem(131021)
        if self.options.allowed is not None and number not in self.options.allowed:
            raise problem(131030)
        return number, self.state.find_customer(number)

    def _forced(self, *, later: bool) -> int:
        """Return the code of a refusal on demand, 0 for none."""
        for one in self.refusals:
            if one.later == later:
                one.times -= 1
                if not one.times:
                    self.refusals.remove(one)
                return one.code
        return 0

    def _limit(self, to: str) -> None:
        now = self.state.clock()
        self._sent = [one for one in self._sent if one[0] > now - self.options.pair_period]
        if sum(at > now - timedelta(seconds=1) for at, _ in self._sent) >= self.options.throughput:
            raise problem(130429)
        if sum(whom == to for _, whom in self._sent) >= self.options.pair_burst:
            raise problem(131056)
        self._sent.append((now, to))

    # --- contents
    def _content(self, body: Mapping[str, Any]) -> tuple[str, Any, str, str]:
        """Return type, content, words and (for a template) category."""
        kind = str(body.get("type") or "text")
        content = body.get(kind)
        if len(str(body.get("biz_opaque_callback_data") or "")) > CALLBACK_LIMIT:
            raise problem(131009, "biz_opaque_callback_data is too long.")
        reader = self._readers().get(kind)
        if reader is None:
            raise problem(131009, f"Type {kind[:40]} is not one that can be sent.")
        if not isinstance(content, dict):
            raise problem(131008, f"Parameter '{kind}' is mandatory.")
        text, category = reader(kind, content)
        return kind, content, text, category

    def _readers(self) -> dict[str, Callable[[str, dict[str, Any]], tuple[str, str]]]:
        return {"text": self._text, "reaction": self._reaction, "template": self._template} | dict.fromkeys(
            FILES, self._file
        )

    def _text(self, kind: str, content: dict[str, Any]) -> tuple[str, str]:
        words = content.get("body")
        if not isinstance(words, str) or not words.strip():
            raise invalid("The parameter text['body'] is required.")
        if len(words) > TEXT_LIMIT:
            raise invalid(f"Param text['body'] must be at most {TEXT_LIMIT} characters long.")
        return words, ""

    def _file(self, kind: str, content: dict[str, Any]) -> tuple[str, str]:
        caption, link = str(content.get("caption") or ""), str(content.get("link") or "")
        if bool(link) == bool(content.get("id")):
            raise problem(131009, "Either an id or a link is needed.")
        if link and not link.startswith(("https://", "http://")):
            raise problem(131009, "The link is no address.")
        if not link and str(content["id"]) not in self.state.media:
            raise problem(131009, "The media id does not exist.")
        if len(caption) > CAPTION_LIMIT or (caption and kind in ("audio", "sticker")):
            raise problem(131009, "The caption is too long, or not allowed here.")
        return caption, ""

    def _reaction(self, kind: str, content: dict[str, Any]) -> tuple[str, str]:
        if content.get("message_id") not in self.state.messages or not isinstance(content.get("emoji"), str):
            raise problem(131009, "The reaction names no message, or no emoji.")
        return content["emoji"], ""

    def _template(self, kind: str, content: dict[str, Any]) -> tuple[str, str]:
        language = (content.get("language") or {}).get("code")
        template = self.state.template(str(content.get("name")), str(language))
        if template is None or template.status in ("PENDING", "REJECTED"):
            raise problem(132001)
        if template.status != "APPROVED":
            raise problem(132015 if template.status == "PAUSED" else 132016)
        return fill(template, content.get("components") or []), template.category.lower()

    # --- what happens next
    def _carry_on(self, customer: Customer, message: Message) -> None:
        """Tell the fate of an accepted message."""
        if code := self._forced(later=True) or self._undeliverable(customer, message):
            self.news.status(message, "failed", code)
            return
        self.news.status(message, "sent")
        if not customer.blocked:
            self.news.status(message, "delivered")

    def _undeliverable(self, customer: Customer, message: Message) -> int:
        if not customer.on_whatsapp:
            return 131026
        if message.kind == "template":
            return 131050 if customer.stopped and message.category == "marketing" else 0
        return 0 if self.state.window_open(customer) else 131047
