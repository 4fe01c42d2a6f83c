"""How fast the embedded desk takes messages, and what deduplication costs when much is stored.

Run: python -m tests.benchmarks.embedded [--stored 1000000]. Prints figures; every ratio is of one run on one machine.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from social_care.core.insight import InsightOptions
from social_care.core.ports import Insight
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_payload
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.wiring import load_insight
from tests.fakes import ACCOUNT, FakeConnector, StillClock, message, payload_of

TEXTS = (
    "My flight is late",
    "My parcel was supposed to be here on Monday and it still hasn't arrived, can somebody look into it please?",
    "Fatalna obsługa, czekałem na infolinii godzinę i nikt nie odebrał 😡",
    "Да ли могу да променим име на резервацији?",
    "Thank you so much, Maria sorted it out in five minutes!",
)


def intake(count: int, insight: Insight | None = None) -> float:
    """Return messages a second from stored payloads to tickets: one in five opens one."""
    clock, connector = StillClock(), FakeConnector()
    with tempfile.TemporaryDirectory() as folder:
        desk = SqliteDesk(Path(folder) / "desk.db", clock=clock)
        desk.add_account(ACCOUNT)
        for number in range(count // 50):
            batch = [
                message(f"{number}-{n}", TEXTS[n % len(TEXTS)], author=f"c{number}-{n % 10}", thread=f"t{number}")
                for n in range(50)
            ]
            desk.ledger.keep(payload_of(*batch))
        began = time.perf_counter()
        for payload_id in desk.ledger.due(clock(), count):
            handle_payload(payload_id, desk=desk, connector=connector, clock=clock, insight=insight)
        took = time.perf_counter() - began
        tickets = desk.row("select count(*) from ticket")[0]
        assert tickets == count // 5, f"{tickets} tickets instead of {count // 5}"
        desk.close()
    return count / took


def duplicates(stored: int, tries: int) -> float:
    """Return seconds for one duplicate when `stored` messages are there: the median of five rounds."""
    clock = StillClock()
    with tempfile.TemporaryDirectory() as folder:
        desk = SqliteDesk(Path(folder) / "desk.db", clock=clock)
        desk.add_account(ACCOUNT)
        with desk.transaction():
            desk.db.executemany(
                "insert into message (account, event_key, message_id, thread_id, audience, direction, text,"
                " author_id, ticket, seen_at)"
                " values (?, ?, ?, 't', 'public', 'in', 'My flight is late', 'c1', 1, 0)",
                ((ACCOUNT.name, f"k{n:040}", str(n)) for n in range(stored)),
            )
        office = Office(desk, FakeConnector(), ACCOUNT, clock)
        rounds = []
        for number in range(5):
            random.seed(number)
            events = [message(str(random.randrange(stored)), thread="t") for _ in range(tries)]
            began = time.perf_counter()
            for event in events:
                handle_event(event, office)
            rounds.append((time.perf_counter() - began) / tries)
        desk.close()
    return sorted(rounds)[2]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=20_000)
    given = parser.parse_args()
    plain = intake(given.messages)
    reader = load_insight(InsightOptions(urgent_followers=10_000))
    intake(50, reader)  # loads the models
    reading = intake(given.messages, reader)
    print(
        f"intake: {plain:,.0f} messages/s, with insight {reading:,.0f}: {(1 / reading - 1 / plain) * 1e6:.0f} µs a message"
    )
    few, many = duplicates(1_000, 2_000), duplicates(given.stored, 2_000)
    print(
        f"duplicate with 1,000 stored: {few * 1e6:.1f} µs, with {given.stored:,}: {many * 1e6:.1f} µs,"
        f" ratio {many / few:.2f}"
    )


if __name__ == "__main__":
    main()
