"""Bodies of WhatsApp → events. Total: whatever comes in, out come events or UnreadablePayload.

The entry's id is the business account; which of its phone numbers an update is for stands in `metadata`.
Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import items, load_json, mapping, text
from social_care.connectors.meta import envelope
from social_care.connectors.meta.envelope import DASHBOARD_TEST, Dated, Scene, Update, remote_id
from social_care.connectors.whatsapp.messages import read_preferences, read_value
from social_care.core.errors import UnreadablePayload
from social_care.core.events import AccountRevoked, Event, Ignored, TemplatesChanged, Unknown

TITLE = "WhatsApp"
PRODUCTS = {"whatsapp_business_account": TITLE}
MESSAGES = frozenset({"messages", "message_echoes", "smb_message_echoes"})
REVOKING = frozenset(
    {"ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "DISABLED_UPDATE", "PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED"}
)
REVOKED = "WhatsApp has disabled this business account, or took the app's access away: see Meta's business settings."
SCHEDULED = "WhatsApp is going to disable this business account: see Meta's business settings"
NO_MATTER: dict[str, str] = {
    "account_alerts": "a notice about the business account",
    "account_review_update": "a review of the business account",
    "account_settings_update": "a setting of the business account",
    "business_capability_update": "a limit of the business account",
    "business_status_update": "a notice about the business account",
    "business_username_update": "the number's username changed",
    "automatic_events": "a purchase or lead that Meta noticed",
    "calls": "a call; calls are not handled here",
    "flows": "a notice about a form",
    "group_lifecycle_update": "a group was made or ended",
    "group_participants_update": "somebody joined or left a group",
    "group_settings_update": "a group's settings changed",
    "group_status_update": "a group was suspended or allowed again",
    "history": "messages from before this number was connected",
    "message_template_quality_update": "a template's quality changed",
    "messaging_handovers": "a conversation was handed to or taken by another app",
    "partner_solutions": "a notice about the business account",
    "payment_configuration_update": "a notice about payments",
    "phone_number_name_update": "a review of the number's name",
    "phone_number_quality_update": "the number's quality changed",
    "security": "a setting of the number changed",
    "smb_app_state_sync": "contacts of the WhatsApp Business app",
    "template_correct_category_detection": "Meta looked into a template's category",
    "tracking_events": "a purchase or lead that Meta noticed",
    "user_id_update": "a customer's user id changed; new messages come from the new one",
}
TEMPLATES: dict[str, str] = {
    "message_template_components_update": "a template changed",
    "message_template_status_update": "a template was reviewed",
    "template_category_update": "a template's category changed",
}


def parse_body(raw: bytes | str, *, us: str) -> tuple[Event, ...]:
    """Return the events of a raw body; `us` is our phone number's id, "" when unknown. Raises: UnreadablePayload."""

    def account_of(update: Update) -> str:
        return us if us and us in _names(update) else number_of(update)

    return envelope.read_updates(
        load_json(raw), us=us, title=TITLE, products=PRODUCTS, read=read_update, account_of=account_of
    )


def _names(update: Update) -> set[str]:
    """Return the other names of the account an update is for: the business account's id, the phone number itself."""
    return {update.account_id, remote_id(mapping(mapping(update.value).get("metadata")).get("display_phone_number"))}


def number_of(update: Update) -> str:
    """Return the id of the phone number an update is for, "" where it names none."""
    return remote_id(mapping(mapping(update.value).get("metadata")).get("phone_number_id"))


def read_update(update: Update, scene: Scene) -> Iterator[Dated]:
    """Yield the events of one update of a webhook."""
    value = mapping(update.value)
    if update.field in NO_MATTER:  # some bring a list of messages or statuses, too
        yield update.at, Ignored(reason=NO_MATTER[update.field])
    elif update.field in MESSAGES or "messages" in value or "statuses" in value:
        yield from read_value(value, scene)
    elif update.field == "user_preferences" or "user_preferences" in value:
        yield from read_preferences(value, scene)
    elif update.field in TEMPLATES:
        yield update.at, TemplatesChanged(reason=TEMPLATES[update.field])
    elif update.field == "account_update":
        yield update.at, _account_event(value)
    else:
        yield update.at, Unknown(reason=f"WhatsApp told of something unknown: {update.field[:60] or 'unnamed'}.")


def _account_event(value: Mapping[str, Any]) -> Event:
    """Return what a notice about the business account means: only one that takes it away, at once, stops us.

    Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update
    (read 2026-11; the state of a ban is printed as text and, elsewhere, as a list of one).
    """
    state = mapping(value.get("ban_info")).get("waba_ban_state")
    banned = text(next(iter(items(state)), state))
    if text(value.get("event")) not in REVOKING or banned == "REINSTATE":
        return Ignored(reason="a notice about the business account")
    return Ignored(reason=SCHEDULED) if banned == "SCHEDULE_FOR_DISABLE" else AccountRevoked(reason=REVOKED)


def account_ids(root: object) -> Iterator[str]:
    """Yield our own id wherever a body names it."""
    try:
        for update in envelope.walk(root):
            if update.account_id != DASHBOARD_TEST:
                yield number_of(update)
    except UnreadablePayload:
        return
