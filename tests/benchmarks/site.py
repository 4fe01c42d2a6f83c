"""What the app costs on a real site with Helpdesk, each figure as a ratio to something that Frappe or Helpdesk does.

Run: python scripts/site.py bench [--rounds 25] [--stored 1000000] [--only NAME…] [--profile NAME]. What is compared runs
in turns within one process, A B A B; a ratio is the median of the rounds' ratios. The site is left as it was found.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
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
from frappe.utils import background_jobs
from werkzeug.test import Client

from social_care import jobs
from social_care.core.payloads import Payload, Source
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import handling, intake
from social_care.engine.office import Office as EngineOffice
from social_care.engine.outcomes import Action
from social_care.wiring import load_connector
from tests.benchmarks.bodies import US, WORDS, body_of, mention, numbers
from tests.benchmarks.measuring import Act, Prepare, Times, middle, ratio, say, take_turns, tell
from tests.site.conftest import OWN, TOUCHED

ACCOUNT, SECRET = "Benchmark on X", "consumer-secret"
MAIL_DOMAIN = "benchmark.example.com"
FEW = 1_000
FULL_BODY = 500
FIRST_STORED = 10**15
PAYLOAD = {"platform": "x", "account": ACCOUNT, "account_id": US, "feed": "webhook", "source": Source.WEBHOOK}


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
        assert frappe.db.exists("HD Ticket", {"raised_by": self.known_mail}), "the e-mail became no ticket"
        assert frappe.db.exists("Contact", {"email_id": self.known_mail}), "the e-mail's sender became no contact"

    def receive(self, event: dict[str, Any], expected: Action) -> Act:
        """Return the handling of one stored payload with one event."""
        name = self.desk.ledger.keep(Payload(body=body_of(event), **PAYLOAD, received_at=utc_now()))

        def handle() -> None:
            outcomes = handling.handle_payload(name, desk=self.desk, connector=self.connector, clock=utc_now)
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
    tell("follow-up / bare Communication of medium Chat, where Frappe looks for no contacts", ratio(times, "ours", "Chat"))


# --- 3: the webhook -------------------------------------------------------------------------------------------------
def bare_row() -> str:
    """The endpoint to compare with: one row, which Frappe commits after the request."""
    now, name = frappe.utils.now_datetime(), frappe.generate_hash(length=10)
    frappe.db.sql(
        "insert into `tabError Log` (name, creation, modified, owner, modified_by, method) values (%s, %s, %s, %s, %s, %s)",
        (name, now, now, "Guest", "Guest", ACCOUNT),
    )
    return "ok"


def post(path: str, body: bytes, content_type: str = "application/json") -> float:
    """Return the seconds of one signed request through Frappe's WSGI application."""
    from frappe.app import application

    digest = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-twitter-webhooks-signature": f"sha256={digest}", "X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"]}
    client = Client(application)
    began = time.perf_counter()
    response = client.post(path, data=body, headers=headers, content_type=content_type)
    response.get_data()
    response.close()  # ends the request on the site, too
    took = time.perf_counter() - began
    assert response.status_code == 200, response.get_data(as_text=True)[:500]
    return took


def forget_the_mark() -> None:
    """Let the next webhook queue a job, as one does whose forerunner's job has begun."""
    frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=os.getcwd(), force=True)
    frappe.cache.delete(jobs._waiting_mark())
    background_jobs.get_queue("short").empty()


def fresh_body(count: int) -> bytes:
    return body_of(*(mention(str(next(numbers)), str(next(numbers))) for _ in range(count)))


def heavy_body() -> bytes:
    """Return a body of one event that is as large as one of many."""
    event, others = mention(str(next(numbers)), "1"), [mention(str(next(numbers)), "2") for _ in range(FULL_BODY - 1)]
    return body_of(event | {"includes": others})


def measure_webhook(office: Office, given: argparse.Namespace) -> None:
    """A platform pushes: in a burst, where one job is queued for many, and so slowly that each queues its own."""
    frappe.handler.bare_row = frappe.whitelist(allow_guest=True, methods=["POST"])(bare_row)
    with ThreadPoolExecutor(1) as pool:  # where Frappe has a connection of its own
        times = pool.submit(_webhook_times, given.requests).result()
    frappe.db.rollback()
    size = max(given.requests // 20, 10)
    blocks = {name: [sum(took[i : i + size]) for i in range(0, len(took), size)] for name, took in times.items()}
    last = {name: statistics.quantiles(took, n=100)[98] for name, took in times.items()}
    rate = len(times["burst"]) / sum(times["burst"])
    say("webhook's requests/s / bare row's", ratio(blocks, "bare", "burst"), 0.8, least=True, note=f"{rate:.0f}/s")
    tell("the same where every webhook queues a job", ratio(blocks, "bare", "alone"))
    for name, what in (("burst", "webhook"), ("alone", "webhook that queues a job")):
        note = f"{last[name] * 1000:.1f} ms, {last['bare'] * 1000:.1f} ms"
        say(f"{what}: 99th percentile / bare row's", last[name] / last["bare"], 2, note=note)
    usual = {name: statistics.median(took) for name, took in times.items()}
    say(f"webhook with {FULL_BODY} events / with 1", usual["full"] / usual["burst"], 1, note=middle(times))
    tell(f"webhook with {FULL_BODY} events / with 1 of the same size", usual["full"] / usual["heavy"])
    tell(f"webhook with {FULL_BODY} events / bare row, which stores none of the body", usual["full"] / usual["bare full"])
    tell(f"webhook with {FULL_BODY} events that Frappe did not read before us / with 1", usual["unread"] / usual["burst"])
    tell(f"bare row with {FULL_BODY} events in the body / with 1", usual["bare full"] / usual["bare"])


def _webhook_times(requests: int) -> Times:
    ours, bare = "/api/method/social_care.api.webhook?account=" + ACCOUNT, "/api/method/frappe.handler.bare_row"
    found: Times = {"burst": [], "alone": [], "bare": [], "full": [], "heavy": [], "bare full": [], "unread": []}
    for number in range(-20, requests):
        forget_the_mark()
        took = {"alone": post(ours, fresh_body(1)), "bare": post(bare, fresh_body(1)), "burst": post(ours, fresh_body(1))}
        if number % 10 == 0:
            took |= {"full": post(ours, fresh_body(FULL_BODY)), "bare full": post(bare, fresh_body(FULL_BODY))}
            took["heavy"] = post(ours, heavy_body())
            took["unread"] = post(ours, fresh_body(FULL_BODY), "application/octet-stream")
        if number >= 0:
            for name, seconds in took.items():
                found[name].append(seconds)
    return found


# --- 4: duplicates --------------------------------------------------------------------------------------------------
def measure_duplicates(office: Office, given: argparse.Namespace) -> None:
    """Messages of any age come again; those stored lie in two tables that change places."""
    counts = {"few": FEW, "many": given.stored}
    account = office.desk.accounts.get(ACCOUNT)
    work = EngineOffice(office.desk, office.connector, account, utc_now)
    picks = random.Random(1)

    def duplicate() -> Act:
        identity = str(FIRST_STORED + picks.randrange(1, counts[present()] + 1))
        body = body_of(mention(identity, "1"))
        [event] = work.connector.parse(Payload(body=body, **PAYLOAD, received_at=utc_now()))

        def handle() -> None:
            outcome = intake.handle_event(event, work)
            assert outcome.action is Action.IGNORE, outcome

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
            columns = (
                "name, creation, modified, account, platform, event_key, message_id, thread_id, text, author_id, ticket"
            )
            values = "concat('b', seq), now() - interval seq second, now(), %s, 'x', sha1(seq), %s + seq, %s + seq"
            run(
                f"insert into `benchmark_{name}` ({columns}, audience, direction)"  # noqa: S608 - all of it is written here
                f" select {values}, concat(seq, %s), seq mod 1000, %s, 'Public', 'In' from seq_1_to_{count}",
                *(ACCOUNT, FIRST_STORED, FIRST_STORED, WORDS, some_ticket),
            )
        yield use, lambda: standing[0]
    finally:
        if standing[0]:
            use("")
        for name in counts:
            run(f"drop table if exists `benchmark_{name}`")


# --- 5: memory ------------------------------------------------------------------------------------------------------
def measure_memory(office: Office, given: argparse.Namespace) -> None:
    """Processes save a ticket. Two have the app, handle a mention and open a connection; one of them reads a text, too."""
    usual = {name: statistics.median(_probe(name) for _ in range(3)) for name in ("without", "with", "reading")}
    for name, what, limit in (
        ("with", "a worker's memory with the app, beyond Frappe's and Helpdesk's own", 60),
        ("reading", "the same with everything loaded, the libraries of insight, too", 250),
    ):
        note = f"{usual[name]:.1f} MB, without {usual['without']:.1f} MB"
        say(what, usual[name] - usual["without"], limit, note=note, unit="MB")


def _probe(name: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.site_memory", name]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"the process {name!r} the app failed:\n{done.stderr}")
    return float(done.stdout.split()[-1])


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
    frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=os.getcwd())
    frappe.connect()
    frappe.flags.mute_emails = True
    background_jobs.generate_qname = lambda queue: f"social-care-benchmark:{queue}"
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
            background_jobs.get_queue(queue).delete(delete_jobs=True)
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
