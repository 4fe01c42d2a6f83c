"""Jobs: what is due is done, whatever the queue forgot; two workers never open two tickets."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.api import accounts, settling, ticket_page
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, Refused
from social_care.core.events import Media
from social_care.core.ports import Download, Page
from social_care.desks.helpdesk.desk import HelpdeskDesk
from tests.fakes import US, body_of, message, payload_of
from tests.site.office import ACCOUNT, AGENT, SiteOffice, communications, replies, ticket


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What jobs ask to be queued."""
    seen: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(frappe, "enqueue", lambda method, **named: seen.append((method.rsplit(".", 1)[1], named)))
    return seen


def in_other_workers(work: Any, count: int) -> list[Any]:
    """Run the same in several threads, each with a connection of its own, all at once."""
    barrier = Barrier(count)

    def one(number: int) -> Any:
        frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=".", force=True)
        frappe.connect()
        frappe.set_user("Administrator")
        try:
            barrier.wait()
            return work(number)
        except Exception as error:  # noqa: BLE001 - the test says what it expects
            return error
        finally:
            frappe.destroy()

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(one, range(count)))
    frappe.db.rollback()
    return answers


class TestSeveralWorkers:
    def test_one_case_is_one_ticket(self, office: SiteOffice):
        def receive(number: int) -> Any:
            from social_care.core.errors import Retryable
            from social_care.desks.helpdesk.times import utc_now
            from social_care.engine.intake import handle_event
            from social_care.engine.office import Office

            desk = HelpdeskDesk()
            room = Office(desk, office.connector, desk.accounts.get(ACCOUNT), utc_now)
            for _ in range(5):
                try:
                    return handle_event(message(f"m{number}", f"word {number}"), room).ticket
                except Retryable:
                    continue
            return None

        answers = in_other_workers(receive, 6)
        assert len(set(answers)) == 1, answers
        assert len(communications(answers[0])) == 6
        assert frappe.db.count("Contact", {"name": "@c1"}) == 1

    def test_one_message_is_stored_once(self, office: SiteOffice):
        name = office.desk.ledger.keep(payload_of(message("1"), account=office.desk.accounts.get(ACCOUNT)))

        def handle(number: int) -> Any:
            return HelpdeskDesk().ledger.claim(str(name), jobs.utc_now()) is not None

        assert sorted(in_other_workers(handle, 4)) == [False, False, False, True]

    def test_one_part_is_sent_once(self, office: SiteOffice):
        made = office.receive(message("1")).ticket
        office.reply(made)
        part = replies(made)[0].name

        def claim(number: int) -> Any:
            return HelpdeskDesk().outbox.claim(part, jobs.utc_now()) is not None

        assert sorted(in_other_workers(claim, 4)) == [False, False, False, True]


class TestReceiving:
    def page(self, *events: Any, cursor: str = "1") -> Page:
        return Page(body=body_of(*events), cursor=cursor, more=False, count=len(events))

    def test_feeds_are_visited_when_due(self, office: SiteOffice, queued: Any):
        jobs.poll_due_accounts()
        wanted = [(name, given["feed"]) for name, given in queued]
        assert wanted == [("poll_feed", "mentions"), ("poll_feed", "direct_messages")]
        office.platform.pages = {"mentions": [self.page(message("1"))]}
        jobs.poll_feed(ACCOUNT, "mentions")
        queued.clear()
        jobs.poll_due_accounts()
        assert [given["feed"] for _, given in queued] == ["direct_messages"]

    def test_a_poll_becomes_a_ticket(self, office: SiteOffice, queued: Any):
        office.platform.pages = {"mentions": [self.page(message("1"))]}
        jobs.poll_feed(ACCOUNT, "mentions")
        [(job, given)] = queued
        assert job == "handle_payload"
        jobs.handle_payload(given["payload_id"])
        assert frappe.db.exists("HD Ticket", {"social_account": ACCOUNT})
        assert frappe.db.get_value("Social Payload", given["payload_id"], "state") == "Done"
        assert frappe.db.get_value("Social Account", ACCOUNT, "last_success")

    def test_one_job_handles_all_that_wait(self, office: SiteOffice, queued: Any):
        account = office.desk.accounts.get(ACCOUNT)
        for number in range(3):
            office.desk.ledger.keep(payload_of(message(f"m{number}", thread=f"t{number}"), account=account))
            jobs.handle_soon()
        assert [job for job, _ in queued] == ["handle_waiting"], "one job was enough"
        jobs.handle_waiting()
        assert frappe.db.count("HD Ticket", {"social_account": ACCOUNT}) == 3
        jobs.handle_soon()
        assert [job for job, _ in queued][-1] == "handle_waiting", "what comes later asks for a job of its own"
        jobs.handle_waiting()

    def test_an_account_in_trouble_does_not_stop_the_others(
        self, office: SiteOffice, queued: Any, monkeypatch: pytest.MonkeyPatch
    ):
        frappe.get_doc({"doctype": "Social Account", "account_name": "A broken one", "platform": "X"}).insert()
        frappe.db.commit()

        def load(platform: str) -> Any:
            if not seen:
                seen.append(platform)
                raise ConfigurationError("There is no such platform.")
            return office.connector

        seen: list[str] = []
        monkeypatch.setattr("social_care.jobs.load_connector", load)
        jobs.poll_due_accounts()
        assert len(queued) == 2

    def test_trouble_is_kept_in_plain_words(self, office: SiteOffice, queued: Any):
        office.platform.pages = {"mentions": [AccountNeedsLogin("Please connect the account again.")]}
        jobs.poll_feed(ACCOUNT, "mentions")
        account = frappe.get_doc("Social Account", ACCOUNT)
        assert (account.last_error, account.token_state) == ("Please connect the account again.", "Needs login")
        cursor = frappe.get_doc("Social Cursor", f"{ACCOUNT}:mentions")
        assert (cursor.error, cursor.failures) == ("Please connect the account again.", 1)
        assert office.desk.ledger.keep(payload_of(message("9"), account=office.desk.accounts.get(ACCOUNT)))

    def test_an_emptied_queue_loses_nothing(self, office: SiteOffice, queued: Any):
        kept = office.desk.ledger.keep(payload_of(message("1"), account=office.desk.accounts.get(ACCOUNT)))
        made = office.receive(message("2")).ticket
        office.reply(made)
        queued.clear()
        jobs.sweep()
        assert queued[0][1]["payload_id"] == kept
        assert queued[1][1]["part_id"] == replies(made)[0].name

    def test_trouble_while_sweeping_keeps_nothing_from_the_queue(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        kept = office.desk.ledger.keep(payload_of(message("1"), account=office.desk.accounts.get(ACCOUNT)))
        reached: list[dict[str, str]] = []
        monkeypatch.setattr(jobs, "enqueue", lambda job, **named: frappe.db.after_commit.add(lambda: reached.append(named)))
        monkeypatch.setattr(jobs.approving, "raise_alarms", lambda *given: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            jobs.sweep()
        frappe.db.rollback()  # as a worker does after an error
        frappe.db.commit()
        assert {"payload_id": kept} in reached

    def test_old_payloads_are_erased_but_never_parked_ones(self, office: SiteOffice):
        account = office.desk.accounts.get(ACCOUNT)
        done, parked = (str(office.desk.ledger.keep(payload_of(message(i), account=account))) for i in "12")
        frappe.db.set_value("Social Payload", done, {"state": "Done", "creation": "2020-01-01"}, update_modified=False)
        frappe.db.set_value("Social Payload", parked, {"state": "Parked", "creation": "2020-01-01"}, update_modified=False)
        frappe.db.set_value("Social Account", ACCOUNT, "payload_retention_days", 30)
        frappe.db.commit()
        jobs.erase_old_payloads()
        assert not frappe.db.exists("Social Payload", done)
        assert frappe.db.exists("Social Payload", parked)


class TestFiles:
    def test_files_are_fetched_later(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        fetched = Download(name="bag.png", mime="image/png", content=b"\x89PNG")
        monkeypatch.setattr("tests.fakes.FakeConnection.download", lambda self, reference: fetched)
        made = office.receive(message("1", media=(Media(kind="photo", url="https://example.com/bag.png"),))).ticket
        stored = frappe.db.get_value("Social Message", {"message_id": "1"})
        jobs.fetch_attachments(stored)
        jobs.fetch_attachments(stored)
        assert stored not in jobs.attachments.missing(jobs.utc_now() - timedelta(days=1))
        shown = communications(made)[0].name
        attached = {"attached_to_doctype": "Communication", "attached_to_name": shown}
        assert len(frappe.get_all("File", attached)) == 1
        assert frappe.get_all("File", attached, pluck="is_private") == [1]

    def test_a_dead_link_never_costs_the_message(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        def fail(self: Any, reference: str) -> Download:
            raise Refused("The file is gone.")

        monkeypatch.setattr("tests.fakes.FakeConnection.download", fail)
        made = office.receive(message("1", media=(Media(kind="photo", url="https://example.com/x"),))).ticket
        jobs.fetch_attachments(frappe.db.get_value("Social Message", {"message_id": "1"}))
        frappe.set_user(AGENT)
        shown = ticket_page.get_ticket_activities(made)["communications"][0]["content"]
        frappe.set_user("Administrator")
        assert "The file is gone." in shown

    def test_what_may_work_later_is_tried_again(self, office: SiteOffice, queued: Any):
        office.receive(message("1", media=(Media(kind="photo", url="https://example.com/x"),)))
        stored = frappe.db.get_value("Social Message", {"message_id": "1"})
        queued.clear()
        for tries in range(5):
            jobs.fetch_missing_attachments()
            assert len(queued) == tries + 1
            jobs.fetch_attachments(stored)
        jobs.fetch_missing_attachments()
        assert len(queued) == 5, "after some tries a file is given up"


class TestEndpoints:
    @pytest.mark.parametrize("verb", [accounts.check_account, accounts.poll_now, accounts.resume_sending])
    def test_agents_do_not_manage_accounts(self, office: SiteOffice, verb: Any):
        frappe.set_user(AGENT)
        with pytest.raises(frappe.PermissionError):
            verb(ACCOUNT)

    def test_agents_do_not_replay_payloads(self, office: SiteOffice):
        frappe.set_user(AGENT)
        with pytest.raises(frappe.PermissionError):
            settling.handle_payload_again("x")

    def test_checking_an_account(self, office: SiteOffice):
        frappe.db.set_value("Social Account", ACCOUNT, {"external_id": "", "handle": ""})
        found = accounts.check_account(ACCOUNT)
        assert found["account_id"] == US
        account = frappe.get_doc("Social Account", ACCOUNT)
        assert (account.external_id, account.handle, account.token_state) == (US, "northwind", "Valid")

    def test_credentials_of_another_account_stop_replies_in_its_name(self, office: SiteOffice):
        frappe.db.set_value("Social Account", ACCOUNT, {"external_id": "1", "handle": "before", "sending_paused": ""})
        assert accounts.check_account(ACCOUNT)["account_id"] == US
        account = frappe.get_doc("Social Account", ACCOUNT)
        assert (account.external_id, account.handle, account.token_state) == ("1", "before", "Needs attention")
        assert "another account" in account.sending_paused

    def test_feeds_that_waited_for_good_credentials_are_due_after_a_good_check(self, office: SiteOffice):
        frappe.db.set_value("Social Account", ACCOUNT, {"external_id": "", "token_state": "Unknown"})
        ledger = office.desk.ledger
        ledger.record_poll(ACCOUNT, "mentions", next_in_s=1800, error="The account's credentials are incomplete.")
        ledger.record_poll(ACCOUNT, "direct_messages", next_in_s=1800, error="")
        accounts.check_account(ACCOUNT)
        due = [feed for feed in ("mentions", "direct_messages") if ledger.feed_is_due(ACCOUNT, feed, jobs.utc_now())]
        assert due == ["mentions"]

    def test_a_check_shortens_no_wait_that_the_platform_asked_for(self, office: SiteOffice):
        frappe.db.set_value("Social Account", ACCOUNT, {"external_id": "", "token_state": "Valid"})
        office.desk.ledger.record_poll(ACCOUNT, "mentions", next_in_s=900, error="The platform asks us to wait.")
        accounts.check_account(ACCOUNT)
        assert not office.desk.ledger.feed_is_due(ACCOUNT, "mentions", jobs.utc_now())

    def test_poll_now_says_what_is_missing_instead_of_promising(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        def incomplete(account: Any) -> None:
            raise ConfigurationError("The account's credentials are incomplete.")

        monkeypatch.setattr(jobs, "connect", incomplete)
        with pytest.raises(frappe.ValidationError, match="credentials are incomplete"):
            accounts.poll_now(ACCOUNT)

    def test_poll_now_where_nothing_is_fetched_says_so(self, office: SiteOffice):
        frappe.db.set_value("Social Account", ACCOUNT, {"receive_mentions": 0, "receive_direct_messages": 0})
        frappe.clear_document_cache("Social Account", ACCOUNT)
        with pytest.raises(frappe.ValidationError, match="Nothing is fetched"):
            accounts.poll_now(ACCOUNT)

    def test_a_check_that_fails_says_why(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        def fail(self: Any) -> None:
            raise AccountNeedsLogin("The token is no longer valid.")

        monkeypatch.setattr("tests.fakes.FakeConnection.check", fail)
        with pytest.raises(frappe.ValidationError, match="no longer valid"):
            accounts.check_account(ACCOUNT)
        frappe.db.rollback()
        assert frappe.db.get_value("Social Account", ACCOUNT, "last_error") == "The token is no longer valid."

    def test_a_parked_payload_is_handled_again(self, office: SiteOffice, queued: Any):
        kept = str(office.desk.ledger.keep(payload_of(message("1"), account=office.desk.accounts.get(ACCOUNT))))
        frappe.db.set_value("Social Payload", kept, "state", "Parked")
        frappe.db.commit()
        settling.handle_payload_again(kept)
        frappe.db.commit()
        assert queued[0][1]["payload_id"] == kept
        jobs.handle_payload(kept)
        assert frappe.db.get_value("Social Payload", kept, "state") == "Done"

    def test_a_failed_reply_is_sent_again(self, office: SiteOffice):
        made = office.receive(message("1")).ticket
        office.reply(made)
        office.platform.script = [Refused("No.")]
        office.work()
        part = replies(made)[0].name
        frappe.set_user(AGENT)
        settling.retry_message(part)
        with pytest.raises(frappe.ValidationError, match="changed"):
            settling.retry_message(part)
        frappe.set_user("Administrator")
        office.work()
        assert replies(made)[0].state == "Sent"
        assert communications(made)[1].delivery_status == "Sent"

    @pytest.mark.parametrize(("sent", "state"), [(1, "Sent"), (0, "Cancelled")])
    def test_a_person_settles_what_nobody_knows(self, office: SiteOffice, sent: int, state: str):
        made = office.receive(message("1")).ticket
        office.reply(made)
        office.platform.script = ["lost"]
        office.work()
        frappe.set_user(AGENT)
        settling.settle_message(replies(made)[0].name, sent)
        frappe.set_user("Administrator")
        assert replies(made)[0].state == state
        assert bool(ticket(made).first_responded_on) is bool(sent)

    def test_only_those_who_may_write_on_the_ticket_settle(self, office: SiteOffice):
        made = office.receive(message("1")).ticket
        office.reply(made)
        part = replies(made)[0].name
        frappe.set_user("Guest")
        with pytest.raises(frappe.PermissionError):
            settling.retry_message(part)


@pytest.mark.parametrize(("in_a_request", "after"), [(True, "REPEATABLE-READ"), (False, "READ-COMMITTED")])
def test_a_transaction_sees_what_others_commit_and_a_request_goes_on_with_its_own_view(
    site: Any, monkeypatch: pytest.MonkeyPatch, in_a_request: bool, after: str
) -> None:
    def view() -> str:
        return str(frappe.db.sql("select @@session.tx_isolation")[0][0])

    monkeypatch.setattr(frappe.local, "request", object() if in_a_request else None, raising=False)
    for _ in range(2):
        with HelpdeskDesk().transaction():
            assert view() == "READ-COMMITTED", "a transaction would miss the ticket that it waited for"
        assert view() == after, "the rest of a request has another view than Frappe's code expects"
    with pytest.raises(ZeroDivisionError), HelpdeskDesk().transaction():
        raise ZeroDivisionError
    assert view() == after, "a transaction that failed left another view behind"


def test_a_transaction_that_cannot_begin_takes_the_next_one_not_for_a_part_of_itself(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise frappe.db.OperationalError(2013, "Lost connection to server during query")

    with monkeypatch.context() as broken:
        broken.setattr(frappe.db, "commit", lost)
        with pytest.raises(frappe.db.OperationalError), HelpdeskDesk().transaction():
            raise AssertionError("it began on a connection that is lost")

    def half() -> None:
        with HelpdeskDesk().transaction():
            frappe.db.set_single_value("Social Care Settings", "storm_people", 4711)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert frappe.db.get_single_value("Social Care Settings", "storm_people", cache=False) != 4711, "half of it was kept"
