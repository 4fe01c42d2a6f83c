"""Making Telegram push to us, and stopping that: it hands updates to a webhook or to a poll, never to both.

Source: https://core.telegram.org/bots/api#setwebhook, #deletewebhook and #webhookinfo (read 2026-11).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from social_care.connectors.kit.reading import items, mapping, moment_from_epoch, number, text
from social_care.connectors.telegram.calls import Calls
from social_care.connectors.telegram.parse import READERS
from social_care.core.errors import ConfigurationError

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
OPTIONAL = frozenset({"guest_message"})
"""Asked for, and not missed where Telegram does not name it: nothing of it can be answered."""
FAILING = timedelta(hours=1)
"""Telegram tries again and again, and never takes an old failure back; so only a fresh one tells something."""
NONE_SET = "No webhook is set at Telegram, so nothing is received."


class Hook:
    """What Telegram tells of the webhook. url "": none is set."""

    def __init__(self, calls: Calls) -> None:
        info = mapping(calls.ask("getWebhookInfo"))
        self.url = text(info.get("url")) or ""
        self.waiting = number(info.get("pending_update_count")) or 0
        self.failed_at = moment_from_epoch(info.get("last_error_date"))
        told = [kind for one in items(info.get("allowed_updates")) if (kind := text(one))]
        self.without = [kind for kind in READERS if told and kind not in told and kind not in OPTIONAL]
        """The kinds of updates that it leaves out; Telegram names none where it pushes the usual ones."""

    def is_failing(self, now: datetime) -> bool:
        """Tell whether Telegram tries to push and cannot."""
        return bool(self.waiting) and self.failed_at is not None and now - self.failed_at < FAILING


def subscribe(calls: Calls, url: str, secret: str) -> tuple[str, ...]:
    """Make Telegram push to `url`; what waits there is pushed, too. Raises: SocialCareError."""
    if not SECRET.fullmatch(secret):
        raise ConfigurationError("The webhook secret needs 1 to 256 letters (A to Z), digits, underscores or hyphens.")
    calls.ask("setWebhook", url=url, secret_token=secret, allowed_updates=list(READERS))
    return ("Telegram pushes to this address.",)


def unsubscribe(calls: Calls) -> tuple[str, ...]:
    """Make Telegram push nowhere; what waits there can be polled. Raises: SocialCareError."""
    if not Hook(calls).url:
        return ("No webhook was set at Telegram.",)
    calls.ask("deleteWebhook", drop_pending_updates=False)
    return ("Telegram pushes to no address any more; what waits there is polled.",)


def not_pushed(calls: Calls, url: str, now: datetime) -> tuple[str, ...]:
    """Return in plain sentences what is wrong with the webhook; () when all is well. Raises: SocialCareError."""
    hook = Hook(calls)
    if not hook.url:
        return (NONE_SET,)
    if hook.url != url:
        return ("Telegram pushes to another address than this account's.",)
    missing = [f"Telegram does not push {', '.join(hook.without)}."] if hook.without else []
    if hook.is_failing(now):
        missing.append("Telegram cannot reach this address: it has to be open to the internet, with a good certificate.")
    return tuple(missing)
