"""Calls to X: time-outs, tokens, refusals, lost answers, cursors. The network is a double; nothing sleeps."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
import urllib3.exceptions

from social_care.connectors.x.client import XConnection
from social_care.core import errors as e
from social_care.core.accounts import Account, Search
from social_care.core.events import Audience, Author, MessageReceived, Thread
from social_care.core.replies import DeliveryState, Part, StoredMessage, Upload
from tests.connectors.x.reading import CONNECTOR

API = "https://api.x.com"
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=timezone.utc)
US, ANA = "900", "700"
OAUTH1 = {"client_id": "ck", "client_secret": "SECRET-cs", "access_token": "SECRET-at", "access_token_secret": "SECRET-as"}
OAUTH2 = {"client_id": "ci", "client_secret": "SECRET-c2", "access_token": "SECRET-old", "refresh_token": "SECRET-r1"}
ACCOUNT = Account(
    name="Northwind",
    platform="x",
    external_id=US,
    handle="northwind",
    searches=(Search(name="brand", query="northwind -from:northwind"),),
)
TARGET = StoredMessage(
    id="m",
    account="Northwind",
    message_id="60",
    thread_id="60",
    audience=Audience.PUBLIC,
    direction="in",
    kind="post",
    text="hi",
    author_id=ANA,
    route={"reply_to": "61", "mentioned": "explicit"},
)
DM_TARGET = replace(TARGET, audience=Audience.PRIVATE, thread_id="700-900", route={"dm_conversation_id": "700-900"})
PART = Part(
    id="p",
    account="Northwind",
    ticket="1",
    reply="r",
    audience=Audience.PUBLIC,
    index=1,
    of=1,
    text="We are on it: https://example.com/a & more",
    state=DeliveryState.SENDING,
    target=TARGET,
    first_attempt_at=NOW,
)
DM_PART = replace(PART, audience=Audience.PRIVATE, target=DM_TARGET, text="Hello")


@pytest.fixture
def x() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connect(
    credentials: dict[str, str] | None = None, *, account: Account = ACCOUNT, kept: list[Any] | None = None
) -> XConnection:
    return XConnection(
        account,
        credentials or dict(OAUTH2),
        (kept if kept is not None else []).append,
        lambda upload: b"picture:" + upload.reference.encode(),
        clock=lambda: NOW,
    )


def sent_json(call: Any) -> Any:
    return json.loads(call.request.body)


# --- every call -----------------------------------------------------------------------------------------------------
def test_every_request_has_a_time_out_and_follows_no_redirect(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", json={"data": {"id": US}})
    x.get(f"{API}/2/users/{US}/mentions", json={"meta": {}})
    x.get(f"{API}/2/dm_events", json={"meta": {}})
    x.get(f"{API}/2/tweets/search/recent", json={"meta": {}})
    x.get(f"{API}/2/users/{US}/tweets", json={"meta": {}})
    x.get(f"{API}/2/tweets", json={"data": []})
    x.post(f"{API}/2/tweets", json={"data": {"id": "1"}}, status=201)
    connection = connect()
    connection.check()
    for feed in ("mentions", "direct_messages", "search:brand"):
        connection.fetch(feed, "")
    connection.find_sent(PART, lambda _: False)
    connection.gone(["1"])
    connection.send(PART)
    assert len(x.calls) == 7
    for call in x.calls:
        assert all(call.request.req_kwargs["timeout"]), f"{call.request.url} may hang for ever"
        assert call.request.headers["User-Agent"].startswith("social_care/")


def test_a_redirect_is_not_followed(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", status=302, headers={"location": "https://evil.example/"})
    x.get("https://evil.example/", json={"data": {"id": "1"}})
    with pytest.raises(e.Retryable):
        connect().check()
    assert len(x.calls) == 1, "the token went to another host"


@pytest.mark.parametrize("credentials", [OAUTH1, OAUTH2])
def test_no_secret_is_in_logs_or_errors(
    x: responses.RequestsMock, credentials: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    x.get(f"{API}/2/users/me", status=401, json={"detail": "SECRET-old"})
    x.post(f"{API}/2/oauth2/token", status=400, json={"error": "invalid_grant"})
    x.post(f"{API}/2/tweets", body=requests.ConnectionError("reset"))
    shown = caplog.text
    for call in (lambda c: c.check(), lambda c: c.send(PART)):
        with pytest.raises(e.SocialCareError) as caught:
            call(connect(dict(credentials)))
        shown += str(caught.value) + repr(caught.value) + repr(caught.value.__cause__)
    shown += caplog.text
    assert "SECRET" not in shown


@pytest.mark.parametrize("bad", ["line\nbreak", "ключ"])
def test_a_credential_that_cannot_be_sent_is_named_but_not_shown(bad: str) -> None:
    with pytest.raises(e.ConfigurationError) as caught:
        connect({**OAUTH2, "access_token": bad})
    assert "access_token" in str(caught.value)
    assert bad not in str(caught.value)


def test_oauth1_signs_and_oauth2_bears(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", json={"data": {"id": US}})
    connect(dict(OAUTH1)).check()
    connect(dict(OAUTH2)).check()
    first, second = (call.request.headers["Authorization"] for call in x.calls)
    assert (first.decode() if isinstance(first, bytes) else first).startswith("OAuth ")
    assert second == "Bearer SECRET-old"


def test_missing_credentials_are_the_owners_matter() -> None:
    with pytest.raises(e.ConfigurationError, match="incomplete"):
        CONNECTOR.connect(ACCOUNT, {"client_id": "a"}, lambda _: None, lambda _: b"")


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://127.0.0.1", "https://u:p@host", "http://[", "nonsense"])
def test_a_base_address_that_would_leak_tokens_is_refused(url: str) -> None:
    with pytest.raises(e.ConfigurationError):
        connect({**OAUTH2, "api_base_url": url})


# --- tokens ---------------------------------------------------------------------------------------------------------
def test_new_tokens_are_stored_before_they_are_used(x: responses.RequestsMock) -> None:
    story: list[str] = []
    fresh = {"access_token": "SECRET-new", "refresh_token": "SECRET-r2", "expires_in": 7200}

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        story.append(request.headers["Authorization"])
        return (200, {}, json.dumps({"data": {"id": US}})) if story[-1] == "Bearer SECRET-new" else (401, {}, "{}")

    x.add_callback(responses.GET, f"{API}/2/users/me", answer)
    x.post(f"{API}/2/oauth2/token", json=fresh)
    connection = XConnection(
        ACCOUNT, dict(OAUTH2), lambda kept: story.append(f"kept {kept['access_token']}"), lambda _: b"", clock=lambda: NOW
    )
    connection.check()
    assert story == ["Bearer SECRET-old", "kept SECRET-new", "Bearer SECRET-new"]
    form = x.calls[1].request.body
    assert "refresh_token=SECRET-r1" in form
    assert "grant_type=refresh_token" in form


def test_a_post_refused_for_an_old_token_is_posted_once(x: responses.RequestsMock) -> None:
    x.post(f"{API}/2/tweets", status=401, json={})
    x.post(f"{API}/2/oauth2/token", json={"access_token": "SECRET-new", "refresh_token": "SECRET-r2"})
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "77"}})
    kept: list[dict[str, str]] = []
    assert connect(kept=kept).send(PART).external_id == "77"
    assert kept[0]["refresh_token"] == "SECRET-r2"
    assert kept[0]["token_expires_at"] == "2026-09-01T14:00:00+00:00"


def test_tokens_renewed_by_another_worker_are_taken_up(x: responses.RequestsMock) -> None:
    stored = dict(OAUTH2)
    x.get(f"{API}/2/users/me", status=401, json={})
    x.get(f"{API}/2/users/me", json={"data": {"id": US}})
    connection = connect(stored)
    stored |= {"access_token": "SECRET-theirs", "refresh_token": "SECRET-r9"}
    connection.check()
    assert x.calls[1].request.headers["Authorization"] == "Bearer SECRET-theirs"
    assert len(x.calls) == 2, "the refresh token was used a second time, which would end the session"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant"}, e.AccountNeedsLogin),
        (400, {"error": "invalid_request"}, e.AccountNeedsLogin),
        (401, {"error": "invalid_client"}, e.ConfigurationError),
        (503, None, e.Retryable),
        (429, None, e.Retryable),
        (200, "nonsense", e.Retryable),
    ],
)
def test_a_refused_renewal(x: responses.RequestsMock, status: int, body: Any, expected: type) -> None:
    x.get(f"{API}/2/users/me", status=401, json={})
    x.post(f"{API}/2/oauth2/token", status=status, json=body)
    kept: list[Any] = []
    with pytest.raises(e.SocialCareError) as caught:
        connect(kept=kept).check()
    assert type(caught.value) is expected
    assert kept == []


def test_oauth1_credentials_that_x_refuses_need_a_login(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", status=401, json={})
    with pytest.raises(e.AccountNeedsLogin):
        connect(dict(OAUTH1)).check()
    assert len(x.calls) == 1


# --- who we are -----------------------------------------------------------------------------------------------------
def test_check_says_who_what_and_how_much(x: responses.RequestsMock) -> None:
    headers = {
        "x-access-level": "read-write",
        "x-rate-limit-limit": "75",
        "x-rate-limit-remaining": "74",
        "x-rate-limit-reset": "1788264900",
    }
    x.get(f"{API}/2/users/me", json={"data": {"id": "901", "username": "northwind", "name": "N"}}, headers=headers)
    found = connect().check()
    assert (found.account_id, found.handle, found.permissions) == ("901", "northwind", ("read", "write"))
    assert found.limits == ("account look-ups: 74 of 75 left, until 12:15 UTC",)
    assert len(found.problems) == 2, "another account, and no permission for direct messages"


# --- polling --------------------------------------------------------------------------------------------------------
def page(ids: list[int], token: str | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"meta": {"result_count": len(ids), **({"next_token": token} if token else {})}, **more}
    return found | ({"data": [{"id": str(one), "text": "t"} for one in ids]} if ids else {})


def test_the_first_poll_reaches_back_a_day_only(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([]))
    connect().fetch("mentions", "")
    asked = x.calls[0].request.params
    assert asked["start_time"] == "2026-08-31T12:00:00Z"
    assert "since_id" not in asked
    assert "note_tweet" in asked["tweet.fields"]
    assert "receives_your_dm" in asked["user.fields"]


def test_a_chain_moves_its_beginning_only_when_it_is_finished(x: responses.RequestsMock) -> None:
    url = f"{API}/2/users/{US}/mentions"
    x.get(url, json=page([90, 80], "t1"))
    x.get(url, json=page([70, 60], "t2"))
    x.get(url, json=page([]))
    old = json.dumps({"since": "50"})
    first = connect().fetch("mentions", old)
    second = connect().fetch("mentions", first.cursor)
    third = connect().fetch("mentions", second.cursor)
    assert [one.more for one in (first, second, third)] == [True, True, False]
    assert [json.loads(one.cursor).get("since") for one in (first, second, third)] == ["50", "50", "90"]
    assert [call.request.params.get("pagination_token") for call in x.calls] == [None, "t1", "t2"]
    assert {call.request.params["since_id"] for call in x.calls} == {"50"}


def test_ids_are_compared_as_numbers(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([9, 100, 20]))
    assert json.loads(connect().fetch("mentions", "").cursor)["since"] == "100"


def test_a_page_without_news_keeps_the_beginning(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([]))
    found = connect().fetch("mentions", json.dumps({"since": "50"}))
    assert json.loads(found.cursor)["since"] == "50"
    assert (found.more, found.count, found.cost) == (False, 0, Decimal(0))


def test_a_quiet_account_never_falls_behind(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([]))
    found = json.loads(connect().fetch("mentions", "").cursor)
    assert found["start"] == "2026-09-01T11:55:00Z"


def test_a_token_that_ran_out_restarts_the_chain(x: responses.RequestsMock) -> None:
    url = f"{API}/2/users/{US}/mentions"
    x.get(url, status=400, json={"type": "https://api.x.com/2/problems/invalid-request"})
    x.get(url, json=page([90]))
    cursor = json.dumps({"since": "50", "next": "old", "newest": "95", "seen": ["old"]})
    found = connect().fetch("mentions", cursor)
    assert "pagination_token" not in x.calls[1].request.params
    assert x.calls[1].request.params["since_id"] == "50"
    assert json.loads(found.cursor)["since"] == "95"


@pytest.mark.parametrize("seen", [["t1"], ["t1", "t2"]])
def test_a_repeated_token_ends_the_visit_and_loses_nothing(x: responses.RequestsMock, seen: list[str]) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([90], "t1"))
    cursor = json.dumps({"since": "50", "next": seen[-1], "newest": "95", "seen": seen})
    found = connect().fetch("mentions", cursor)
    assert not found.more
    assert json.loads(found.cursor) == {"since": "50", "newest": "95", "restarts": 1, "day": "2026-09-01"}


def test_a_chain_that_always_repeats_itself_is_ended_some_time(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([90], "t1"))
    cursor, calls = json.dumps({"since": "50"}), 0
    while json.loads(cursor)["since"] == "50":
        cursor = connect().fetch("mentions", cursor).cursor
        calls += 1
        assert calls < 20, "the account never sees anything newer"
    assert json.loads(cursor)["since"] == "90"


def test_an_id_too_old_for_search_starts_at_its_reach(x: responses.RequestsMock) -> None:
    url = f"{API}/2/tweets/search/recent"
    x.get(url, status=400, json={})
    x.get(url, json=page([]))
    found = connect().fetch("search:brand", json.dumps({"since": "50"}))
    asked = x.calls[1].request.params
    assert asked["start_time"] == "2026-08-25T12:05:00Z"
    assert "since_id" not in asked
    assert json.loads(found.cursor)["since"] == "50"


def test_a_bad_query_is_refused_and_stops_nothing_else(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/tweets/search/recent", status=400, json={})
    with pytest.raises(e.Refused, match="query"):
        connect().fetch("search:brand", "")
    with pytest.raises(e.Refused, match="no search"):
        connect().fetch("search:other", "")


def test_direct_messages_stop_at_what_is_known(x: responses.RequestsMock) -> None:
    url = f"{API}/2/dm_events"
    x.get(url, json=page([90, 80], "t1"))
    x.get(url, json=page([70, 50, 40], "t2"))
    first = connect().fetch("direct_messages", json.dumps({"since": "50"}))
    assert first.more
    second = connect().fetch("direct_messages", first.cursor)
    assert not second.more
    assert json.loads(second.cursor)["since"] == "90"


def test_the_first_poll_of_direct_messages_stops_at_the_back_fill(x: responses.RequestsMock) -> None:
    body = page([90, 80], "t1")
    body["data"][1]["created_at"] = "2026-08-30T00:00:00.000Z"
    x.get(f"{API}/2/dm_events", json=body)
    assert not connect().fetch("direct_messages", "").more


@pytest.mark.parametrize("body", ["{half", "[]", "7", ""])
def test_an_unreadable_page_moves_nothing(x: responses.RequestsMock, body: str) -> None:
    x.get(f"{API}/2/users/{US}/mentions", body=body)
    with pytest.raises(e.Retryable):
        connect().fetch("mentions", "")


def test_an_unreadable_cursor_begins_anew(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([5]))
    assert json.loads(connect().fetch("mentions", '{"since": [1], "next": 7, "seen": 3').cursor)["since"] == "5"


def test_pages_tell_their_cost(x: responses.RequestsMock) -> None:
    users = {"users": [{"id": "1"}], "tweets": [{"id": "2"}]}
    x.get(f"{API}/2/users/{US}/mentions", json=page([9, 8], includes=users))
    x.get(f"{API}/2/dm_events", json=page([9, 8, 7]))
    assert connect().fetch("mentions", "").cost == Decimal("0.025")
    cheap = replace(ACCOUNT, options={"x_owned_reads": "1", "x_bill_expansions": "0"})
    assert connect(account=cheap).fetch("mentions", "").cost == Decimal("0.002")
    first = connect().fetch("direct_messages", "")
    assert first.cost == Decimal("0.030")
    assert connect().fetch("direct_messages", first.cursor).cost == 0, "X charges once a UTC day for the same message"


# --- sending --------------------------------------------------------------------------------------------------------
def test_a_public_part_answers_the_newest_version(x: responses.RequestsMock) -> None:
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "77", "text": "…"}})
    sent = connect().send(replace(PART, text="a\r\nb"))
    assert sent_json(x.calls[0]) == {"text": "a\nb", "reply": {"in_reply_to_tweet_id": "61"}}
    assert (sent.external_id, sent.permalink) == ("77", "https://x.com/northwind/status/77")
    assert sent.cost == Decimal("0.010")


def test_a_later_part_answers_the_part_before(x: responses.RequestsMock) -> None:
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "78"}})
    connect().send(replace(PART, index=2, of=2, previous_id="77"))
    assert sent_json(x.calls[0])["reply"] == {"in_reply_to_tweet_id": "77"}


def test_a_private_part_goes_into_its_conversation(x: responses.RequestsMock) -> None:
    x.post(
        f"{API}/2/dm_conversations/700-900/messages",
        status=201,
        json={"data": {"dm_event_id": "5", "dm_conversation_id": "900-700"}},
    )
    sent = connect().send(DM_PART)
    assert (sent.external_id, sent.thread_id) == ("5", "700-900")


def test_a_private_part_to_a_public_author_goes_to_the_person(x: responses.RequestsMock) -> None:
    x.post(
        f"{API}/2/dm_conversations/with/700/messages",
        status=201,
        json={"data": {"dm_event_id": "5", "dm_conversation_id": "700-900"}},
    )
    connect().send(replace(DM_PART, target=TARGET))
    assert sent_json(x.calls[0]) == {"text": "Hello"}


def test_nobody_to_write_to_is_refused_before_anything_is_sent(x: responses.RequestsMock) -> None:
    with pytest.raises(e.Refused):
        connect().send(
            replace(DM_PART, target=replace(DM_TARGET, route={"dm_conversation_id": "../tweets"}, author_id=None))
        )
    assert len(x.calls) == 0


def test_pictures_are_uploaded_first(x: responses.RequestsMock) -> None:
    x.post(f"{API}/2/media/upload", json={"data": {"id": "31"}})
    x.post(f"{API}/2/media/metadata", json={"data": {}})
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "77"}})
    upload = Upload(name="a.png", mime="image/png", size=3, reference="f1", alt="a gate")
    connect().send(replace(PART, media=(upload,)))
    assert b"picture:f1" in x.calls[0].request.body
    assert b"tweet_image" in x.calls[0].request.body
    assert sent_json(x.calls[1]) == {"id": "31", "metadata": {"alt_text": {"text": "a gate"}}}
    assert sent_json(x.calls[2])["media"] == {"media_ids": ["31"]}


def test_a_failed_upload_is_certain(x: responses.RequestsMock) -> None:
    x.post(f"{API}/2/media/upload", status=503)
    upload = Upload(name="a.png", mime="image/png", size=3, reference="f1")
    with pytest.raises(e.Retryable):
        connect().send(replace(PART, media=(upload,)))


RESET = requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104)))
REFUSED = requests.ConnectionError(
    urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.NewConnectionError(None, "refused"))  # type: ignore[arg-type]
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"body": RESET}, e.OutcomeUnknown),
        ({"body": requests.ReadTimeout()}, e.OutcomeUnknown),
        ({"body": requests.exceptions.ChunkedEncodingError()}, e.OutcomeUnknown),
        ({"status": 500}, e.OutcomeUnknown),
        ({"status": 503}, e.OutcomeUnknown),
        ({"status": 408}, e.OutcomeUnknown),
        ({"status": 201, "body": "{half"}, e.OutcomeUnknown),
        ({"status": 201, "json": {"data": {}}}, e.OutcomeUnknown),
        ({"body": REFUSED}, e.Retryable),
        ({"body": requests.ConnectTimeout()}, e.Retryable),
        ({"status": 429, "headers": {"x-rate-limit-reset": str(int(NOW.timestamp()) + 90)}}, e.RateLimited),
        ({"status": 402}, e.OutOfCredit),
        ({"status": 403, "json": {"detail": "duplicate content"}}, e.Refused),
        ({"status": 404}, e.TargetGone),
    ],
)
@pytest.mark.parametrize("part", [PART, DM_PART], ids=["public", "private"])
def test_what_a_failed_send_means(x: responses.RequestsMock, part: Part, answer: dict[str, Any], expected: type) -> None:
    route = "/2/tweets" if part is PART else "/2/dm_conversations/700-900/messages"
    x.post(API + route, **answer)
    with pytest.raises(e.SocialCareError) as caught:
        connect().send(part)
    assert type(caught.value) is expected
    if isinstance(caught.value, e.RateLimited):
        assert caught.value.retry_after_s == 90
    assert len(x.calls) == 1, "a message was sent again blindly"


# --- looking up -----------------------------------------------------------------------------------------------------
def own(identity: str, text: str, parent: str = "61") -> dict[str, Any]:
    return {"id": identity, "text": text, "referenced_tweets": [{"type": "replied_to", "id": parent}]}


def test_a_lost_post_is_found_by_its_words_and_its_parent(x: responses.RequestsMock) -> None:
    seen = "We are on it: https://t.co/abcdefghij &amp; more"
    posts = [own("5", "other words"), own("4", seen, parent="99"), own("3", seen), own("2", seen)]
    x.get(f"{API}/2/users/{US}/tweets", json={"data": posts, "meta": {}})
    found = connect().find_sent(PART, {"2"}.__contains__)
    assert found is not None
    assert found.external_id == "3"
    assert x.calls[0].request.params["start_time"] == "2026-09-01T11:59:00Z"


def test_a_post_that_is_not_there_is_not_found(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/tweets", json={"data": [own("5", "other words")], "meta": {"next_token": "t"}})
    assert connect().find_sent(PART, lambda _: False) is None
    assert len(x.calls) == 3, "the look-up has to end"


def test_a_part_never_tried_is_not_looked_for(x: responses.RequestsMock) -> None:
    assert connect().find_sent(replace(PART, first_attempt_at=None), lambda _: False) is None
    assert len(x.calls) == 0


def test_a_lost_direct_message_is_found_by_sender_words_and_time(x: responses.RequestsMock) -> None:
    def dm(identity: str, sender: str, text: str, minute: int) -> dict[str, Any]:
        sent = NOW + timedelta(minutes=minute)
        return {
            "id": identity,
            "sender_id": sender,
            "text": text,
            "created_at": sent.isoformat(),
            "dm_conversation_id": "700-900",
        }

    events = [dm("5", US, "Hello!", 1), dm("4", ANA, "Hello", 1), dm("3", US, "Hello", 1), dm("2", US, "Hello", -9)]
    x.get(f"{API}/2/dm_conversations/700-900/dm_events", json={"data": events})
    found = connect().find_sent(DM_PART, lambda _: False)
    assert found is not None
    assert (found.external_id, found.thread_id) == ("3", "700-900")
    assert connect().find_sent(DM_PART, {"3"}.__contains__) is None


def test_gone_posts_are_those_x_does_not_find(x: responses.RequestsMock) -> None:
    def problem(identity: str, slug: str) -> dict[str, str]:
        return {"resource_id": identity, "type": f"https://api.x.com/2/problems/{slug}"}

    body = {
        "data": [{"id": "1"}],
        "errors": [problem("2", "resource-not-found"), problem("3", "not-authorized-for-resource")],
    }
    x.get(f"{API}/2/tweets", json=body)
    assert connect().gone(["1", "2", "3"]) == {"2"}
    assert connect().gone([]) == frozenset()
    connect().gone([str(one) for one in range(250)])
    assert [len(call.request.params["ids"].split(",")) for call in x.calls] == [3, 100, 100, 50]


def test_pictures_of_direct_messages_are_fetched_with_our_login(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/dm_conversations/media/11/22/a.jpg", body=b"jpeg", content_type="image/jpeg")
    found = connect().download("https://ton.twitter.com/1.1/ton/data/dm/11/22/a.jpg")
    assert (found.name, found.mime, found.content) == ("a.jpg", "image/jpeg", b"jpeg")
    with pytest.raises(e.Refused):
        connect().download("7_12345")


# --- webhook --------------------------------------------------------------------------------------------------------
def test_subscribing_does_what_is_missing(x: responses.RequestsMock) -> None:
    url = "https://help.example.com/x"
    x.get(f"{API}/2/webhooks", json={"data": [{"id": "8", "url": url, "valid": False}]})
    x.put(f"{API}/2/webhooks/8", json={"data": {}})
    there = [
        {"event_type": "dm.received", "filter": {"user_id": US}, "webhook_id": "8", "subscription_id": "s1"},
        {"event_type": "dm.sent", "filter": {"user_id": US}, "webhook_id": "7", "subscription_id": "s2"},
        {"event_type": "chat.received", "filter": {"user_id": "1"}, "webhook_id": "8", "subscription_id": "s3"},
    ]
    x.get(f"{API}/2/activity/subscriptions", json={"data": there})
    x.put(f"{API}/2/activity/subscriptions/s2", json={"data": {}})
    x.post(f"{API}/2/activity/subscriptions", json={"data": {}})
    private = replace(ACCOUNT, receive=frozenset({"direct_messages"}))
    lines = connect({**OAUTH2, "bearer_token": "app"}, account=private).subscribe(url)
    assert lines == (
        "X was asked to check the address again.",
        "Moved dm.sent to this address.",
        "Subscribed to chat.received.",
    )
    assert x.calls[0].request.headers["Authorization"] == "Bearer app"
    assert sent_json(x.calls[-1]) == {"event_type": "chat.received", "filter": {"user_id": US}, "webhook_id": "8"}


def test_a_refused_kind_does_not_stop_the_others(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/webhooks", json={"data": []})
    x.post(f"{API}/2/webhooks", json={"data": {"id": "8", "valid": True}})
    x.get(f"{API}/2/activity/subscriptions", json={"data": []})
    x.post(f"{API}/2/activity/subscriptions", json={"data": {}})
    x.post(f"{API}/2/activity/subscriptions", status=403, json={})
    x.post(f"{API}/2/activity/subscriptions", json={"data": {}})
    private = replace(ACCOUNT, receive=frozenset({"direct_messages"}))
    lines = connect({**OAUTH2, "bearer_token": "app"}, account=private).subscribe("https://help.example.com/x")
    assert lines[1] == "Subscribed to dm.received."
    assert lines[2].startswith("X refused the subscription to dm.sent")
    assert lines[3] == "Subscribed to chat.received."


def test_a_webhook_needs_the_apps_own_token() -> None:
    with pytest.raises(e.ConfigurationError, match="bearer"):
        connect().subscribe("https://help.example.com/x")


# --- echoes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "parent", "minutes", "expected"),
    [
        ("We are on it: https://t.co/abcdefghij & more", "61", 1, True),
        ("We are on it: https://t.co/abcdefghij & more", "60", 1, False),
        ("We are on it: https://t.co/abcdefghij & more", "61", -5, False),
        ("Something else", "61", 1, False),
    ],
)
def test_our_own_post_is_known_again(text: str, parent: str, minutes: int, expected: bool) -> None:
    event = MessageReceived(
        message_id="99",
        thread=Thread(id="60", audience=Audience.PUBLIC),
        author=Author(id=US),
        text=text,
        parent_id=parent,
        sent_at=NOW + timedelta(minutes=minutes),
    )
    assert CONNECTOR.is_echo_of(PART, event) is expected
    private = replace(event, thread=Thread(id="700-900", audience=Audience.PRIVATE), text="Hello")
    assert CONNECTOR.is_echo_of(DM_PART, private) is (minutes > 0)
    assert CONNECTOR.is_echo_of(replace(DM_PART, target=TARGET), private) is (minutes > 0)
