"""What the recorded payloads of WhatsApp become, and our own id in the fixtures beside this file."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

KINDS = {
    "api_send_ok": ["DeliveryReported"],
    "batch_multiple_entries": [
        "MessageReceived",
        "MessageReceived",
        "MessageReceived",
        "ReactionChanged",
        "DeliveryReported",
        "MessageReceived",
    ],
    "error_131047": ["WindowClosed"],
    "message_button": ["MessageReceived"],
    "message_contacts": ["MessageReceived"],
    "message_image": ["MessageReceived"],
    "message_interactive_button_reply": ["MessageReceived"],
    "message_interactive_list_reply": ["MessageReceived"],
    "message_location": ["MessageReceived"],
    "message_order": ["MessageReceived"],
    "message_reaction": ["ReactionChanged"],
    "message_system_number_change": ["Ignored"],
    "message_text": ["MessageReceived"],
    "message_text_context_product": ["MessageReceived"],
    "message_text_from_ad": ["MessageReceived"],
    "message_unsupported": ["MessageReceived"],
    "message_with_bsuid": ["MessageReceived"],
    "status_delivered": ["DeliveryReported"],
    "status_failed_131047": ["DeliveryReported"],
    "status_failed_131049": ["DeliveryReported"],
    "status_read": ["DeliveryReported"],
    "status_sent": ["DeliveryReported"],
    "webhook_smb_message_echo": ["MessageReceived"],
}

WHATSAPP = Platform("whatsapp", "900000000000001", KINDS)
