"""Pages are stored with their cursor; trouble tells when to come again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from social_care.core.accounts import Search
from social_care.core.allowances import Allowance
from social_care.core.errors import AccountNeedsLogin, RateLimited, Retryable
from social_care.core.ports import Page
from social_care.engine.polling import OVER_BUDGET_INTERVAL_S, feeds_of, poll_feed
from tests.fakes import ACCOUNT, body_of, message


def page(number, *events, more=False, cost="0.01"):
    return Page(body=body_of(*events), cursor=str(number), more=more, count=len(events), cost=Decimal(cost))


@pytest.fixture
def poll(desk, platform, clock):
    def poll(account=ACCOUNT, feed="mentions", **more):
        return poll_feed(account, feed, desk=desk, connection=platform.connect(account), clock=clock, **more)

    return poll


def test_a_chain_of_pages(desk, platform, poll):
    platform.pages["mentions"] = [page(1, message("1"), more=True), page(2, message("2")), page(2)]
    report = poll()
    assert (len(report.payloads), report.messages, report.cost) == (2, 2, Decimal("0.02"))
    assert desk.ledger.read_cursor(ACCOUNT.name, "mentions") == "2"
    assert desk.accounts.get(ACCOUNT.name).spent == Decimal("0.02")
    assert poll().payloads == (), "an empty page was stored"


def test_a_repeated_token_stops(platform, poll):
    platform.pages["mentions"] = [page(0, message("1"), more=True)]
    platform.pages["mentions"][0] = replace(platform.pages["mentions"][0], cursor="")
    assert poll(max_pages=50).messages == 1


def test_a_page_that_is_there_already_still_moves_the_cursor(desk, platform, poll):
    platform.pages["mentions"] = [page(1, message("1"), more=True), page(2, message("1")), page(2)]
    report = poll()
    assert len(report.payloads) == 1
    assert desk.ledger.read_cursor(ACCOUNT.name, "mentions") == "2"


@pytest.mark.parametrize(
    ("error", "wait_s", "paused"),
    [
        (RateLimited("Too many calls.", retry_after_s=700), 700, ""),
        (Retryable("No route."), 300, ""),
        (AccountNeedsLogin("Please log in again."), 1800, "Please log in again."),
    ],
)
def test_trouble_in_the_middle_keeps_what_came(desk, platform, poll, error, wait_s, paused):
    platform.pages["mentions"] = [page(1, message("1"), more=True), error]
    report = poll()
    assert len(report.payloads) == 1
    assert (report.error, report.next_in_s) == (str(error), wait_s)
    assert desk.ledger.read_cursor(ACCOUNT.name, "mentions") == "1"
    assert desk.accounts.get(ACCOUNT.name).sending_paused == paused
    assert desk.row("select last_error from account")["last_error"] == str(error)


def test_at_the_budgets_end_polling_slows_down_and_says_so(desk, platform, poll):
    poor = replace(ACCOUNT, monthly_budget=Decimal("0.01"))
    desk.add_account(poor)
    platform.pages["mentions"] = [page(1, message("1"))]
    report = poll(poor)
    assert report.next_in_s == OVER_BUDGET_INTERVAL_S
    assert "budget" in report.note
    assert len(report.payloads) == 1


class Rationed:
    """A connection of the fake platform that counts a unit a page."""

    def __init__(self, platform, used, clock):
        self.inner, self.used, self.clock = platform.connect(ACCOUNT), used, clock
        self.resets_at = clock() + timedelta(hours=10)

    def count_with(self, meter):
        raise AssertionError("the engine does not choose the meter")

    def allowance(self):
        return Allowance(units=1000, used=self.used, reserve=200, resets_at=self.resets_at)

    def fetch(self, feed, cursor):
        if self.used >= 800:
            raise RateLimited("No units.", retry_after_s=36_000)
        self.used += 1
        return self.inner.fetch(feed, cursor)


@pytest.mark.parametrize(
    ("used", "next_in_s", "note"),
    [
        (0, 120, ""),
        (699, 360, "so it is asked every 6 minutes; 200 are kept for answers."),
        (798, 36_000, "so it is asked every 600 minutes; 200 are kept for answers."),
        (799, 36_000, "but for 200 that are kept for answers."),
        (800, 36_000, "but for 200 that are kept for answers."),
        (1000, 36_000, "but for 200 that are kept for answers."),
    ],
)
def test_units_of_a_day_are_spread_over_it(desk, platform, clock, used, next_in_s, note):
    platform.pages["mentions"] = [page(1)]
    connection = Rationed(platform, used, clock)
    report = poll_feed(ACCOUNT, "mentions", desk=desk, connection=connection, clock=clock)
    assert report.next_in_s == next_in_s
    assert report.error == ""
    assert note in report.note
    assert bool(report.note) == bool(note)


def test_units_that_end_within_a_visit_keep_what_came(desk, platform, clock):
    platform.pages["mentions"] = [page(1, message("1"), more=True), page(2, message("2"))]
    report = poll_feed(ACCOUNT, "mentions", desk=desk, connection=Rationed(platform, 799, clock), clock=clock)
    assert (len(report.payloads), report.error, report.next_in_s) == (1, "", 36_000)


def test_feeds():
    account = replace(
        ACCOUNT, receive=frozenset({"mentions", "searches"}), searches=(Search(name="late", query="northwind late"),)
    )
    assert feeds_of(account, ("mentions", "direct_messages", "searches")) == ("mentions", "search:late")
