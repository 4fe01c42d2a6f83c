"""A search tried once before it is saved: what it finds, and what each hit would have become. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from social_care.core.accounts import Account, Search
from social_care.core.errors import NotAllowed
from social_care.core.events import Event, Ignored, MessageReceived
from social_care.core.listening import BuiltQuery
from social_care.core.payloads import Payload, Source
from social_care.core.ports import BuildsQueries, Clock, Connection, Connector, Desk, Insight, Page, TriesSearches
from social_care.engine.composing import spent_this_month
from social_care.engine.insight import understand
from social_care.engine.intake import is_own, whose_case
from social_care.engine.listening import FEED, ask
from social_care.engine.office import Office
from social_care.engine.routing import find_rule, goes_on, reason_to_keep

HITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a search found. why: "" where it would have opened a ticket, else what would have become of it."""

    event: Event
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a search asked, found and cost (US dollars)."""

    asked: BuiltQuery
    hits: tuple[Hit, ...]
    cost: Decimal


def price_at_most(connector: Connector) -> Decimal:
    """Return what one trial costs at most, in US dollars."""
    return connector.search_price(HITS) if isinstance(connector, BuildsQueries) else Decimal(0)


def try_search(
    search: Search,
    account: Account,
    *,
    desk: Desk,
    connector: Connector,
    connect: Callable[[Account], Connection],
    clock: Clock,
    insight: Insight | None = None,
) -> Trial:
    """Ask the platform once and tell what the hits would have become. What it cost counts towards the budget.

    Raises: SocialCareError where the platform cannot be asked; NotAllowed where the budget does not reach.
    """
    asked = ask(search, account, connector)
    price, budget = price_at_most(connector), account.monthly_budget
    if budget is not None and price and spent_this_month(account, clock()) + price > budget:
        raise NotAllowed(f"Trying costs up to ${price:.2f}, and this month's budget of ${budget:.2f} does not reach for it.")
    connection = connect(account)
    try:
        page = _fetch(connection, search, asked)
    finally:
        connection.close()
    if page.cost:
        desk.accounts.add_spend(account.name, page.cost, clock())
    payload = Payload(
        platform=account.platform,
        account=account.name,
        account_id=account.external_id,
        feed=f"{FEED}{search.name}",
        body=page.body,
        source=Source.POLL,
        received_at=clock(),
    )
    office = Office(desk, connector, account, clock, insight, search=search)
    events = connector.parse(payload) if page.count else ()
    hits = tuple(_judge(event, office) for event in reversed(events[-HITS:]))
    return Trial(asked=asked, hits=hits, cost=page.cost)


def _fetch(connection: Connection, search: Search, asked: BuiltQuery) -> Page:
    if isinstance(connection, TriesSearches):
        return connection.try_search(asked.query, HITS)
    return connection.fetch(f"{FEED}{search.name}", "")


def _judge(event: Event, office: Office) -> Hit:
    if not isinstance(event, MessageReceived):
        return Hit(event=event, why=event.reason if isinstance(event, Ignored) else "It could not be read as a message.")
    if is_own(event, office):
        return Hit(event=event, why="It is the account's own message.")
    event = understand(event, office.insight, office.desk.tickets, office.clock())
    with office.desk.transaction():
        return Hit(event=event, why=_obstacle(event, office))


def _obstacle(event: MessageReceived, office: Office) -> str:
    """Return why a customer's message would not open a ticket; reads only."""
    tickets, account = office.desk.tickets, office.account
    stored = tickets.find_message(account.name, event.message_id)
    if stored is not None and stored.ticket:
        return f"Handled already: it stands on ticket {stored.ticket}."
    if event.author is not None and event.author.id and office.desk.moderations.is_muted(account, event.author.id):
        return "Its author is muted."
    case = tickets.find_case(account.name, event.thread.id, author_id=whose_case(event))
    state = tickets.ticket_state(case.ticket) if case is not None and case.ticket else None
    if state is not None and goes_on(state, account, office.clock()):
        return f"It continues ticket {state.id}."
    return reason_to_keep(event, find_rule(event, account, tickets), office.search, account, office.connector)
