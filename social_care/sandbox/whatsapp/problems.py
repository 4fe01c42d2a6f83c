"""WhatsApp's refusals: code → title and details. The texts are the documented ones; apps go by the code.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes (read 2026-11).
"""

from __future__ import annotations

from typing import Any

from social_care.sandbox.meta.problems import Problem, Refusal

TABLE: dict[int, tuple[str, str]] = {
    2: ("Service temporarily unavailable", "Temporary due to downtime or being overloaded."),
    4: ("Application request limit reached", "The app has reached its API call rate limit."),
    10: (
        "Application does not have permission for this action",
        "The permission is either not granted or has been removed.",
    ),
    368: ("Temporarily blocked for policies violations", "The account has been restricted or disabled."),
    80007: ("Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: ("Rate limit hit", "Cloud API message throughput has been reached."),
    130472: ("User's number is part of an experiment", "Message was not sent as part of an experiment."),
    131000: ("Something went wrong", "Message failed to send due to an unknown error."),
    131005: ("Access denied", "Permission is either not granted or has been removed."),
    131008: ("Required parameter is missing", "The request is missing a required parameter."),
    131009: ("Parameter value is not valid", "One or more parameter values are invalid."),
    131016: ("Service unavailable", "A service is temporarily unavailable."),
    131021: ("Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: ("Message undeliverable", "Unable to deliver message."),
    131030: ("Recipient phone number not in allowed list", "Add recipient phone number to recipient list and try again."),
    131031: ("Account has been locked", "The account has been restricted or disabled due to a policy violation."),
    131042: ("Business eligibility payment issue", "There was an error related to the payment method."),
    131047: (
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131048: ("Spam rate limit hit", "Message failed to send because there are restrictions on how many can be sent."),
    131049: ("Meta chose not to deliver", "This message was not delivered to maintain a healthy ecosystem engagement."),
    131050: (
        "User stopped marketing messages",
        "The user has chosen to stop receiving marketing messages from this business.",
    ),
    131051: ("Unsupported message type", "Message type is currently not supported."),
    131052: ("Media download error", "Unable to download the media sent by the user."),
    131053: ("Media upload error", "Unable to upload the media used in the message."),
    131056: ("(Business Account, Consumer Account) pair rate limit hit", "Too many messages to the same recipient."),
    131062: ("Recipient user id not supported", "Messages of this type need the recipient's phone number."),
    132000: ("Number of parameters does not match", "The number of variables does not match that of the template."),
    132001: ("Template name does not exist in the translation", "The template does not exist in this language."),
    132012: ("Parameter format does not match", "Parameters are formatted otherwise than in the template."),
    132015: ("Template is paused", "Template is paused due to low quality."),
    132016: ("Template is disabled", "Template was paused too many times and is now permanently disabled."),
}
STATUSES = {131005: 403, 131016: 503, 2: 503, 130429: 429, 131000: 500}
REFUSALS = {
    code: Refusal(code=code, status=STATUSES.get(code, 400), texts=(f"(#{code}) {title}",))
    for code, (title, _) in TABLE.items()
}


def problem(code: int, details: str = "") -> Problem:
    """Return the refusal of a code. Raises: ValueError for one that is not in the table."""
    if code not in TABLE:
        raise ValueError(f"WhatsApp has no error {code} here")
    return Problem(REFUSALS[code], {"error_data": {"messaging_product": "whatsapp", "details": details or TABLE[code][1]}})


def status_error(code: int) -> dict[str, Any]:
    """Return the refusal of a code as a status tells it."""
    title, details = TABLE[code]
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}}
