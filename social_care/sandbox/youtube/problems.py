"""YouTube's refusals, in its own form.

Source: https://developers.google.com/youtube/v3/docs/errors (2026-11)
"""

from __future__ import annotations

from typing import Any

SHAPES = {
    401: ("authError", "UNAUTHENTICATED"),
    403: ("forbidden", "PERMISSION_DENIED"),
    404: ("commentNotFound", "NOT_FOUND"),
    429: ("rateLimitExceeded", "RESOURCE_EXHAUSTED"),
    500: ("backendError", "INTERNAL"),
    503: ("backendError", "UNAVAILABLE"),
}


class Problem(Exception):
    """A refusal that a handler raises."""

    def __init__(self, status: int, reason: str, message: str = "", domain: str = "youtube.comment") -> None:
        super().__init__(reason)
        self.status = status
        self.body = error_body(status, reason, message or f"The request was refused: {reason}.", domain)


def error_body(status: int, reason: str, message: str, domain: str, state: str = "") -> dict[str, Any]:
    """Return the body of a refusal."""
    error: dict[str, Any] = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": domain, "reason": reason}],
    }
    return {"error": error | ({"status": state} if state else {})}


def quota_exceeded() -> Problem:
    """Return the refusal of a day whose units are used up."""
    return Problem(
        403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.", "youtube.quota"
    )


def fault_body(status: int, shape: str) -> dict[str, Any]:
    """Return the body of a fault. shape: one of YouTube's reasons ("quotaExceeded"), "" for the usual one of the status."""
    reason, state = SHAPES.get(status, ("backendError" if status >= 500 else "badRequest", ""))
    domain = "youtube.quota" if shape == "quotaExceeded" else "global" if status >= 500 else "youtube.comment"
    return error_body(status, shape or reason, "The sandbox was told to say so.", domain, "" if shape else state)
