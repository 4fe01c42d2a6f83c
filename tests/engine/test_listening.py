"""What the hits of a search open, and a search tried before it is saved."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from social_care.core.accounts import Search
from social_care.core.errors import NotAllowed, Refused
from social_care.core.listening import BuiltQuery, Condition, Opens, SearchParts, read_terms
from social_care.core.ports import Page
from social_care.core.routing import RoutingRule, Verdict
from social_care.engine.handling import handle_payload
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.engine.polling import feeds_of
from social_care.engine.trying import try_search
from tests.fakes import ACCOUNT, US, FakeConnection, FakeConnector, message, payload_of, to_json


class SearchingConnector(FakeConnector):
    """A platform that can look for words, and for nothing else."""

    def build_query(self, parts, account):
        if not parts.all_of:
            raise Refused("Say a word.")
        return BuiltQuery(query=" ".join(term.text for term in parts.all_of), left=frozenset(Condition) - {Condition.ALL})

    def search_price(self, hits):
        return hits * Decimal("0.01")


class SearchingConnection(FakeConnection):
    def try_search(self, query, limit):
        return self.platform.pages[query][0]


@pytest.fixture
def connector():
    return SearchingConnector()


def office_of(office, **search) -> Office:
    found = Search(name="s", parts=SearchParts(all_of=read_terms("late"), languages=("en",)), **search)
    account = replace(ACCOUNT, searches=(found,))
    office.desk.add_account(account)
    return replace(office, account=account, search=found)


def hit(number: str, text: str = "My flight is late", *, language: str | None = "en", **more):
    return message(number, text, author=f"c{number}", thread=f"t{number}", language=language, **more)


# --- what a hit opens -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("opens", "rule", "reason"),
    [
        (Opens.TICKET, None, ""),
        (Opens.TICKET, Verdict.TICKET, ""),
        (Opens.TICKET, Verdict.IGNORE, "Ignored by the rule “r”."),
        (Opens.COLLECT, None, "Collected by the search “s”."),
        (Opens.COLLECT, Verdict.TICKET, "Collected by the search “s”."),
        (Opens.RULES, None, "Collected by the search “s”: no routing rule asks for a ticket."),
        (Opens.RULES, Verdict.TICKET, ""),
        (Opens.RULES, Verdict.COLLECT, "Collected by the rule “r”."),
    ],
)
def test_what_a_hit_opens(office, opens, rule, reason):
    office.desk.rules = (RoutingRule(name="r", words=("late",), verdict=rule),) if rule else ()
    outcome = handle_event(hit("1"), office_of(office, opens=opens))
    assert (outcome.reason, outcome.ticket is None) == (reason, bool(reason))
    assert office.desk.tickets.find_message(ACCOUNT.name, "1") is not None, "it was lost"


def test_a_hit_that_does_not_fit_is_kept_with_the_reason(office):
    outcome = handle_event(hit("1", language="pl"), office_of(office))
    assert (outcome.ticket, outcome.reason) == (None, "Found by the search “s”, but its language is pl.")


def test_what_addresses_us_opens_a_ticket_although_a_search_collected_it_first(office):
    assert handle_event(hit("1"), office_of(office, opens=Opens.COLLECT)).ticket is None
    assert handle_event(hit("1"), office).ticket is not None, "the mention itself was taken for the hit of a search"
    assert handle_event(hit("1"), office_of(office, opens=Opens.COLLECT)).ticket is not None


def test_a_follow_up_goes_to_its_ticket_whatever_found_it(office):
    ticket = handle_event(hit("1"), office).ticket
    later = replace(hit("2"), author=hit("1").author, thread=hit("1").thread)
    assert handle_event(later, office_of(office, opens=Opens.COLLECT)).ticket == ticket


def test_a_payload_is_handled_for_its_search_also_after_that_was_switched_off(office):
    account = office_of(office, opens=Opens.COLLECT, enabled=False).account
    assert feeds_of(replace(account, receive=frozenset({"searches"})), ("searches",)) == ()
    stored = office.desk.ledger.keep(payload_of(hit("1"), feed="search:s"))
    [outcome] = handle_payload(stored, desk=office.desk, connector=office.connector, clock=office.clock)
    assert outcome.ticket is None
    assert "“s”" in outcome.reason


def test_parts_that_no_longer_make_a_query_are_all_checked(office):
    broken = office_of(office)
    broken = replace(broken, search=replace(broken.search, parts=SearchParts(any_of=read_terms("bag"))))
    assert handle_event(hit("1"), broken).reason == "Found by the search “s”, but it has none of the words."


# --- trying -----------------------------------------------------------------------------------------------------------
def tried(office, platform, *events, connection=SearchingConnection, **search):
    office = office_of(office, **search)
    body = json.dumps([to_json(event) | {"language": getattr(event, "language", None)} for event in events]).encode()
    page = Page(body=body, cursor="moved", more=True, count=len(events), cost=Decimal("0.10"))
    platform.pages = {"late": [page], "search:s": [page]}
    return try_search(
        office.search,
        office.account,
        desk=office.desk,
        connector=office.connector,
        connect=lambda account: connection(platform),
        clock=office.clock,
    )


def test_a_trial_tells_what_each_hit_would_become(office, platform):
    ticket = handle_event(hit("1"), office).ticket
    handle_event(hit("2"), office_of(office, opens=Opens.COLLECT))
    office.desk.moderations.set_muted(ACCOUNT, "c4", True)
    again = replace(hit("6"), author=hit("1").author, thread=hit("1").thread)
    events = (
        hit("1"),
        hit("2"),
        hit("3", language="pl"),
        hit("4"),
        replace(hit("5"), author=message("x", author=US).author),
    )
    found = tried(office, platform, *events, again)
    assert [(one.event.message_id, one.why) for one in reversed(found.hits)] == [
        ("1", f"Handled already: it stands on ticket {ticket}."),
        ("2", ""),
        ("3", "Found by the search “s”, but its language is pl."),
        ("4", "Its author is muted."),
        ("5", "It is the account's own message."),
        ("6", f"It continues ticket {ticket}."),
    ]
    assert found.asked.query == "late"


@pytest.mark.parametrize("connection", [SearchingConnection, FakeConnection])
def test_a_trial_stores_nothing_but_what_it_cost(office, platform, connection):
    office_of(office)
    before = list(office.desk.db.iterdump())
    found = tried(office, platform, hit("1"), connection=connection)
    assert [one.why for one in found.hits] == [""]
    changed = set(office.desk.db.iterdump()) ^ set(before)
    assert {line.split()[2] for line in changed} == {'"account"'}, f"more than the spend was changed: {changed}"
    assert (found.cost, office.desk.accounts.get(ACCOUNT.name).spent) == (Decimal("0.10"), Decimal("0.10"))
    assert platform.closed == 1


def test_a_trial_that_the_budget_does_not_reach_for_is_refused(office, platform):
    poor = replace(office_of(office).account, monthly_budget=Decimal("0.15"))
    with pytest.raises(NotAllowed, match=r"up to \$0\.20"):
        try_search(
            poor.searches[0],
            poor,
            desk=office.desk,
            connector=office.connector,
            connect=platform.connect,
            clock=office.clock,
        )


def test_a_platform_without_a_search_is_not_searched_by_hand_either(office, platform):
    deaf = SearchingConnector()
    deaf.capabilities = replace(deaf.capabilities, search=False)
    with pytest.raises(Refused, match="cannot be searched"):
        tried(replace(office, connector=deaf), platform, hit("1"), query="late")


def test_a_platform_whose_language_we_do_not_write_wants_the_query_by_hand(office, platform):
    office = replace(office, connector=FakeConnector())
    with pytest.raises(Refused, match="by hand"):
        tried(office, platform, hit("1"))
    found = tried(office, platform, hit("1"), hit("2", language="pl"), query="late")
    assert sorted(one.why for one in found.hits) == ["", "Found by the search “s”, but its language is pl."]
