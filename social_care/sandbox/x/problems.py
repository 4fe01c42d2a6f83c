"""The errors of the X API, as it words them.

Source: https://docs.x.com/x-api/fundamentals/response-codes-and-errors (2026-11-21). The wording of 403 bodies is as
clients have reported them; X does not document it.
"""

from __future__ import annotations

from typing import Any

TYPES = "https://api.x.com/2/problems/"
SUPPORTED_USER_AUTH = "[OAuth 1.0a User Context, OAuth 2.0 User Context]"
TOO_LONG = (
    "Your Tweet text is too long. For more information, please see https://docs.x.com/fundamentals/counting-characters."
)
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
NOT_QUOTABLE = "You can only reply to or quote posts where you are mentioned or are the author."
TARGET_GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
RESTRICTED = "The original Tweet author restricted who can reply to this Tweet."
NO_DM = "You do not have permission to DM one or more participants."


class Problem(Exception):
    """An error answer; `body` is what X sends."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("detail", ""))
        self.status = status
        self.body = body


def forbidden(detail: str) -> Problem:
    """Return a 403 with X's plain body."""
    return Problem(403, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403})


def not_found() -> Problem:
    """Return the 404 of an unknown path or object that is not looked up."""
    return Problem(404, {"title": "Not Found", "detail": "Not Found", "type": "about:blank", "status": 404})


def unauthorized() -> Problem:
    """Return the 401 of a missing, unknown, expired or wrongly signed token."""
    return Problem(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})


def unsupported_authentication(used: str, supported: str) -> Problem:
    """Return the 403 of a token of the wrong kind."""
    return Problem(
        403,
        {
            "title": "Unsupported Authentication",
            "detail": f"Authenticating with {used} is forbidden for this endpoint.  "
            f"Supported authentication types are {supported}.",
            "type": TYPES + "unsupported-authentication",
            "status": 403,
        },
    )


def missing_permission() -> Problem:
    """Return the 403 of an app that may only read (or may not see private messages)."""
    detail = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
    return Problem(403, {"title": "Forbidden", "detail": detail, "type": TYPES + "oauth1-permissions", "status": 403})


def invalid(message: str, parameter: str = "", value: object = None) -> Problem:
    """Return a 400 that names the parameter at fault ("": none)."""
    parameters = {parameter: [str(value)]} if parameter and value is not None else {}
    return Problem(
        400,
        {
            "errors": [{"parameters": parameters, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": TYPES + "invalid-request",
        },
    )


def credits_depleted(account_id: int) -> Problem:
    """Return the 402 of an account that has used up what it paid for."""
    detail = f"Your enrolled account [{account_id}] does not have any credits to fulfill this request."
    return Problem(
        402,
        {
            "account_id": account_id,
            "title": "CreditsDepleted",
            "detail": detail,
            "type": "https://api.twitter.com/2/problems/credits",
        },
    )


def status_body(status: int, shape: str) -> dict[str, Any]:
    """Return the body of a bare status. shape "legacy": the old `errors` list; "gateway": a code and a message."""
    title = TITLES.get(status, "Error")
    if shape == "legacy":
        return {"errors": [{"code": LEGACY_CODES.get(status, status), "message": LEGACY_MESSAGES.get(status, title)}]}
    if shape == "gateway":
        return {"code": status, "message": title}
    return {"detail": title, "type": "about:blank", "title": title, "status": status}


TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
LEGACY_CODES = {401: 89, 429: 88, 500: 131, 503: 130}
LEGACY_MESSAGES = {
    401: "Invalid or expired token.",
    429: "Rate limit exceeded",
    500: "Internal error",
    503: "Over capacity",
}


def missing(kind: str, value: str, parameter: str) -> dict[str, Any]:
    """Return the entry of `errors` for a post or user that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": TYPES + "resource-not-found",
    }


def not_authorized(kind: str, value: str, parameter: str) -> dict[str, Any]:
    """Return the entry of `errors` for a post that the caller may not see."""
    return {
        "value": value,
        "detail": f"Sorry, you are not authorized to see the {kind.title()} with {parameter}: [{value}].",
        "title": "Authorization Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "section": "data",
        "type": TYPES + "not-authorized-for-resource",
    }
