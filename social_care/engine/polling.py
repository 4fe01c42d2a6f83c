"""Fetch what is new, store it with the cursor in one commit, and say when to come again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from social_care.core.accounts import Account
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, RateLimited, Retryable, SocialCareError
from social_care.core.payloads import Payload, Source
from social_care.core.ports import Clock, Connection, Desk
from social_care.engine.composing import spent_this_month
from social_care.engine.keeping import pause_sending
from social_care.engine.rationing import allowance_of, pace, rest

OVER_BUDGET_INTERVAL_S = 6 * 3600
"""At the budget's end polling slows down to this; it never stops, since a poll is how we would learn of a crisis."""
AFTER_ERROR_S = 300
AFTER_OWNER_ERROR_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one visit to a feed brought. next_in_s: seconds until the next. error "" when all went well."""

    payloads: tuple[str, ...] = ()
    messages: int = 0
    cost: Decimal = field(default_factory=Decimal)
    next_in_s: float
    error: str = ""
    note: str = ""


def feeds_of(account: Account, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return the feeds to poll: those the account wants and the platform offers, and one a saved search."""
    chosen = [feed for feed in offered if feed in account.receive and feed != "searches"]
    if "searches" in offered and "searches" in account.receive:
        chosen += [f"search:{search.name}" for search in account.searches if search.enabled]
    return tuple(chosen)


def poll_feed(
    account: Account, feed: str, *, desk: Desk, connection: Connection, clock: Clock, max_pages: int = 10, sends: bool = True
) -> PollReport:
    """Fetch the waiting pages of a feed. Raises nothing of ours: trouble is in the report and in the account's health.

    sends: False where the platform is only read; there is nothing to resume then, so a good visit ends a pause.
    """
    kept: list[str] = []
    messages, cost = 0, Decimal(0)
    if (waiting := rest(connection, desk, clock)) is not None:
        return PollReport(next_in_s=waiting.next_in_s, note=waiting.note)
    today = allowance_of(connection)
    try:
        for _ in range(max_pages):
            cursor = desk.ledger.read_cursor(account.name, feed)
            page = connection.fetch(feed, cursor)
            cost += page.cost
            messages += page.count
            if page.cost:
                desk.accounts.add_spend(account.name, page.cost, clock())
            if (
                payload_id := _keep(account, feed, page.body if page.count else b"", page.cursor, cursor, desk, clock)
            ) is not None:
                kept.append(payload_id)
            if page.trouble is not None:
                raise page.trouble
            if not page.more or page.cursor == cursor:
                break
    except SocialCareError as error:
        if not isinstance(error, RateLimited) or (waiting := rest(connection, desk, clock)) is None:
            return _trouble(account, error, kept, messages, cost, desk)
        return PollReport(payloads=tuple(kept), messages=messages, cost=cost, next_in_s=waiting.next_in_s, note=waiting.note)
    if account.sending_paused and not sends:
        desk.accounts.resume_sending(account.name)
    desk.accounts.record_health(account.name, ok=True)
    next_in_s, note = _interval(desk.accounts.get(account.name), clock)
    next_in_s, note = max(next_in_s, page.next_in_s), " ".join(filter(None, (note, page.note)))
    if today is not None:
        paced = pace(account, connection, today.used, desk, clock)
        next_in_s, note = max(next_in_s, paced.next_in_s), note or paced.note
    return PollReport(payloads=tuple(kept), messages=messages, cost=cost, next_in_s=next_in_s, note=note)


def _keep(account: Account, feed: str, body: bytes, cursor: str, old: str, desk: Desk, clock: Clock) -> str | None:
    if body:
        payload = Payload(
            platform=account.platform,
            account=account.name,
            account_id=account.external_id,
            feed=feed,
            body=body,
            source=Source.POLL,
            received_at=clock(),
        )
        if (payload_id := desk.ledger.keep(payload, cursor)) is not None:
            return payload_id
    if cursor != old:
        desk.ledger.write_cursor(account.name, feed, cursor)
    return None


def _trouble(
    account: Account, error: SocialCareError, kept: list[str], messages: int, cost: Decimal, desk: Desk
) -> PollReport:
    sentence = str(error)
    desk.accounts.record_health(account.name, ok=False, error=sentence)
    wait_s: float = max(AFTER_ERROR_S, account.poll_interval_s)
    if isinstance(error, Retryable) and error.retry_after_s is not None:
        wait_s = error.retry_after_s
    elif isinstance(error, (AccountNeedsLogin, ConfigurationError)):
        pause_sending(account.name, error, desk)
        wait_s = AFTER_OWNER_ERROR_S
    return PollReport(payloads=tuple(kept), messages=messages, cost=cost, next_in_s=wait_s, error=sentence)


def _interval(account: Account, clock: Clock) -> tuple[float, str]:
    if account.monthly_budget is None or spent_this_month(account, clock()) < account.monthly_budget:
        return account.poll_interval_s, ""
    note = (
        f"This month's budget of ${account.monthly_budget:.2f} is spent, so the account is polled every "
        f"{OVER_BUDGET_INTERVAL_S // 3600} hours only. Webhooks are received as ever."
    )
    return max(OVER_BUDGET_INTERVAL_S, account.poll_interval_s), note
