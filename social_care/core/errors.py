"""Errors, each named by what has to happen next.

A connector maps the statuses and codes of its platform to these in one table, and classifies on codes, never on a
localised text. `str(error)` is a plain sentence that an agent may read: no vendor text, no token, no URL.
"""

from __future__ import annotations

from collections.abc import Mapping


class SocialCareError(Exception):
    """Base of every error this app raises on purpose."""


class ConfigurationError(SocialCareError):
    """The owner of the account or of the site has to change a setting."""


class SourceGone(ConfigurationError):
    """What is read there is gone, at least under this address: the owner gives another one, or gives it up."""


class OutOfCredit(ConfigurationError):
    """The platform wants money first: the owner has to pay or to raise a limit there."""


class AccountNeedsLogin(SocialCareError):
    """The platform no longer accepts our credentials: pause sending, keep receiving, tell the owner."""


class UnverifiedWebhook(SocialCareError):
    """A body that does not prove where it came from: answer 4xx, count it, parse nothing."""


class UnreadablePayload(SocialCareError):
    """A body that came from the platform but cannot be read: park it with this reason."""


class Retryable(SocialCareError):
    """It certainly did not happen, and may work later.

    `retry_after_s` is in seconds; None means that the platform did not say, so back off by attempts. `progress` is what the
    next attempt to send the part finds in `Part.progress` (files that are uploaded already); None leaves that alone.
    """

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, progress: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.progress = progress


class RateLimited(Retryable):
    """The platform asks us to wait until its own reset time."""


class Refused(SocialCareError):
    """The platform (or its rules, known beforehand) says no: tell the agent, never retry."""


class NotAllowed(Refused):
    """We lack the permission, or the platform's rules forbid this reply."""


class OptedOut(NotAllowed):
    """The customer does not want messages of this category."""

    category = "marketing"


class PrivateReplyUsed(NotAllowed):
    """The platform takes no (further) private reply to this public message."""


class WindowClosed(Refused):
    """The time in which the platform lets us reply is over."""


class TargetGone(Refused):
    """The message or person to be answered is no longer there."""


class NotPermitted(Refused):
    """This person may not do that; another one may."""


class AlreadyDecided(Refused):
    """Somebody else decided about this reply first."""


class OutcomeUnknown(SocialCareError):
    """It may or may not have happened: reconcile before anything is sent again."""
