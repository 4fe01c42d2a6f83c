"""Accounts stay connected: tokens are renewed in time, webhooks are subscribed again, and the owner is told once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from social_care.core.accounts import Standing
from social_care.core.errors import AccountNeedsLogin, OutOfCredit, Refused, Retryable, SocialCareError
from social_care.engine.keeping import WARN_BEFORE, check_webhook, register_webhook, renew_in_time
from tests.fakes import ACCOUNT

URL = "https://help.example/api/method/social_care.api.webhook?account=Northwind"
OWNER = f"owner:{ACCOUNT.name}"


@dataclass
class Renewing:
    """A connection that can renew its token."""

    answer: bool | SocialCareError = True
    renew_before: timedelta = timedelta(days=30)
    renewals: int = 0

    def renew(self) -> bool:
        self.renewals += 1
        if isinstance(self.answer, SocialCareError):
            raise self.answer
        return self.answer


@dataclass
class Pushing:
    """A connection that knows what is pushed. trouble: raised by the next calls."""

    missing: tuple[str, ...] = ()
    mends: bool = True
    trouble: list[SocialCareError | None] = field(default_factory=list)
    subscribed: int = 0

    def not_pushed(self, url: str) -> tuple[str, ...]:
        error = self.trouble.pop(0) if self.trouble else None
        if error is not None:
            raise error
        return self.missing

    def subscribe(self, url: str) -> tuple[str, ...]:
        assert url == URL
        self.subscribed += 1
        self.missing = () if self.mends else self.missing
        return ("Subscribed.",)


@pytest.fixture
def keep(desk: Any, clock: Any) -> Any:
    """Looks after a token that ends in so many days (None: not known)."""

    def keep(connection: Any, days: float | None) -> None:
        ends = None if days is None else clock() + timedelta(days=days)
        renew_in_time(replace(ACCOUNT, token_expires_at=ends), connection, desk=desk, clock=clock)

    return keep


@pytest.mark.parametrize(("days", "renewals"), [(31, 0), (30, 1), (-1, 1), (None, 1)])
def test_a_token_is_renewed_in_time(desk: Any, keep: Any, days: float | None, renewals: int) -> None:
    connection = Renewing()
    keep(connection, days)
    assert connection.renewals == renewals
    assert desk.told == []


def test_a_token_that_nobody_can_renew_is_warned_of_once(desk: Any, keep: Any) -> None:
    keep(object(), 8)
    assert desk.told == []
    keep(object(), 6)
    keep(object(), 5)
    assert [who for who, _ in desk.told] == [OWNER]
    assert "sign in again" in desk.told[0][1]
    assert desk.accounts.get(ACCOUNT.name).standing is Standing.ENDS_SOON
    desk.accounts.keep_credentials(ACCOUNT.name, {"access_token": "new"})
    assert desk.accounts.get(ACCOUNT.name).standing is Standing.VALID


@pytest.mark.parametrize("answer", [False, Retryable("Busy."), Refused("Too young.")])
def test_a_failed_renewal_is_a_matter_of_the_last_week(desk: Any, keep: Any, answer: Any) -> None:
    keep(Renewing(answer), 20)
    keep(Renewing(answer), None)
    assert desk.told == [], "there is time to try again"
    keep(Renewing(answer), WARN_BEFORE.days)
    assert len(desk.told) == 1


def test_a_short_token_is_nobodys_worry_while_it_can_be_renewed(desk: Any, keep: Any) -> None:
    connection = Renewing(Retryable("Busy."), renew_before=timedelta(0))
    keep(connection, 0.05)
    assert (connection.renewals, desk.told) == (0, [])
    keep(connection, -0.05)
    assert len(desk.told) == 1


def test_a_dead_token_pauses_sending(desk: Any, keep: Any) -> None:
    keep(Renewing(AccountNeedsLogin("Connect again.")), 1)
    assert desk.accounts.get(ACCOUNT.name).sending_paused == "Connect again."
    assert desk.accounts.get(ACCOUNT.name).standing is Standing.NEEDS_LOGIN


# --- webhooks -----------------------------------------------------------------------------------------------------------
def webhook(desk: Any) -> tuple[int | None, str]:
    return tuple(desk.row("select pushed, webhook_note from account"))


def test_what_was_unsubscribed_is_subscribed_again_and_told_once(desk: Any) -> None:
    connection = Pushing(missing=("It does not push feed.",))
    check_webhook(ACCOUNT, connection, URL, desk=desk)
    assert connection.subscribed == 1
    assert webhook(desk)[0] == 1
    assert "does not push feed" in desk.told[0][1]
    check_webhook(ACCOUNT, connection, URL, desk=desk)
    assert (connection.subscribed, webhook(desk), len(desk.told)) == (1, (1, ""), 1)


def test_what_cannot_be_mended_is_told_once(desk: Any) -> None:
    connection = Pushing(missing=("It does not push feed.",), mends=False)
    for _ in range(3):
        check_webhook(ACCOUNT, connection, URL, desk=desk)
    assert webhook(desk) == (0, "It does not push feed.")
    assert len(desk.told) == 1


def test_trouble_of_the_moment_changes_nothing(desk: Any) -> None:
    check_webhook(ACCOUNT, Pushing(), URL, desk=desk)
    check_webhook(ACCOUNT, Pushing(trouble=[Retryable("Busy.")]), URL, desk=desk)
    assert (webhook(desk), desk.told) == ((1, ""), [])


def test_a_refusal_is_in_the_health(desk: Any) -> None:
    check_webhook(ACCOUNT, Pushing(trouble=[OutOfCredit("Pay first.")]), URL, desk=desk)
    assert webhook(desk) == (0, "Pay first.")


def test_a_platform_that_cannot_tell_is_left_alone(desk: Any) -> None:
    check_webhook(ACCOUNT, object(), URL, desk=desk)  # type: ignore[arg-type]
    assert webhook(desk) == (None, "")


def test_the_button_says_what_was_done_and_what_is_missing(desk: Any) -> None:
    assert register_webhook(ACCOUNT, Pushing(), URL, desk=desk) == ("Subscribed.",)
    assert webhook(desk) == (1, "")
    short = Pushing(missing=("It does not push feed.",), mends=False)
    assert register_webhook(ACCOUNT, short, URL, desk=desk) == ("Subscribed.", "It does not push feed.")
    assert webhook(desk)[0] == 0
