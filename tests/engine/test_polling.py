"""Pages are stored with their cursor; trouble tells when to come again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from social_care.core.accounts import Search
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


def test_feeds():
    account = replace(
        ACCOUNT, receive=frozenset({"mentions", "searches"}), searches=(Search(name="late", query="northwind late"),)
    )
    assert feeds_of(account, ("mentions", "direct_messages", "searches")) == ("mentions", "search:late")
