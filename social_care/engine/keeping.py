"""Keeping accounts connected: tokens renewed in time, webhooks subscribed again, the owner told when that is not enough."""

from __future__ import annotations

import logging
from datetime import timedelta

from social_care.core.accounts import Account, Standing
from social_care.core.connecting import RenewsTokens, WatchesWebhook
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    OutOfCredit,
    Retryable,
    SocialCareError,
    SourceGone,
)
from social_care.core.ports import Clock, Connection, Desk, ManagesWebhook

log = logging.getLogger(__name__)

WARN_BEFORE = timedelta(days=7)
"""How long before a token ends that nobody could renew its owner is told."""


def pause_sending(account: str, error: SocialCareError, desk: Desk) -> None:
    """Stop sending from an account because of what its platform answered; its owner is told once."""
    known = ((OutOfCredit, Standing.OUT_OF_CREDIT), (SourceGone, Standing.GONE), (AccountNeedsLogin, Standing.NEEDS_LOGIN))
    standing = next((found for kind, found in known if isinstance(error, kind)), Standing.NEEDS_ATTENTION)
    desk.accounts.pause_sending(account, str(error), standing)


def renew_in_time(account: Account, connection: Connection, *, desk: Desk, clock: Clock) -> None:
    """Renew a token that ends soon, or warn the owner. Raises nothing of ours: trouble is in the account's health.

    A token of which the end is not known is renewed too, where that can be done: then it is known.
    """
    ends = account.token_expires_at
    warn_before = WARN_BEFORE
    try:
        if isinstance(connection, RenewsTokens):
            warn_before = min(warn_before, connection.renew_before)
            if (ends is None or ends - clock() <= connection.renew_before) and connection.renew():
                return
    except (AccountNeedsLogin, ConfigurationError) as error:
        pause_sending(account.name, error, desk)
        return
    except SocialCareError as error:
        log.warning("the token of %s could not be renewed: %s", account.name, error)
    if ends is not None and ends - clock() <= warn_before:
        until = f"{ends:%Y-%m-%d %H:%M} UTC"
        desk.accounts.warn(account.name, f"The access token ends at {until}, and nothing here can renew it: sign in again.")


def register_webhook(account: Account, connection: ManagesWebhook, url: str, *, desk: Desk) -> tuple[str, ...]:
    """Make the platform push to `url`; return plain lines of what was done and what is still missing.

    Raises: SocialCareError.
    """
    done = connection.subscribe(url)
    missing = connection.not_pushed(url) if isinstance(connection, WatchesWebhook) else ()
    desk.accounts.record_webhook(account.name, pushed=not missing, note=" ".join(missing))
    return (*done, *missing)


def check_webhook(account: Account, connection: Connection, url: str, *, desk: Desk) -> None:
    """Look whether the platform still pushes to `url`, and subscribe again where it stopped.

    Raises nothing of ours: what was found is in the account's health, and what is new there is told to the owner.
    """
    if not isinstance(connection, WatchesWebhook) or not isinstance(connection, ManagesWebhook):
        return
    try:
        missing = connection.not_pushed(url)
        if not missing:
            desk.accounts.record_webhook(account.name, pushed=True)
            return
        connection.subscribe(url)
        left = connection.not_pushed(url)
    except Retryable as error:
        log.warning("whether %s is still subscribed could not be seen: %s", account.name, error)
        return
    except SocialCareError as error:
        desk.accounts.record_webhook(account.name, pushed=False, note=str(error))
        return
    mended = f"The platform had stopped pushing, and was made to push again. It said: {' '.join(missing)}"
    desk.accounts.record_webhook(account.name, pushed=not left, note=" ".join(left) or mended)
