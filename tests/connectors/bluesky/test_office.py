"""From a customer's post to the confirmed answer on the embedded desk, against the sandbox and its faults."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_care.connectors.registry import load
from social_care.core.errors import NotAllowed, Retryable, TargetGone
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Upload
from social_care.engine.vanishing import check_vanished
from tests.connectors.bluesky.office import SAY, SEND, Town

NOTIFICATIONS = "GET /xrpc/app.bsky.notification.listNotifications"
SEARCH = "GET /xrpc/app.bsky.feed.searchPosts"
LOG = "GET /xrpc/chat.bsky.convo.getLog"


# --- coming in ------------------------------------------------------------------------------------------------------
def test_a_mention_is_answered_and_the_conversation_goes_on(town: Town) -> None:
    first = town.sky.post(town.ada, "Grüße @northwind.example where is my bag?", pictures=[b"\x89PNG"])
    assert town.poll() == []
    stored = town.stored(first.uri)
    assert stored.author_handle == "ada.example.com"
    part = town.answer(first.uri, "In Oslo, sorry @ada.example.com.")
    assert part.state is DeliveryState.SENT
    (sent,) = town.sky.posts_by(town.team)
    assert sent.uri == part.external_id
    assert sent.value["reply"] == {"root": first.ref, "parent": first.ref}
    second = town.sky.post(town.ada, "thanks", reply_to=sent)
    town.poll()
    assert town.stored(second.uri).ticket == stored.ticket
    (row,) = town.office.desk.rows("select media from message where message_id = ?", first.uri)
    assert f"{town.sky.base_url}/img/" in row[0]


def test_pictures_are_fetched(town: Town) -> None:
    town.sky.post(town.ada, "@northwind.example look", pictures=[b"\x89PNG"])
    (cid,) = town.sky.state.blobs
    connection = town.connection()
    found = connection.download(f"{town.sky.base_url}/img/{cid}")
    connection.close()
    assert (found.content, found.mime) == (b"\x89PNG", "image/png")


def test_likes_are_not_asked_for_and_quotes_come(town: Town) -> None:
    ours = town.sky.post(town.team, "Good morning")
    town.sky.like(town.ada, ours)
    quote = town.sky.post(town.ben, "look", quote=ours)
    town.poll()
    assert town.stored(quote.uri).ticket
    assert not town.has(ours.uri)


def test_what_is_answered_stands_beside_it(town: Town) -> None:
    root = town.sky.post(town.ben, "has anybody flown with them?")
    asks = town.sky.post(town.ada, "@northwind.example lost my bag", reply_to=root)
    town.poll()
    assert town.stored(root.uri).ticket == town.stored(asks.uri).ticket


def test_surroundings_that_cannot_be_had_cost_no_message(town: Town) -> None:
    post = town.sky.post(town.ada, "@northwind.example hello")
    for name in ("app.bsky.feed.getPosts", "app.bsky.actor.getProfiles"):
        town.sky.fault("status", f"GET /xrpc/{name}", status=502)
    assert town.poll() == []
    assert town.stored(post.uri).ticket


def test_many_posts_between_two_visits_all_come(town: Town) -> None:
    town.poll()
    posts = [town.sky.post(town.ada, f"@northwind.example question {number}") for number in range(230)]
    hits = [town.sky.post(town.ben, f"northwind late again {number}") for number in range(130)]
    town.poll()
    assert [one.uri for one in (*posts, *hits) if not town.has(one.uri)] == []


def test_a_visit_in_the_middle_of_many_pages_goes_on_where_it_was(town: Town) -> None:
    town.poll()
    posts = [town.sky.post(town.ada, f"@northwind.example question {number}") for number in range(250)]
    connection = town.connection()
    cursor, seen = town.office.desk.ledger.read_cursor("Northwind on Bluesky", "mentions"), 0
    for _ in range(2):
        page = connection.fetch("mentions", cursor)
        cursor, seen = page.cursor, seen + page.count
    late = town.sky.post(town.ben, "@northwind.example and me")
    while (page := connection.fetch("mentions", cursor)).more:
        cursor, seen = page.cursor, seen + page.count
    seen += page.count
    last = connection.fetch("mentions", page.cursor)
    connection.close()
    assert seen + last.count == len(posts) + 1
    assert late.uri.encode() in last.body, "what came while the pages were read comes with the next visit"


def test_a_post_that_is_indexed_late_still_comes(town: Town) -> None:
    town.sky.post(town.ada, "@northwind.example first")
    town.poll()
    late = town.sky.post(town.ben, "@northwind.example written long ago on a train")
    late.at -= timedelta(minutes=20)
    town.poll()
    assert town.has(late.uri), "a page is read a while behind what is known"


def test_nothing_is_kept_twice(town: Town) -> None:
    town.sky.post(town.ada, "@northwind.example hello")
    town.poll()
    before = town.office.desk.rows("select count(*) from payload")
    town.poll()
    assert town.office.desk.rows("select count(*) from payload") == before


def test_the_first_visit_leaves_old_posts_alone(town: Town) -> None:
    old = town.sky.post(town.ada, "@northwind.example last week")
    old.at -= timedelta(days=7)
    fresh = town.sky.post(town.ada, "@northwind.example today")
    for _ in range(2):
        town.poll()
    assert (town.has(old.uri), town.has(fresh.uri)) == (False, True)


@pytest.mark.parametrize("kind", ["repeat_page", "shuffle", "malformed", "reset_before", "reset_after", "html_error"])
@pytest.mark.parametrize("route", [NOTIFICATIONS, SEARCH])
def test_trouble_while_polling_loses_nothing(town: Town, kind: str, route: str) -> None:
    town.poll()
    posts = [town.sky.post(town.ada, f"@northwind.example northwind late {number}") for number in range(220)]
    town.sky.fault(kind, route, times=2)
    for _ in range(4):
        town.poll()
    assert [one.uri for one in posts if not town.has(one.uri)] == []


def test_a_page_that_always_comes_again_does_not_hold_the_newest_up(town: Town) -> None:
    town.poll()
    for number in range(220):
        town.sky.post(town.ada, f"@northwind.example question {number}")
    town.sky.fault("repeat_page", NOTIFICATIONS, times=None)
    town.poll()
    newest = town.sky.post(town.ben, "@northwind.example and me?")
    town.poll()
    assert town.has(newest.uri)


def test_a_rate_limit_says_when_to_come_again(town: Town) -> None:
    town.sky.fault("status", NOTIFICATIONS, status=429)
    report = town.office.poll("Northwind on Bluesky")[0]
    assert report.error
    assert report.next_in_s == pytest.approx(300, abs=2)


def test_deleted_posts_are_found_and_others_left_alone(town: Town) -> None:
    gone, there = (town.sky.post(town.ada, f"@northwind.example {number}") for number in range(2))
    town.poll()
    town.sky.delete(gone)
    town.sky.fault("malformed", "GET /xrpc/app.bsky.feed.getPosts")
    connection = town.connection()
    given = {"desk": town.office.desk, "connection": connection, "clock": town.clock}
    with pytest.raises(Retryable):
        check_vanished(town.account, [gone.uri, there.uri], connector=load("bluesky"), **given)
    check_vanished(town.account, [gone.uri, there.uri, "3msg1"], connector=load("bluesky"), **given)
    connection.close()
    assert (town.stored(gone.uri).deleted, town.stored(there.uri).deleted) == (True, False)
    with pytest.raises(TargetGone):
        town.answer(gone.uri, "Hello?")


# --- private messages -----------------------------------------------------------------------------------------------
def test_a_private_message_is_answered_privately(town: Town) -> None:
    town.poll()
    first = town.sky.dm(town.ada, town.team, "my booking is KX7F2Q")
    town.poll()
    stored = town.stored(first["id"])
    assert (stored.audience, stored.author_id) == (Audience.PRIVATE, town.ada.did)
    part = town.answer(first["id"], "Thank you. See https://northwind.example")
    assert part.state is DeliveryState.SENT
    last = town.sky.messages_with(town.ada, town.team)[-1]
    assert (last["text"], last["id"]) == (part.text, part.external_id)
    assert last["facets"][0]["features"][0]["uri"] == "https://northwind.example"
    with pytest.raises(NotAllowed):
        town.answer(first["id"], "Everybody shall read it.", Audience.PUBLIC)
    again = town.sky.dm(town.ada, town.team, "and now?")
    town.poll()
    assert town.stored(again["id"]).ticket == stored.ticket


def test_what_was_written_before_we_came_is_read_from_the_conversations(town: Town) -> None:
    before = [town.sky.dm(town.ada, town.team, f"message {number}")["id"] for number in range(120)]
    other = town.sky.dm(town.ben, town.team, "hello")["id"]
    town.poll()
    assert [one for one in (*before, other) if not town.has(one)] == []
    later = town.sky.dm(town.ben, town.team, "still there?")["id"]
    town.poll()
    assert town.has(later)


def test_who_writes_is_looked_up(town: Town) -> None:
    town.poll()
    message = town.sky.dm(town.ada, town.team, "hello")["id"]
    town.poll()
    (row,) = town.office.desk.rows("select handle, name from profile where external_id = ?", town.ada.did)
    assert tuple(row) == ("ada.example.com", "Ada Osei")
    assert town.has(message)


def test_a_log_that_forgot_our_position_is_joined_anew(town: Town) -> None:
    town.poll()
    missed = town.sky.dm(town.ada, town.team, "are you there?")["id"]
    town.sky.fault("status", LOG, status=400, shape="InvalidRequest")
    town.poll()
    assert town.has(missed)


def test_a_deleted_private_message_is_marked(town: Town) -> None:
    town.poll()
    message = town.sky.dm(town.ada, town.team, "wrong number")["id"]
    town.poll()
    town.sky.unsay(town.ada, town.team, message)
    town.poll()
    assert town.stored(message).deleted


def test_a_public_case_goes_on_privately_on_its_ticket(town: Town) -> None:
    post = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    part = town.answer(post.uri, "What is your booking?", Audience.PRIVATE)
    assert part.state is DeliveryState.SENT
    private = town.sky.dm(town.ada, town.team, "KX7F2Q")
    town.poll()
    assert town.stored(private["id"]).ticket == town.stored(post.uri).ticket


@pytest.mark.parametrize(
    ("dms", "words"), [("none", "takes no private messages"), ("following", "only from people they follow")]
)
def test_who_takes_no_private_messages_gets_none(town: Town, dms: str, words: str) -> None:
    post = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.ada.dms = dms
    part = town.answer(post.uri, "What is your booking?", Audience.PRIVATE)
    assert part.state is DeliveryState.FAILED
    assert words in part.error


@pytest.mark.parametrize("kind", ["reset_after", "malformed"])
def test_a_private_message_whose_answer_was_lost_is_found_in_the_conversation(town: Town, kind: str) -> None:
    town.poll()
    first = town.sky.dm(town.ada, town.team, "where is my bag?")["id"]
    town.poll()
    town.sky.fault(kind, SAY)
    part = town.answer(first, "In Oslo.")
    assert part.state is DeliveryState.UNKNOWN
    town.later(6)
    assert town.part(part.id).state is DeliveryState.SENT
    assert [one["text"] for one in town.sky.messages_with(town.ada, town.team)] == ["where is my bag?", "In Oslo."]


def test_a_private_message_that_may_have_got_lost_is_never_repeated(town: Town) -> None:
    town.poll()
    first = town.sky.dm(town.ada, town.team, "where is my bag?")["id"]
    town.poll()
    town.sky.fault("status", SAY, status=502)
    part = town.answer(first, "In Oslo.")
    for seconds in (6, 31, 121, 601, 601, 601):
        town.later(seconds)
    assert town.part(part.id).state is DeliveryState.UNKNOWN, "a person decides: there is no key"
    assert len(town.sky.messages_with(town.ada, town.team)) == 1


# --- going out ------------------------------------------------------------------------------------------------------
def test_long_answers_are_a_thread(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example what happened?")
    town.poll()
    town.answer(first.uri, "A sentence of some words. " * 30)
    for _ in range(3):
        town.later(1)
    sent = town.sky.posts_by(town.team)
    assert [one.value["reply"]["parent"] for one in sent] == [first.ref, *(one.ref for one in sent[:-1])]
    assert all(one.value["reply"]["root"] == first.ref for one in sent)
    assert sent[-1].value["text"].endswith("(3/3)")


def test_files_go_with_an_answer(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example show me")
    town.poll()
    upload = Upload(name="bag.png", mime="image/png", size=4, reference="f1", alt="a bag")
    part = town.answer(first.uri, "Here.", media=(upload,))
    assert part.state is DeliveryState.SENT
    (sent,) = town.sky.posts_by(town.team)
    ((image,),) = (sent.value["embed"]["images"],)
    assert image["alt"] == "a bag"


def test_a_video_goes_with_an_answer(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example show me")
    town.poll()
    upload = Upload(name="bag.mp4", mime="video/mp4", size=4, reference="f1", alt="a bag on a belt")
    part = town.answer(first.uri, "Here.", media=(upload,))
    assert part.state is DeliveryState.SENT
    (sent,) = town.sky.posts_by(town.team)
    assert sent.value["embed"]["$type"] == "app.bsky.embed.video"
    assert sent.value["embed"]["video"]["mimeType"] == "video/mp4"
    assert sent.value["embed"]["alt"] == "a bag on a belt"


@pytest.mark.parametrize("kind", ["reset_after", "malformed", "slow"])
def test_a_post_whose_answer_was_lost_is_found_by_its_key(town: Town, kind: str) -> None:
    first = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.sky.fault(kind, SEND)
    part = town.answer(first.uri, "In Oslo.")
    town.later(6)
    assert town.part(part.id).state is DeliveryState.SENT
    assert town.said() == ["In Oslo."]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_post_that_did_not_arrive_is_sent_again_under_its_key(town: Town, status: int) -> None:
    first = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.sky.fault("status", SEND, status=status)
    part = town.answer(first.uri, "In Oslo.")
    assert part.state is DeliveryState.UNKNOWN
    town.later(6)
    assert town.part(part.id).state is DeliveryState.SENT
    assert town.said() == ["In Oslo."]


def test_no_chain_of_lost_answers_makes_a_second_post(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.sky.fault("reset_after", SEND, times=4)
    town.sky.fault("reset_before", "GET /xrpc/com.atproto.repo.getRecord", times=2)
    part = town.answer(first.uri, "In Oslo.")
    for seconds in (6, 31, 121, 601):
        town.later(seconds)
    assert town.part(part.id).state is DeliveryState.SENT
    assert town.said() == ["In Oslo."]


def test_an_echo_confirms_what_is_not_known_to_be_sent(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example northwind late")
    town.poll()
    town.sky.fault("reset_after", SEND)
    part = town.answer(first.uri, "northwind late? Sorry.")
    town.poll()
    assert town.part(part.id).state is DeliveryState.SENT
    assert town.said() == ["northwind late? Sorry."]


def test_a_session_that_ends_while_sending_is_no_trouble(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.sky.expire_sessions()
    assert town.answer(first.uri, "In Oslo.").state is DeliveryState.SENT
    assert town.said() == ["In Oslo."]


def test_a_dead_password_pauses_sending_and_keeps_the_answer(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.team.password, right = "another", town.team.password
    town.sky.expire_sessions(refresh=True)
    part = town.answer(first.uri, "In Oslo.")
    assert part.state is DeliveryState.QUEUED
    assert "app password" in town.office.desk.accounts.get("Northwind on Bluesky").sending_paused
    town.team.password = right
    town.office.desk.accounts.resume_sending("Northwind on Bluesky")
    town.later(301)
    assert town.said() == ["In Oslo."]


def test_a_rate_limit_while_sending_is_waited_for(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example where is my bag?")
    town.poll()
    town.sky.fault("status", SEND, status=429)
    part = town.answer(first.uri, "In Oslo.")
    assert part.state is DeliveryState.QUEUED
    town.later(280)
    assert town.said() == []
    town.later(25)
    assert town.said() == ["In Oslo."]


def test_whoever_blocked_us_or_closed_the_thread_is_not_answered(town: Town) -> None:
    by_ada, by_ben = (town.sky.post(who, "@northwind.example hello") for who in (town.ada, town.ben))
    town.poll()
    block = town.sky.block(town.ada, town.team)
    town.sky.close_thread(by_ben)
    refused = town.answer(by_ada.uri, "Hello?")
    assert (refused.state, refused.error) == (
        DeliveryState.FAILED,
        "This person has blocked the account, so the answer would reach nobody.",
    )
    assert "lets only some people answer" in town.answer(by_ben.uri, "Hello?").error
    town.sky.delete(block)
    town.sky.block(town.team, town.ada)
    assert "unblock them first" in town.answer(by_ada.uri, "Hello again?").error
    assert town.said() == []


def test_a_post_that_vanished_is_not_answered(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example hello")
    town.poll()
    town.sky.delete(first)
    part = town.answer(first.uri, "Hello?")
    assert part.state is DeliveryState.FAILED
    assert town.stored(first.uri).deleted


def test_trouble_before_the_post_is_certain(town: Town) -> None:
    first = town.sky.post(town.ada, "@northwind.example hello @ben.example.net")
    town.poll()
    for name in ("app.bsky.feed.getPosts", "com.atproto.identity.resolveHandle"):
        town.sky.fault("reset_before", f"GET /xrpc/{name}")
        part = town.answer(first.uri, f"Hello @ben.example.net {name}")
        assert part.state is DeliveryState.QUEUED, "nothing was posted yet, so nothing is in doubt"
        town.later(30)
        assert town.part(part.id).state is DeliveryState.SENT
    assert len(town.said()) == 2
