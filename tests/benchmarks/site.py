"""What the app costs on a real site with Helpdesk, each figure as a ratio to something that Frappe or Helpdesk does.

Run: python scripts/site.py bench [--rounds 25] [--stored 1000000] [--only NAME…] [--profile NAME]. What is compared runs
in turns within one process, A B A B; a ratio is the median of the rounds' ratios. The site is left as it was found.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import gc
import hashlib
import hmac
import os
import pstats
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from typing import Any

import frappe
from werkzeug.test import Client

from social_care.core.payloads import Payload, Source
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import intake
from social_care.engine.outcomes import Action
from social_care.wiring import load_connector
from tests.benchmarks.bodies import US, WORDS, body_of, mention, numbers
from tests.site.conftest import OWN, TOUCHED

ACCOUNT, SECRET = "Benchmark on X", "consumer-secret"
MAIL_DOMAIN = "benchmark.example.com"
FEW = 1_000
FULL_BODY = 500
FIRST_STORED = 10**15
PAYLOAD = {"platform": "x", "account": ACCOUNT, "account_id": US, "feed": "webhook", "source": Source.WEBHOOK}

Act = Callable[[], object]
Prepare = Callable[[], Act]
"""Makes what one measurement needs; returns what is measured."""
Times = dict[str, list[float]]


# --- measuring ------------------------------------------------------------------------------------------------------
def take_turns(ways: dict[str, Prepare], rounds: int, each: int = 4) -> Times:
    """Return the seconds of one act, for each way and round; the ways take turns, in an order that changes."""
    found: Times = {name: [] for name in ways}
    for number in range(-2, rounds):  # the first two warm up
        names = list(ways) if number % 2 else list(reversed(ways))
        for name in names:
            acts = [ways[name]() for _ in range(each)]
            gc.collect()
            began = time.perf_counter()
            for act in acts:
                act()
            took = (time.perf_counter() - began) / each
            if number >= 0:
                found[name].append(took)
    return found


def ratio(times: Times, ours: str, theirs: str) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(one / other for one, other in zip(times[ours], times[theirs], strict=True))


def say(what: str, value: float, limit: float, *, least: bool = False, note: str = "", unit: str = "×") -> None:
    """Print one figure beside its limit."""
    within = value >= limit if least else value <= limit
    bound = f"{'≥' if least else '≤'} {limit:g}{unit}"
    print(f"{'within' if within else 'OVER':6}  {value:7.2f}{unit:3} {bound:9} {what}{note and f'   [{note}]'}", flush=True)


def middle(times: Times) -> str:
    """Return the median of each way in words."""
    return ", ".join(f"{name} {statistics.median(took) * 1000:.1f} ms" for name, took in times.items())


# --- what comes in --------------------------------------------------------------------------------------------------
def mail_of(sender: str) -> bytes:
    number = next(numbers)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Customer <{sender}>", f"care@{MAIL_DOMAIN}", f"{number} {WORDS[:60]}"
    mail["Message-ID"], mail["Date"] = f"<{number}@{MAIL_DOMAIN}>", "Fri, 24 Jul 2026 21:23:23 +0000"
    mail.set_content(f"{number} {WORDS}")
    return mail.as_bytes()


class Mailbox:
    """Stands in for the mail server: it holds one mail."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def get_messages(self) -> dict[str, Any]:
        return {"latest_messages": [self.raw], "uid_list": [b"1"], "seen_status": {}}

    def logout(self) -> None:
        """Nothing to end."""


class Office:
    """One account of X with the real connector and the real desk, an e-mail account, and a known customer of each."""

    def __init__(self) -> None:
        self.desk, self.connector = HelpdeskDesk(), load_connector("x")
        fields = {"account_name": ACCOUNT, "platform": "X", "external_id": US, "handle": "northwind"}
        frappe.get_doc({"doctype": "Social Account", **fields, "webhook_secret": SECRET}).insert()
        mail = {"email_account_name": MAIL_DOMAIN, "email_id": f"care@{MAIL_DOMAIN}", "enable_incoming": 1}
        self.mail = frappe.get_doc({"doctype": "Email Account", **mail, "append_to": "HD Ticket", "create_contact": 1})
        self.mail.name = MAIL_DOMAIN
        self.mail.db_insert()  # as a document it would ask for a server
        self.mail.load_from_db()
        frappe.db.commit()
        self.known, self.conversation = str(next(numbers)), str(next(numbers))
        self.receive(mention(self.conversation, self.known), Action.OPEN)()
        self.known_mail = f"known@{MAIL_DOMAIN}"
        self.email(self.known_mail)()

    def receive(self, event: dict[str, Any], expected: Action) -> Act:
        """Return the handling of one stored payload with one event."""
        name = self.desk.ledger.keep(Payload(body=body_of(event), **PAYLOAD, received_at=utc_now()))

        def handle() -> None:
            outcomes = intake.handle_payload(name, desk=self.desk, connector=self.connector, clock=utc_now)
            assert [one.action for one in outcomes] == [expected], outcomes

        return handle

    def new_thread(self, author: str = "") -> Act:
        return self.receive(mention(str(next(numbers)), author or str(next(numbers))), Action.OPEN)

    def follow_up(self) -> Act:
        return self.receive(mention(str(next(numbers)), self.known, self.conversation), Action.APPEND)

    def bare_ticket(self, sender: str = "") -> Act:
        number = next(numbers)
        fields = {"subject": f"{number} {WORDS[:60]}", "description": f"<p>{number} {WORDS}</p>"}
        raised_by = sender or f"{number}@{MAIL_DOMAIN}"

        def insert() -> None:
            frappe.get_doc({"doctype": "HD Ticket", **fields, "raised_by": raised_by}).insert(ignore_permissions=True)
            frappe.db.commit()

        return insert

    def bare_communication(self, ticket: str, medium: str) -> Act:
        number = next(numbers)
        fields = {
            "communication_medium": medium,
            "sent_or_received": "Received",
            "subject": f"Re: {WORDS[:60]}",
            "content": f"<p>{number} {WORDS}</p>",
            "sender": self.known_mail,
            "reference_doctype": "HD Ticket",
            "reference_name": ticket,
        }

        def insert() -> None:
            frappe.get_doc({"doctype": "Communication", **fields}).insert(ignore_permissions=True)
            frappe.db.commit()

        return insert

    def email(self, sender: str = "") -> Act:
        """Return what Frappe's scheduled visit to a mail account does with one new mail."""
        raw = mail_of(sender or f"{next(numbers)}@{MAIL_DOMAIN}")

        def receive() -> None:
            self.mail.get_incoming_server = lambda **_: Mailbox(raw)
            self.mail.receive()

        return receive


# --- 1, 2: tickets and follow-ups -----------------------------------------------------------------------------------
def measure_threads(office: Office, given: argparse.Namespace) -> None:
    """A new conversation becomes a ticket."""
    for who, author, sender in (("new", "", ""), ("known", office.known, office.known_mail)):
        ways: dict[str, Prepare] = {
            "ours": partial(office.new_thread, author),
            "bare": partial(office.bare_ticket, sender),
            "e-mail": partial(office.email, sender),
        }
        times = take_turns(ways, given.rounds)
        say(f"new thread of a {who} customer / bare HD Ticket", ratio(times, "ours", "bare"), 1.15, note=middle(times))
        say(f"new thread of a {who} customer / Helpdesk's e-mail intake", ratio(times, "ours", "e-mail"), 0.6)


def measure_follow_ups(office: Office, given: argparse.Namespace) -> None:
    """A known customer writes again."""
    office.bare_ticket(office.known_mail)()
    ticket = frappe.get_last_doc("HD Ticket", {"raised_by": office.known_mail}).name
    ways: dict[str, Prepare] = {"ours": office.follow_up}
    ways |= {medium: partial(office.bare_communication, ticket, medium) for medium in ("Email", "Chat")}
    times = take_turns(ways, given.rounds)
    say("follow-up / bare Communication", ratio(times, "ours", "Email"), 1.15, note=middle(times))
    say("follow-up / bare Communication of medium Chat", ratio(times, "ours", "Chat"), 1.15)


# --- 3: the webhook -------------------------------------------------------------------------------------------------
def bare_row() -> str:
    """The endpoint to compare with: one row, which Frappe commits after the request."""
    now, name = frappe.utils.now_datetime(), frappe.generate_hash(length=10)
    frappe.db.sql(
        "insert into `tabError Log` (name, creation, modified, owner, modified_by, method) values (%s, %s, %s, %s, %s, %s)",
        (name, now, now, "Guest", "Guest", ACCOUNT),
    )
    return "ok"


def post(path: str, body: bytes) -> float:
    """Return the seconds of one signed request through Frappe's WSGI application."""
    from frappe.app import application

    digest = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-twitter-webhooks-signature": f"sha256={digest}", "X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"]}
    client = Client(application)
    began = time.perf_counter()
    response = client.post(path, data=body, headers=headers, content_type="application/json")
    response.get_data()
    response.close()  # ends the request on the site, too
    took = time.perf_counter() - began
    assert response.status_code == 200, response.get_data(as_text=True)[:500]
    return took


def fresh_body(count: int) -> bytes:
    return body_of(*(mention(str(next(numbers)), str(next(numbers))) for _ in range(count)))


def measure_webhook(office: Office, given: argparse.Namespace) -> None:
    """A platform pushes; run in a thread of its own, where Frappe has its own connection."""
    frappe.handler.bare_row = frappe.whitelist(allow_guest=True, methods=["POST"])(bare_row)
    ours, bare = "/api/method/social_care.api.webhook?account=" + ACCOUNT, "/api/method/frappe.handler.bare_row"

    def in_turns(requests: int) -> Times:
        found: Times = {"ours": [], "bare": [], "full": [], "bare full": []}
        for number in range(-20, requests):
            one, full = fresh_body(1), fresh_body(FULL_BODY) if number % 10 == 0 else b""
            took = {"bare": post(bare, one), "ours": post(ours, one)}
            if full:
                took |= {"full": post(ours, full), "bare full": post(bare, full)}
            if number >= 0:
                for name, seconds in took.items():
                    found[name].append(seconds)
        return found

    with ThreadPoolExecutor(1) as pool:
        times = pool.submit(in_turns, given.requests).result()
    frappe.db.rollback()
    size = given.requests // 10
    blocks = {name: [sum(took[i : i + size]) for i in range(0, len(took), size)] for name, took in times.items()}
    rate = len(times["ours"]) / sum(times["ours"])
    say("webhook's requests/s / bare row's", ratio(blocks, "bare", "ours"), 0.8, least=True, note=f"{rate:.0f}/s")
    last = {name: statistics.quantiles(took, n=100)[98] for name, took in times.items()}
    note = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in last.items())
    say("webhook's 99th percentile / bare row's", last["ours"] / last["bare"], 2, note=note)
    usual = {name: statistics.median(took) for name, took in times.items()}
    say(f"webhook with {FULL_BODY} events / with 1", usual["full"] / usual["ours"], 1, note=middle(times))
    say(f"webhook with {FULL_BODY} events / bare row with the same body", usual["full"] / usual["bare full"], 1.25)


# --- 4: duplicates --------------------------------------------------------------------------------------------------
def measure_duplicates(office: Office, given: argparse.Namespace) -> None:
    """Messages of any age come again; those stored lie in two tables that change places."""
    counts = {"few": FEW, "many": given.stored}
    account = office.desk.accounts.get(ACCOUNT)
    work = intake.Office(office.desk, office.connector, account, utc_now)
    picks = random.Random(1)  # noqa: S311

    def duplicate() -> Act:
        identity = str(FIRST_STORED + picks.randrange(1, counts[present()] + 1))
        body = body_of(mention(identity, "1"))
        [event] = work.connector.parse(Payload(body=body, **PAYLOAD, received_at=utc_now()))

        def handle() -> None:
            assert intake.handle_event(event, work).action is Action.IGNORE

        return handle

    with message_tables(counts) as (use, present):

        def prepare(table: str) -> Act:
            if present() != table:
                use(table)
                duplicate()()  # opens the table
            return duplicate()

        times = take_turns({name: partial(prepare, name) for name in counts}, given.rounds * 2, each=50)
    note = ", ".join(f"{name} {statistics.median(took) * 1000:.2f} ms" for name, took in times.items())
    say(f"duplicate with {given.stored:,} stored / with {FEW:,}", ratio(times, "many", "few"), 1.05, note=note)


@contextmanager
def message_tables(counts: dict[str, int]) -> Iterator[tuple[Callable[[str], None], Callable[[], str]]]:
    """Put tables with so many messages in the place of the real one, in turns; then everything is as before."""
    place, aside = "tabSocial Message", "benchmark_aside"
    standing = [""]
    some_ticket = frappe.get_all("HD Ticket", pluck="name", limit=1)[0]

    def run(statement: str, *values: object) -> None:
        frappe.db.commit()
        frappe.db.sql_ddl(statement) if not values else frappe.db.sql(statement, values)
        frappe.db.commit()

    def use(name: str) -> None:
        moves = [f"`{place}` to `benchmark_{standing[0]}`" if standing[0] else f"`{place}` to `{aside}`"]
        moves.append(f"`benchmark_{name}` to `{place}`" if name else f"`{aside}` to `{place}`")
        run("rename table " + ", ".join(moves))
        standing[0] = name

    try:
        for name, count in counts.items():
            run(f"drop table if exists `benchmark_{name}`")
            run(f"create table `benchmark_{name}` like `{place}`")
            run(
                f"insert into `benchmark_{name}` (name, creation, modified, owner, modified_by, account, platform, event_key,"
                " message_id, revision, thread_id, audience, direction, text, author_id, ticket)"
                " select concat('b', seq), now() - interval seq second, now(), 'Administrator', 'Administrator', %s, 'x',"
                " sha1(seq), %s + seq, %s + seq, %s + seq, 'Public', 'In', concat(seq, %s), seq mod 1000, %s"
                f" from seq_1_to_{count}",
                *(ACCOUNT, FIRST_STORED, FIRST_STORED, FIRST_STORED, WORDS, some_ticket),
            )
        yield use, lambda: standing[0]
    finally:
        if standing[0]:
            use("")
        for name in counts:
            run(f"drop table if exists `benchmark_{name}`")


# --- 5: memory ------------------------------------------------------------------------------------------------------
def measure_memory(office: Office, given: argparse.Namespace) -> None:
    """Two processes read a ticket; one of them has the app, handles a mention and opens a connection to X."""
    ways = {name: partial(_probe, name) for name in ("with", "without")}
    found = {name: [run() for run in [way] * 3] for name, way in ways.items()}
    usual = {name: statistics.median(sizes) for name, sizes in found.items()}
    note = ", ".join(f"{name} {size:.1f} MB" for name, size in usual.items())
    say("a worker's memory with the app, beyond Frappe's and Helpdesk's own", usual["with"] - usual["without"], 60, note=note, unit="MB")


def _probe(name: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.site_memory", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])  # noqa: S603


# --- all ------------------------------------------------------------------------------------------------------------
MEASURES = {
    "threads": measure_threads,
    "follow-ups": measure_follow_ups,
    "webhook": measure_webhook,
    "duplicates": measure_duplicates,
    "memory": measure_memory,
}


@contextmanager
def connected() -> Iterator[None]:
    """Connect to the site; take away what was added, and keep jobs out of the way of workers."""
    import frappe.utils.background_jobs as jobs

    frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=os.getcwd())
    frappe.connect()
    frappe.flags.mute_emails = True
    jobs.generate_qname = lambda queue: f"social-care-benchmark:{queue}"
    doctypes = (*OWN, *TOUCHED, "Email Account")
    before = {doctype: set(frappe.get_all(doctype, pluck="name")) for doctype in doctypes}
    try:
        yield
    finally:
        frappe.db.rollback()
        for doctype, names in before.items():
            added = [name for name in frappe.get_all(doctype, pluck="name") if name not in names]
            for some in (added[at : at + 1000] for at in range(0, len(added), 1000)):
                frappe.db.delete(doctype, {"name": ["in", some]})
        frappe.db.delete("__Auth", {"doctype": "Social Account", "name": ACCOUNT})
        frappe.db.commit()
        frappe.clear_cache()
        for queue in ("short", "default", "long"):
            jobs.get_queue(queue).delete(delete_jobs=True)
        frappe.destroy()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="scripts/site.py bench")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--profile", choices=PROFILED, help="show where the time of one way goes instead")
    given = parser.parse_args()
    with connected():
        office = Office()
        if given.profile:
            profile(PROFILED[given.profile](office))
            return
        for name in given.only:
            MEASURES[name](office, given)


PROFILED: dict[str, Callable[[Office], Prepare]] = {
    "thread": lambda office: office.new_thread,
    "known": lambda office: partial(office.new_thread, office.known),
    "bare": lambda office: office.bare_ticket,
    "e-mail": lambda office: office.email,
    "follow-up": lambda office: office.follow_up,
}


def profile(way: Prepare, times: int = 40) -> None:
    """Show which functions, and how many statements, one way takes."""
    way()()
    acts = [way() for _ in range(times)]
    seen, ask = Counter[str](), frappe.db.sql

    def counted(query: Any, *arguments: Any, **named: Any) -> Any:
        seen[" ".join(str(query).split())[:110]] += 1
        return ask(query, *arguments, **named)

    frappe.db.sql = counted
    acts[0]()
    frappe.db.sql = ask
    print(f"{sum(seen.values())} statements:", *(f"{count:3} {query}" for query, count in seen.most_common()), sep="\n")
    profiler = cProfile.Profile()
    for act in acts[1:]:
        profiler.runcall(act)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
