"""What WhatsApp pushes, in its own shape.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from social_care.sandbox.meta.webhooks import Webhooks
from social_care.sandbox.whatsapp.model import Customer, Message, Template
from social_care.sandbox.whatsapp.problems import status_error
from social_care.sandbox.whatsapp.state import State

PRODUCT = "whatsapp_business_account"
FIELDS = frozenset(
    {"messages", "smb_message_echoes", "user_preferences", "message_template_status_update", "account_update"}
)


class News:
    """Tells the app what happened, through Meta's webhooks."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    def _tell(self, value: dict[str, Any], field: str = "messages") -> None:
        self._webhooks.change(PRODUCT, self._state.waba_id, field, value)

    def _value(self, **parts: Any) -> dict[str, Any]:
        metadata = {"display_phone_number": self._state.display_number, "phone_number_id": self._state.number_id}
        return {"messaging_product": "whatsapp", "metadata": metadata, **parts}

    # --- messages
    def received(self, customer: Customer, message: Message, **more: Any) -> None:
        """Tell of a customer's message."""
        body = {**_sender(customer), **_dated(message), "type": message.kind, **message.content, **more}
        if message.context_id:
            body["context"] = {"from": self._state.display_number, "id": message.context_id}
        self._tell(self._value(contacts=[contact_of(customer)], messages=[body]))

    def changed_number(self, customer: Customer, old: str, message: Message) -> None:
        """Tell that a customer has another phone number."""
        words = f"User {customer.name} changed from {old} to {customer.phone}"
        system = {"body": words, "wa_id": customer.phone, "type": "user_changed_number"}
        body = {"from": old, **_dated(message), "type": "system", "system": system}
        self._tell(self._value(messages=[body]))

    def echoed(self, customer: Customer, message: Message) -> None:
        """Tell of what a colleague wrote in the WhatsApp Business app."""
        to = {"to": customer.phone} if not customer.hidden else {"to_user_id": customer.user_id}
        body = {"from": self._state.display_number, **to, **_dated(message), "type": message.kind, **message.content}
        self._tell(self._value(message_echoes=[body]), "smb_message_echoes")

    # --- statuses
    def status(self, message: Message, told: str, code: int = 0) -> None:
        """Tell the fate of a message of ours."""
        customer = self._state.customers[message.customer]
        message.statuses.append(told)
        body: dict[str, Any] = {
            "id": message.id,
            "status": told,
            "timestamp": str(int(self._state.clock().timestamp())),
            "recipient_id": customer.user_id if customer.hidden else customer.phone,
        }
        if customer.hidden:
            body["recipient_user_id"] = customer.user_id
        if told in ("sent", "delivered"):
            paid = bool(message.category) and not (message.category == "utility" and self._state.window_open(customer))
            kind, category = ("regular", message.category) if paid else ("free_customer_service", "service")
            body["pricing"] = {"billable": paid, "pricing_model": "PMP", "type": kind, "category": category}
        if code:
            body["errors"] = [status_error(code)]
        if message.reference:
            body["biz_opaque_callback_data"] = message.reference
        self._tell(self._value(statuses=[body]))

    # --- the account
    def preference(self, customer: Customer) -> None:
        """Tell that a customer stopped or resumed marketing messages."""
        value = "stop" if customer.stopped else "resume"
        body = {
            **({"user_id": customer.user_id} if customer.hidden else {"wa_id": customer.phone}),
            "detail": f"User requested to {value} marketing messages",
            "category": "marketing_messages",
            "value": value,
            "timestamp": int(self._state.clock().timestamp()),
        }
        value_ = self._value(contacts=[contact_of(customer)], user_preferences=[body])
        self._tell(value_, "user_preferences")

    def template_reviewed(self, template: Template, reason: str = "NONE") -> None:
        """Tell the new status of a template."""
        value = {
            "event": template.status,
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
            "reason": reason,
        }
        self._tell(value, "message_template_status_update")

    def account_disabled(self) -> None:
        """Tell that the business account was disabled."""
        value = {"phone_number": self._state.display_number, "event": "DISABLED_UPDATE"}
        self._tell(value, "account_update")


def contact_of(customer: Customer) -> dict[str, Any]:
    """Return a customer as WhatsApp tells of one: without the phone number, where that is hidden."""
    profile = {"name": customer.name} | ({"username": customer.username} if customer.username else {})
    return {"profile": profile, **({} if customer.hidden else {"wa_id": customer.phone}), "user_id": customer.user_id}


def _sender(customer: Customer) -> dict[str, str]:
    return {**({} if customer.hidden else {"from": customer.phone}), "from_user_id": customer.user_id}


def _dated(message: Message) -> dict[str, str]:
    return {"id": message.id, "timestamp": str(int(message.at.timestamp()))}
