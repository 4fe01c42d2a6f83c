"""Asking a feed: politely, within limits, and with every answer that a server may give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from social_care.connectors.feed.client import MOST_MISSES, FeedConnection
from social_care.connectors.feed.cursor import Cursor
from social_care.connectors.feed.parse import parse_body
from social_care.connectors.kit.reading import EPOCH
from social_care.core.accounts import Account, Standing
from social_care.core.errors import ConfigurationError, NotAllowed, RateLimited, Retryable, SourceGone
from social_care.core.events import MessageReceived
from social_care.core.ports import Page
from social_care.core.replies import DeliveryState, Reply
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.feed import FeedSandbox
from social_care.sandbox.feed.writing import rss
from social_care.wiring import LocalOffice, load_connector

NAME = "Forum"


@pytest.fixture
def sandbox() -> Iterator[FeedSandbox]:
    with FeedSandbox() as found:
        found.publish("Lost bag", "Where is it?")
        yield found


def account(sandbox: FeedSandbox, path: str = "/feed.rss", **options: str) -> Account:
    return Account(
        name=NAME,
        platform="feed",
        external_id="",
        receive=frozenset({"entries"}),
        options={"feed_url": sandbox.base_url + path, "loopback_allowed": "1", **options},
    )


def connection(sandbox: FeedSandbox, path: str = "/feed.rss", **options: str) -> FeedConnection:
    return FeedConnection(account(sandbox, path, **options), sandbox.base_url + path, clock=sandbox.clock)


def words(page: Page) -> list[str]:
    return json.loads(page.body)["only"] if page.body else []


@pytest.mark.parametrize("path", ["/feed.rss", "/feed.atom", "/feed.json"])
def test_only_what_is_new_or_changed_is_kept(sandbox: FeedSandbox, path: str) -> None:
    feed = connection(sandbox, path)
    first = feed.fetch("entries", "")
    assert (first.count, first.more) == (1, False)
    again = feed.fetch("entries", first.cursor)
    assert (again.count, again.body) == (0, b"")
    assert sandbox.requests[-1].status == 304, "it was fetched although nothing is new"
    sandbox.publish("Another")
    sandbox.edit("entry-1", "Where is my bag?")
    sandbox.clock.advance(60)
    assert len(words(feed.fetch("entries", again.cursor))) == 2


def test_the_time_asks_where_there_is_no_tag(sandbox: FeedSandbox) -> None:
    feed = connection(sandbox)
    state = replace(Cursor.read(feed.fetch("entries", "").cursor), etag="")
    feed.fetch("entries", state.dump())
    assert sandbox.requests[-1].status == 304


def test_a_packed_feed_is_unpacked(sandbox: FeedSandbox) -> None:
    sandbox.packed = True
    assert connection(sandbox).fetch("entries", "").count == 1


def test_a_bomb_does_not_go_off(sandbox: FeedSandbox) -> None:
    with pytest.raises(Retryable, match="larger than 5 MB"):
        connection(sandbox, "/bomb").fetch("entries", "")


@pytest.mark.parametrize("status", [301, 308])
def test_a_move_for_good_is_remembered_and_told(sandbox: FeedSandbox, status: int) -> None:
    sandbox.move("/old", "/feed.rss", status)
    feed = connection(sandbox, "/old")
    page = feed.fetch("entries", "")
    assert f"{sandbox.base_url}/feed.rss" in page.note
    sandbox.requests.clear()
    assert feed.fetch("entries", page.cursor).note == page.note
    assert [one.path for one in sandbox.requests] == ["/feed.rss"], "the old address was asked again"


def test_a_move_for_a_while_is_not(sandbox: FeedSandbox) -> None:
    sandbox.move("/old", "/feed.rss", 302)
    page = connection(sandbox, "/old").fetch("entries", "")
    assert (page.count, page.note, Cursor.read(page.cursor).moved) == (1, "", "")


def test_a_loop_ends(sandbox: FeedSandbox) -> None:
    sandbox.move("/loop", "/loop")
    with pytest.raises(ConfigurationError, match="leads on too often"):
        connection(sandbox, "/loop").fetch("entries", "")
    assert len(sandbox.requests) == 6


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://10.0.0.1/", "file:///etc/passwd", "gopher://x/"]
)
def test_a_redirect_inside_is_refused(sandbox: FeedSandbox, target: str) -> None:
    sandbox.move("/evil", target)
    with pytest.raises(ConfigurationError, match="cannot be asked"):
        connection(sandbox, "/evil").fetch("entries", "")


def test_this_machine_is_asked_only_where_the_site_allows_it(sandbox: FeedSandbox) -> None:
    for url in (sandbox.base_url + "/feed.rss", sandbox.base_url.replace("127.0.0.1", "localhost") + "/feed.rss"):
        with pytest.raises(ConfigurationError, match="private network"):
            FeedConnection(account(sandbox, loopback_allowed=""), url).fetch("entries", "")
    assert sandbox.requests == []


def test_a_feed_that_is_gone_is_not_asked_again(sandbox: FeedSandbox) -> None:
    sandbox.fault("status", status=410)
    feed = connection(sandbox)
    page = feed.fetch("entries", "")
    assert isinstance(page.trouble, SourceGone)
    sandbox.requests.clear()
    with pytest.raises(ConfigurationError, match="gone for good"):
        feed.fetch("entries", page.cursor)
    assert sandbox.requests == []
    elsewhere = connection(sandbox, "/feed.atom")
    assert elsewhere.fetch("entries", page.cursor).count == 1, "another address begins anew"


def test_a_feed_that_is_not_found_is_asked_less_often_and_told_in_the_end(sandbox: FeedSandbox) -> None:
    sandbox.fault("status", status=404, times=MOST_MISSES)
    feed, cursor, waits = connection(sandbox), "", []
    for _ in range(MOST_MISSES):
        page = feed.fetch("entries", cursor)
        cursor = page.cursor
        waits.append(getattr(page.trouble, "retry_after_s", None))
    assert waits[:-1] == sorted(waits[:-1])
    assert isinstance(page.trouble, ConfigurationError)
    assert isinstance(page.trouble, SourceGone)
    assert re.search("^The feed is gone: .* 10 times .* enter the new one", str(page.trouble))
    found = feed.fetch("entries", cursor)
    assert (found.count, Cursor.read(found.cursor).misses) == (1, 0)


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"), [(429, {"retry-after": "120"}, 120), (503, {"retry-after": "60"}, 60)]
)
def test_a_server_that_asks_to_wait(sandbox: FeedSandbox, status: int, headers: dict[str, str], wait_s: float) -> None:
    sandbox.fault("status", status=status, headers=headers)
    with pytest.raises(RateLimited) as caught:
        connection(sandbox).fetch("entries", "")
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_broken_line_is_tried_again(sandbox: FeedSandbox, kind: str) -> None:
    sandbox.fault(kind)
    with pytest.raises(Retryable, match="cannot be reached"):
        connection(sandbox).fetch("entries", "")


def test_a_feed_that_cannot_be_read_is_kept_once_and_told(sandbox: FeedSandbox) -> None:
    sandbox.bodies["/page"] = b"<html><body>Not a feed</body></html>"
    feed = connection(sandbox, "/page")
    first, second = feed.fetch("entries", ""), None
    sandbox.clock.advance(60)
    second = feed.fetch("entries", first.cursor)
    assert first.body == second.body
    assert isinstance(first.trouble, Retryable)
    with pytest.raises(ConfigurationError, match="web page"):
        feed.check()


@pytest.mark.parametrize(
    ("body", "headers", "wait_s"),
    [
        (b"<rss><channel><ttl>60</ttl></channel></rss>", {}, 3600),
        (b"<rss><channel><ttl>99999</ttl></channel></rss>", {}, 6 * 3600),
        (b"<rss><channel></channel></rss>", {}, 0),
    ],
)
def test_the_feed_says_how_often(sandbox: FeedSandbox, body: bytes, headers: dict[str, str], wait_s: int) -> None:
    sandbox.bodies["/paced"] = body
    assert connection(sandbox, "/paced").fetch("entries", "").next_in_s == wait_s


def test_http_says_how_often_too(sandbox: FeedSandbox) -> None:
    sandbox.headers["cache-control"] = "public, max-age=900"
    page = connection(sandbox).fetch("entries", "")
    assert page.next_in_s == 900
    assert connection(sandbox).fetch("entries", page.cursor).next_in_s == 900, "forgotten where nothing was new"


def test_hours_to_leave_out_are_left_out(sandbox: FeedSandbox) -> None:
    hour = sandbox.clock().hour
    skipped = "".join(f"<hour>{(hour + more) % 24}</hour>" for more in range(3))
    sandbox.bodies["/quiet"] = f"<rss><channel><skipHours>{skipped}</skipHours></channel></rss>".encode()
    wait_s = connection(sandbox, "/quiet").fetch("entries", "").next_in_s
    assert 2 * 3600 <= wait_s <= 3 * 3600


def test_the_first_visit_takes_what_is_not_too_old(sandbox: FeedSandbox) -> None:
    sandbox.entries[0].published = sandbox.entries[0].updated = sandbox.clock() - timedelta(days=3)
    office = make_office(sandbox, feed_first_days="2")
    sandbox.publish("New")
    run(office)
    assert texts(office) == ["New"]
    sandbox.publish("Newer")
    run(office)
    assert texts(office) == ["New", "Newer"]


def test_check_tells_what_is_there(sandbox: FeedSandbox) -> None:
    found = connection(sandbox).check()
    assert (found.name, found.handle, found.problems) == ("Northwind forum", "127.0.0.1", ())
    assert found.account_id == sandbox.base_url + "/feed.rss"
    assert found.limits[0].startswith("1 entries")
    sandbox.move("/old", "/feed.rss")
    sandbox.bodies["/torn"] = b"<rss><channel><item><guid>1</guid>"
    assert "moved for good" in connection(sandbox, "/old").check().problems[0]
    assert "broken XML" in connection(sandbox, "/torn").check().problems[0]


# --- on the embedded desk -----------------------------------------------------------------------------------------------
def make_office(sandbox: FeedSandbox, path: str = "/feed.rss", **options: str) -> LocalOffice:
    desk = SqliteDesk(clock=sandbox.clock)
    desk.add_account(account(sandbox, path, **options))
    return LocalOffice(desk=desk, clock=sandbox.clock)


def run(office: LocalOffice) -> Any:
    reports = office.poll(NAME)
    while office.work():
        pass
    return reports[0]


def texts(office: LocalOffice) -> list[str]:
    return [row["text"] for row in office.desk.rows("select text from message where direction = 'in' order by id")]


def test_entries_become_tickets_edits_versions_and_what_leaves_the_feed_stays(sandbox: FeedSandbox) -> None:
    office = make_office(sandbox)
    run(office)
    sandbox.clock.advance(60)
    sandbox.edit("entry-1", "Where is my bag?")
    sandbox.publish("Seats", author="Ben Ward")
    run(office)
    assert texts(office) == ["Lost bag\n\nWhere is my bag?", "Seats"]
    row = office.desk.row("select versions, deleted_at from message where message_id = 'entry-1'")
    assert "Where is it?" in row["versions"]
    sandbox.withdraw("entry-1")
    run(office)
    assert office.desk.row("select deleted_at from message where message_id = 'entry-1'")["deleted_at"] is None
    assert office.desk.row("select count(*) as n from ticket")["n"] == 2
    assert {row["state"] for row in office.desk.rows("select state from payload")} == {"done"}


def test_an_entry_that_the_feed_calls_deleted_is_marked_once(sandbox: FeedSandbox) -> None:
    office = make_office(sandbox)
    run(office)
    gone = '<at:deleted-entry ref="entry-1" when="2026-11-02T09:00:00Z"/>'
    feed = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">{}</feed>'
    sandbox.bodies["/feed.rss"] = feed.format(gone).encode()
    for _ in range(2):
        run(office)
    assert office.desk.row("select deleted_at from message where message_id = 'entry-1'")["deleted_at"] is not None
    assert office.desk.row("select count(*) as n from payload")["n"] == 2, "the news was kept again"


PAGED = ["/feed.rss", "/feed.atom", "/feed.json"]


def paged(sandbox: FeedSandbox, entries: int) -> None:
    sandbox.entries.clear()
    sandbox.paged = True
    for number in range(entries):
        sandbox.publish(f"entry {number}")
        sandbox.clock.advance(1)


def texts_of(page: Page) -> list[str]:
    found = parse_body(page.body, us="", at=EPOCH) if page.body else ()
    return [event.text for event in found if isinstance(event, MessageReceived)]


def visit(feed: FeedConnection, cursor: str = "") -> tuple[list[str], str, int]:
    """Fetch as long as there is more; return the words, the cursor and the number of pages."""
    said: list[str] = []
    for number in range(1, 50):
        page = feed.fetch("entries", cursor)
        cursor = page.cursor
        said += texts_of(page)
        if not page.more:
            return said, cursor, number
    raise AssertionError("it never ends")


@pytest.mark.parametrize("path", PAGED)
def test_older_pages_are_fetched_at_the_first_visit_and_after_a_gap(sandbox: FeedSandbox, path: str) -> None:
    paged(sandbox, 50)
    feed = connection(sandbox, path)
    said, cursor, pages = visit(feed)
    assert (len(said), len(set(said)), pages) == (50, 50, 3)
    sandbox.publish("one more")
    said, cursor, pages = visit(feed, cursor)
    assert (said, pages) == (["one more"], 1), "without a gap nothing older is asked for"
    for number in range(30):
        sandbox.publish(f"late {number}")
        sandbox.clock.advance(1)
    said, cursor, pages = visit(feed, cursor)
    assert {f"late {number}" for number in range(30)} <= set(said), "what came between two visits was lost"
    assert visit(feed, cursor) == ([], cursor, 1)


@pytest.mark.parametrize(("most", "pages"), [("0", 1), ("1", 2), ("100", 5)])
def test_as_many_as_the_account_says(sandbox: FeedSandbox, most: str, pages: int) -> None:
    paged(sandbox, 100)
    assert visit(connection(sandbox, feed_pages=most))[2] == pages


def test_what_is_too_old_ends_it(sandbox: FeedSandbox) -> None:
    paged(sandbox, 50)
    for entry in sandbox.entries[:25]:
        entry.published = entry.updated = entry.published - timedelta(days=100)
    assert visit(connection(sandbox))[2] == 2


@pytest.mark.parametrize("status", [404, 403, 500])
def test_an_older_page_that_does_not_come_keeps_nobody_from_the_newest(sandbox: FeedSandbox, status: int) -> None:
    paged(sandbox, 50)
    feed = connection(sandbox, feed_pages="2")
    cursor = feed.fetch("entries", "").cursor
    sandbox.fault("status", status=status, times=2)
    for _ in range(2):
        if Cursor.read(cursor).older:
            cursor = feed.fetch("entries", cursor).cursor
    assert not Cursor.read(cursor).older
    sandbox.faults.clear()
    sandbox.publish("news")
    assert texts_of(feed.fetch("entries", cursor)) == ["news"]


def test_a_page_that_leads_to_itself_ends(sandbox: FeedSandbox) -> None:
    sandbox.bodies["/loop"] = rss("Loop", sandbox.base_url, sandbox.entries, f"{sandbox.base_url}/loop").encode()
    assert visit(connection(sandbox, "/loop"))[2] == 1


def test_an_older_page_inside_is_refused(sandbox: FeedSandbox) -> None:
    sandbox.bodies["/in"] = rss("In", sandbox.base_url, sandbox.entries, "http://169.254.169.254/latest").encode()
    feed = connection(sandbox, "/in")
    page = feed.fetch("entries", feed.fetch("entries", "").cursor)
    assert "older" not in str(page.trouble)
    assert isinstance(page.trouble, Retryable)
    assert page.count == 0


def comment(sandbox: FeedSandbox, *texts: str, told: bool) -> None:
    """Let the first entry have these comments, in a feed of their own."""
    [entry, *_] = sandbox.entries
    page, now = f"{sandbox.base_url}/entries/{entry.id}", sandbox.clock()
    entry.comment_feed, entry.comments = f"{page}/comments", len(texts) if told else None
    items = "".join(
        f"<item><title>Bob</title><link>{page}#comment-{number}</link><guid>c{number}</guid><description>{text}</description>"
        f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for number, text in enumerate(texts)
    )
    sandbox.bodies[f"/entries/{entry.id}/comments"] = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


@pytest.mark.parametrize("told", [True, False])
def test_feeds_of_comments_are_collected_where_the_account_says_so(sandbox: FeedSandbox, *, told: bool) -> None:
    comment(sandbox, "Mine too.", told=told)
    said, _, pages = visit(connection(sandbox))
    assert (len(said), pages) == (1, 1), "nobody asked for comments"
    feed = connection(sandbox, feed_comments="1")
    said, cursor, _ = visit(feed)
    assert [one.split("\n")[-1] for one in said] == ["Where is it?", "Mine too."]
    assert visit(feed, cursor)[0] == [], "nothing is new"
    comment(sandbox, "Mine too.", "And mine.", told=told)
    said, cursor, _ = visit(feed, cursor)
    assert "And mine." in " ".join(said)
    assert "feeds of comments" in " ".join(feed.check().limits)


def test_a_comment_stands_in_the_thread_of_its_page(sandbox: FeedSandbox) -> None:
    comment(sandbox, "Mine too.", told=True)
    feed = connection(sandbox, feed_comments="1")
    first = feed.fetch("entries", "")
    second = feed.fetch("entries", first.cursor)
    [post], [answer] = (parse_body(page.body, us="", at=EPOCH) for page in (first, second))
    assert isinstance(post, MessageReceived)
    assert isinstance(answer, MessageReceived)
    assert (answer.thread.id, answer.kind) == (post.thread.id, "comment")


def test_a_feed_of_comments_that_does_not_come_keeps_nobody_from_the_newest(sandbox: FeedSandbox) -> None:
    comment(sandbox, "Mine too.", told=True)
    feed = connection(sandbox, feed_comments="1")
    cursor = feed.fetch("entries", "").cursor
    sandbox.fault("status", status=500)
    page = feed.fetch("entries", cursor)
    assert isinstance(page.trouble, Retryable)
    said, cursor, _ = visit(feed, page.cursor)
    assert said[-1].endswith("Mine too."), "what did not come was never asked for again"
    sandbox.publish("news")
    assert visit(feed, cursor)[0] == ["news"]


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_feed_of_comments_that_is_refused_is_a_note_and_no_trouble(sandbox: FeedSandbox, status: int) -> None:
    comment(sandbox, "Mine too.", told=True)
    feed = connection(sandbox, feed_comments="1")
    cursor = feed.fetch("entries", "").cursor
    sandbox.fault("status", status=status)
    page = feed.fetch("entries", cursor)
    assert (page.trouble, page.count) == (None, 0)
    assert "comments" in page.note
    assert visit(feed, page.cursor)[0][-1].endswith("Mine too."), "what was refused was never asked for again"


def test_all_feeds_of_comments_have_their_turn(sandbox: FeedSandbox) -> None:
    sandbox.bodies["/of"] = b"<rss version='2.0'><channel/></rss>"
    items = "".join(
        f"<item><guid>e{number}</guid><title>t</title><w:commentRss>{sandbox.base_url}/of?{number}</w:commentRss></item>"
        for number in range(50)
    )
    namespace = "xmlns:w='http://wellformedweb.org/CommentAPI/' xmlns:s='http://purl.org/rss/1.0/modules/slash/'"
    counted = items.replace("</item>", "<s:comments>1</s:comments></item>")
    sandbox.bodies["/many"] = f"<rss version='2.0' {namespace}><channel>{counted}</channel></rss>".encode()
    feed, cursor = connection(sandbox, "/many", feed_comments="1"), ""
    for _ in range(3):
        _, cursor, pages = visit(feed, cursor)
        assert pages <= 21, "too many at one visit"
    assert len(Cursor.read(cursor).commented) == 50


def test_the_account_says_what_is_wrong(sandbox: FeedSandbox) -> None:
    office = make_office(sandbox)
    sandbox.fault("status", status=410)
    report = run(office)
    assert "gone for good" in report.error
    assert "gone for good" in office.desk.accounts.get(NAME).sending_paused
    sandbox.bodies["/page"] = b"<html/>"
    broken = make_office(sandbox, "/page")
    assert "cannot be read" in run(broken).error
    assert [row["state"] for row in broken.desk.rows("select state from payload")] == ["parked"]
    run(broken)
    assert len(broken.desk.rows("select 1 from payload")) == 1, "the same broken feed was kept twice"


def test_a_feed_that_comes_again_is_well_by_itself(sandbox: FeedSandbox) -> None:
    """Nothing is sent to a feed, so that there is nothing to resume."""
    office = make_office(sandbox)
    sandbox.fault("status", status=401)
    run(office)
    assert office.desk.accounts.get(NAME).standing is Standing.NEEDS_ATTENTION
    run(office)
    well = office.desk.accounts.get(NAME)
    assert (well.sending_paused, well.standing) == ("", Standing.VALID)


def test_what_the_team_writes_there_is_an_answer(sandbox: FeedSandbox) -> None:
    office = make_office(sandbox)
    desk = office.desk
    forum = "<item><guid>f.example-post-1-{0}</guid><author>{1}</author><title>T</title><pubDate>{2}</pubDate></item>"
    when = [(sandbox.clock() - timedelta(hours=back)).strftime("%a, %d %b %Y %H:%M:%S GMT") for back in (2, 1)]
    items = forum.format(2, "Northwind Help", when[1]) + forum.format(1, "ada", when[0])
    sandbox.bodies["/forum"] = f"<rss><channel>{items}</channel></rss>".encode()
    options = {
        "feed_url": sandbox.base_url + "/forum",
        "loopback_allowed": "1",
        "feed_own_authors": "x, Northwind  Help",
    }
    desk.add_account(replace(account(sandbox), external_id="https://us.example/", options=options))
    run(office)
    [ticket] = desk.rows("select first_response_at from ticket")
    assert ticket["first_response_at"] is not None
    assert [row["direction"] for row in desk.rows("select direction from message order by id")] == ["in", "out"]


def test_replies_are_refused_with_the_place_to_answer(sandbox: FeedSandbox) -> None:
    office = make_office(sandbox)
    run(office)
    target = office.desk.tickets.find_message(NAME, "entry-1")
    reply = Reply(ticket=target.ticket, target=target, text="Hello", author="agent@example.com")
    with pytest.raises(NotAllowed, match="/entries/entry-1"):
        queue_reply(
            reply,
            office.desk.accounts.get(NAME),
            reply_name="r",
            desk=office.desk,
            connector=load_connector("feed"),
            clock=sandbox.clock,
        )
    assert DeliveryState.QUEUED.value not in [row["state"] for row in office.desk.rows("select state from message")]
