"""How fast the embedded desk takes messages, and what deduplication costs when much is stored.

Run: python -m tests.benchmarks.embedded [--stored 1000000]. Prints figures; every ratio is of one run on one machine.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from social_care.desks.sqlite import SqliteDesk
from social_care.engine.intake import handle_event, handle_payload
from social_care.engine.office import Office
from tests.fakes import ACCOUNT, FakeConnector, StillClock, message, payload_of


def intake(count: int) -> float:
    """Return messages a second from stored payloads to tickets: one in five opens one."""
    clock, connector = StillClock(), FakeConnector()
    with tempfile.TemporaryDirectory() as folder:
        desk = SqliteDesk(Path(folder) / "desk.db", clock=clock)
        desk.add_account(ACCOUNT)
        for number in range(count // 50):
            batch = [message(f"{number}-{n}", author=f"c{number}-{n % 10}", thread=f"t{number}") for n in range(50)]
            desk.ledger.keep(payload_of(*batch))
        began = time.perf_counter()
        for payload_id in desk.ledger.due(clock(), count):
            handle_payload(payload_id, desk=desk, connector=connector, clock=clock)
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
    print(f"intake: {intake(given.messages):,.0f} messages/s")
    few, many = duplicates(1_000, 2_000), duplicates(given.stored, 2_000)
    print(
        f"duplicate with 1,000 stored: {few * 1e6:.1f} µs, with {given.stored:,}: {many * 1e6:.1f} µs,"
        f" ratio {many / few:.2f}"
    )


if __name__ == "__main__":
    main()
