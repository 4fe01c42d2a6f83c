"""Calls to the Graph API: signed, timed, throttled before Meta does it; cursors, sending, lost answers. No network."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
import urllib3.exceptions

from social_care.connectors.facebook.client import FacebookConnection
from social_care.connectors.facebook.parse import parse_body
from social_care.connectors.meta.graph import appsecret_proof
from social_care.connectors.registry import load
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.payloads import Payload, Source
from social_care.core.replies import Part, Upload
from tests.connectors.meta.calls import NOW, make_comment, make_part, sent

API = "https://graph.facebook.com/v25.0"
PAGE, ANA = "900", "700"
SECRETS = {"access_token": "SECRET-token", "client_id": "77", "client_secret": "SECRET-app"}
ACCOUNT = Account(name="Northwind", platform="facebook", external_id=PAGE, handle="northwind")
COMMENT = make_comment("5_1", "900_5", ANA, reply_to="5_1")
MESSAGE = replace(
    COMMENT, audience=Audience.PRIVATE, thread_id=ANA, message_id="m_1", kind="direct_message", route={"person": ANA}
)
PART = make_part(COMMENT, "We are on it")
DM = replace(PART, audience=Audience.PRIVATE, target=MESSAGE)
PRIVATE_REPLY = replace(PART, audience=Audience.PRIVATE)
WINDOW_CLOSED = {"error": {"code": 10, "error_subcode": 2018278, "message": "zu spät"}}


def connect(account: Account = ACCOUNT, credentials: dict[str, str] | None = None) -> FacebookConnection:
    return FacebookConnection(
        account, dict(credentials or SECRETS), lambda _: None, lambda upload: b"file", clock=lambda: NOW
    )


# --- every call -----------------------------------------------------------------------------------------------------
def test_every_request_is_timed_signed_and_bears_its_token_in_the_header(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/me", json={"id": PAGE, "name": "N"})
    graph.get(f"{API}/{PAGE}/subscribed_apps", json={"data": []})
    for path in ("feed", "conversations"):
        graph.get(f"{API}/{PAGE}/{path}", json={"data": []})
    graph.get(f"{API}/5_1/comments", json={"data": []})
    graph.post(f"{API}/5_1/comments", json={"id": "5_9"})
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_9", "recipient_id": ANA})
    connection = connect()
    connection.check()
    connection.fetch("mentions", "")
    connection.fetch("direct_messages", "")
    connection.find_sent(PART, lambda _: False)
    connection.find_sent(DM, lambda _: False)
    connection.send(PART)
    connection.send(DM)
    assert len(graph.calls) == 8
    for call in graph.calls:
        assert all(call.request.req_kwargs["timeout"]), "it may hang for ever"
        assert call.request.headers["Authorization"] == "Bearer SECRET-token"
        assert "SECRET" not in call.request.url
        assert call.request.params["appsecret_proof"] == appsecret_proof("SECRET-app", "SECRET-token")


def test_the_version_is_a_setting() -> None:
    with pytest.raises(e.ConfigurationError):
        connect(replace(ACCOUNT, options={"graph_version": "../x"}))
    with responses.RequestsMock() as graph:
        graph.get("https://graph.facebook.com/v26.0/900/conversations", json={"data": []})
        connect(replace(ACCOUNT, options={"facebook_graph_version": "v26.0"})).fetch("direct_messages", "")


def test_no_secret_is_in_logs_errors_or_kept_bodies(graph: responses.RequestsMock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    next_page = "https://graph.facebook.com/v25.0/x?access_token=SECRET-token&appsecret_proof=SECRET&limit=2&after=B"
    listed = {"id": "t_1", "messages": {"data": [{"id": "m_1"}], "paging": {"next": next_page}}}
    graph.get(f"{API}/{PAGE}/conversations", json={"data": [listed], "paging": {"next": next_page}})
    graph.post(f"{API}/5_1/comments", body=requests.ConnectionError("reset by SECRET-peer"))
    page = connect().fetch("direct_messages", "")
    assert b"SECRET" not in page.body
    assert json.loads(page.body) == {"data": [{"id": "t_1", "messages": {"data": [{"id": "m_1"}]}}]}
    assert "SECRET" not in page.cursor
    with pytest.raises(e.OutcomeUnknown) as caught:
        connect().send(PART)
    assert "SECRET" not in caplog.text + str(caught.value)


def test_a_redirect_is_not_followed(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/me", status=302, headers={"location": "https://evil.example/"})
    with pytest.raises(e.Retryable):
        connect().check()
    assert len(graph.calls) == 1


def test_reading_pauses_before_meta_throttles(graph: responses.RequestsMock) -> None:
    usage = {"900": [{"type": "messenger", "call_count": 92, "estimated_time_to_regain_access": 0}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    graph.get(f"{API}/{PAGE}/conversations", json={"data": []}, headers=headers)
    graph.post(f"{API}/5_1/comments", json={"id": "5_9"})
    connection = connect()
    connection.fetch("direct_messages", "")
    with pytest.raises(e.RateLimited) as caught:
        connection.fetch("direct_messages", "")
    assert caught.value.retry_after_s == 300
    assert connection.send(PART).external_id == "5_9", "an answer to a customer does not wait for that"
    patient = connect(replace(ACCOUNT, options={"usage_threshold": "95"}))
    patient.fetch("direct_messages", "")
    patient.fetch("direct_messages", "")


# --- who we are -----------------------------------------------------------------------------------------------------
def test_check_says_which_page_and_what_is_missing(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/me", json={"id": "901", "name": "N", "username": "n"}, headers={"x-app-usage": '{"call_count": 3}'})
    graph.get(f"{API}/901/subscribed_apps", json={"data": [{"subscribed_fields": ["feed", "messages"]}]})
    found = connect().check()
    assert (found.account_id, found.handle, found.limits) == ("901", "n", ("calls: 3 % of the limit used",))
    assert len(found.problems) == 2
    assert "mention" in found.problems[1]


def test_the_token_of_a_person_is_refused(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/me", status=400, json={"error": {"code": 100}})
    graph.get(f"{API}/me", json={"id": ANA})
    with pytest.raises(e.ConfigurationError, match="Page itself"):
        connect().check()


def test_a_wrong_app_secret_is_told_from_the_token_of_a_person(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/me", status=400, json={"error": {"code": 100, "message": "Invalid appsecret_proof"}})
    with pytest.raises(e.ConfigurationError, match="app secret"):
        connect().check()
    graph.replace("GET", f"{API}/me", status=403, json={"error": {"code": 200}})
    with pytest.raises(e.SocialCareError) as caught:
        connect().check()
    assert "app secret" not in str(caught.value), "another refusal keeps its own reason"


# --- polling --------------------------------------------------------------------------------------------------------
def stamp(hours: float) -> str:
    return f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}+0000"


def comments(*pairs: tuple[str, float], after: str = "") -> dict[str, Any]:
    listed = [{"id": identity, "message": "m", "created_time": stamp(hours)} for identity, hours in pairs]
    paging = {"cursors": {"after": after}, **({"next": "https://x"} if after else {})}
    return {"data": listed, "paging": paging}


def test_a_visit_reads_feed_comments_and_tags_to_the_end(graph: responses.RequestsMock) -> None:
    post = {"id": "900_5", "created_time": stamp(3), "comments": comments(("5_2", 1), after="c1")}
    old = {"id": "900_4", "created_time": stamp(24 * 30), "comments": comments(("4_1", 24 * 29), after="c9")}
    graph.get(f"{API}/{PAGE}/feed", json={"data": [post, old], "paging": {"cursors": {"after": "f1"}, "next": "https://x"}})
    graph.get(f"{API}/{PAGE}/tagged", status=403, json={"error": {"code": 10}})
    story, person = {"id": "900_7"}, {"id": "31", "name": "Ada"}
    review = {"created_time": stamp(2), "review_text": "Late", "reviewer": person, "open_graph_story": story}
    graph.get(f"{API}/{PAGE}/ratings", json={"data": [review]})
    graph.get(f"{API}/900_5", json={"id": "900_5", "comments": comments(("5_1", 200), after="c2")})
    cursor, visited, found = "", 0, []
    while True:
        page = connect().fetch("mentions", cursor)
        cursor, visited = page.cursor, visited + 1
        found += parse_body(page.body, feed="mentions", us=PAGE) if page.count else []
        if not page.more:
            break
    assert visited == 4, "the feed, the tags (a permission is missing: no reason to stop), reviews, the other comments"
    assert [(one.message_id, one.text) for one in found if getattr(one, "kind", "") == "review"] == [("900_7", "Late")]
    assert ".after(c1)" in graph.calls[-1].request.params["fields"]
    assert json.loads(cursor) == {"since": int(NOW.timestamp()), "first": int(NOW.timestamp()) - 86_400}


def test_a_token_that_ran_out_begins_its_list_again(graph: responses.RequestsMock) -> None:
    url = f"{API}/{PAGE}/conversations"
    graph.get(url, status=400, json={"error": {"code": 100}})
    graph.get(url, json={"data": []})
    cursor = json.dumps({"since": 1, "started": 2, "steps": [["conversations", "", "old"]]})
    first = connect().fetch("direct_messages", cursor)
    assert (first.more, first.count, first.body) == (True, 0, b"")
    assert not connect().fetch("direct_messages", first.cursor).more
    assert "after" not in graph.calls[1].request.params


def test_what_was_polled_can_be_parsed(graph: responses.RequestsMock) -> None:
    node = {"id": "m_1", "created_time": stamp(1), "from": {"id": ANA}, "to": {"data": [{"id": PAGE}]}, "message": "Hi"}
    graph.get(f"{API}/{PAGE}/conversations", json={"data": [{"id": "t_1", "messages": {"data": [node]}}]})
    page = connect().fetch("direct_messages", "")
    payload = Payload(
        platform="facebook",
        account="Northwind",
        account_id=PAGE,
        feed="direct_messages",
        body=page.body,
        source=Source.POLL,
        received_at=NOW,
    )
    (event,) = load("facebook").parse(payload)
    assert (event.message_id, page.count) == ("m_1", 1)


# --- sending --------------------------------------------------------------------------------------------------------
def test_a_comment_is_answered_below_its_parent(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/5_0/comments", json={"id": "5_9"})
    below = replace(PART, target=replace(COMMENT, route={"reply_to": "5_0"}))
    found = connect().send(below)
    assert (found.external_id, found.permalink) == ("5_9", "https://www.facebook.com/900/posts/5/?comment_id=9")
    assert sent(graph.calls[0]) == {"message": "We are on it"}


def test_a_picture_goes_with_the_comment(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/5_1/comments", json={"id": "5_9"})
    upload = Upload(name="a.png", mime="image/png", size=4, reference="r")
    connect().send(replace(PART, media=(upload,)))
    assert b'filename="a.png"' in graph.calls[0].request.body
    assert b"We are on it" in graph.calls[0].request.body


def test_a_message_is_sent_with_a_mark_to_know_it_by(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_9", "recipient_id": ANA})
    assert connect().send(DM).thread_id == ANA
    assert sent(graph.calls[0]) == {
        "recipient": {"id": ANA},
        "messaging_type": "RESPONSE",
        "message": {"text": "We are on it", "metadata": "social_care:17"},
    }


def test_a_file_is_a_message_of_its_own(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_9"})
    upload = Upload(name="a.pdf", mime="application/pdf", size=4, reference="r")
    connect().send(replace(DM, text="", media=(upload,)))
    content = graph.calls[0].request.body
    assert b'"type": "file"' in content
    assert b"filedata" in content


def test_a_private_reply_names_the_comment_and_is_tried_once(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_9", "recipient_id": "701"})
    assert connect().send(PRIVATE_REPLY).thread_id == "701"
    assert sent(graph.calls[0])["recipient"] == {"comment_id": "5_1"}
    assert "messaging_type" not in sent(graph.calls[0])
    visitor = replace(PRIVATE_REPLY, target=replace(COMMENT, kind="post", message_id="900_6"))
    connect().send(visitor)
    assert sent(graph.calls[1])["recipient"] == {"post_id": "900_6"}
    with pytest.raises(e.Refused):
        connect().send(replace(PRIVATE_REPLY, index=2, of=2))
    assert len(graph.calls) == 2


HUMAN = replace(ACCOUNT, options={"human_agent": "1"})


def test_a_persons_answer_goes_with_the_human_agent_tag_after_a_day(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{PAGE}/messages", status=400, json=WINDOW_CLOSED)
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_9"})
    assert connect(HUMAN).send(DM).external_id == "m_9"
    assert sent(graph.calls[1])["messaging_type"] == "MESSAGE_TAG"
    assert sent(graph.calls[1])["tag"] == "HUMAN_AGENT"


@pytest.mark.parametrize(
    ("account", "part"),
    [
        (ACCOUNT, DM),
        (HUMAN, replace(DM, automatic=True)),
        (HUMAN, replace(DM, target=replace(MESSAGE, sent_at=NOW - timedelta(days=8)))),
    ],
)
def test_nothing_else_goes_with_that_tag(graph: responses.RequestsMock, account: Account, part: Part) -> None:
    graph.post(f"{API}/{PAGE}/messages", status=400, json=WINDOW_CLOSED)
    with pytest.raises(e.WindowClosed):
        connect(account).send(part)
    assert len(graph.calls) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"body": requests.ConnectionError("reset")}, e.OutcomeUnknown),
        ({"body": requests.ReadTimeout()}, e.OutcomeUnknown),
        ({"body": requests.ConnectTimeout()}, e.Retryable),
        ({"body": requests.ConnectionError(urllib3.exceptions.NewConnectionError(None, "x"))}, e.Retryable),  # type: ignore[arg-type]
        ({"status": 500, "json": {"error": {"code": 2, "is_transient": True}}}, e.OutcomeUnknown),
        ({"status": 400, "json": {"error": {"code": 1}}}, e.OutcomeUnknown),
        ({"status": 400, "json": {"error": {"code": 100, "error_subcode": 1545133}}}, e.OutcomeUnknown),
        ({"status": 502, "body": "<html>"}, e.OutcomeUnknown),
        ({"status": 200, "body": "<html>"}, e.OutcomeUnknown),
        ({"status": 200, "json": {}}, e.OutcomeUnknown),
        ({"status": 400, "json": {"error": {"code": 613}}}, e.RateLimited),
        ({"status": 400, "json": {"error": {"code": 10900}}}, e.PrivateReplyUsed),
        ({"status": 400, "json": {"error": {"code": 190}}}, e.AccountNeedsLogin),
    ],
)
def test_what_becomes_of_a_send(graph: responses.RequestsMock, answer: dict[str, Any], expected: type) -> None:
    for part, url in (
        (PART, f"{API}/5_1/comments"),
        (PRIVATE_REPLY, f"{API}/{PAGE}/messages"),
        (DM, f"{API}/{PAGE}/messages"),
    ):
        graph.post(url, **answer)
        with pytest.raises(e.SocialCareError) as caught:
            connect().send(part)
        assert type(caught.value) is expected
    assert len(graph.calls) == 3, "something was sent twice"


# --- looking up -----------------------------------------------------------------------------------------------------
def test_our_comment_is_found_again(graph: responses.RequestsMock) -> None:
    def node(identity: str, who: str, words: str, hours: float) -> dict[str, Any]:
        return {"id": identity, "from": {"id": who}, "message": words, "created_time": stamp(hours)}

    listed = [
        node("5_4", ANA, "We are on it", 0),
        node("5_5", PAGE, "Other words", 0),
        node("5_6", PAGE, "We are on it", 5),
        node("5_7", PAGE, "We are on it", 0),
    ]
    graph.get(f"{API}/5_1/comments", json={"data": listed})
    found = connect().find_sent(PART, lambda _: False)
    assert found is not None
    assert found.external_id == "5_7"
    assert connect().find_sent(PART, lambda identity: identity == "5_7") is None
    assert connect().find_sent(replace(PART, first_attempt_at=None), lambda _: False) is None


def conversation(person: str, identity: str) -> dict[str, Any]:
    mine = {"id": identity, "from": {"id": PAGE}, "to": {"data": [{"id": person}]}, "message": "We are on it"}
    return {"id": f"t_{person}", "messages": {"data": [mine | {"created_time": stamp(0)}]}}


@pytest.mark.parametrize("part", [DM, PRIVATE_REPLY])
def test_our_message_is_found_again(graph: responses.RequestsMock, part: Part) -> None:
    graph.get(f"{API}/5_1", json={"id": "5_1", "can_reply_privately": False})
    graph.get(f"{API}/{PAGE}/conversations", json={"data": [conversation("701", "m_9")]})
    found = connect().find_sent(part, lambda _: False)
    assert found is not None
    assert (found.external_id, found.thread_id) == ("m_9", "701")
    assert ("user_id" in graph.calls[-1].request.params) is (part is DM)


def test_a_private_reply_that_is_still_possible_was_not_sent(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/5_1", json={"id": "5_1", "can_reply_privately": True})
    assert connect().find_sent(PRIVATE_REPLY, lambda _: False) is None
    assert len(graph.calls) == 1


def test_the_same_words_to_two_people_settle_nothing(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/5_1", status=400, json={"error": {"code": 100, "error_subcode": 33}})  # deleted meanwhile
    graph.get(f"{API}/{PAGE}/conversations", json={"data": [conversation("701", "m_8"), conversation("702", "m_9")]})
    assert connect().find_sent(PRIVATE_REPLY, lambda _: False) is None
    found = connect().find_sent(PRIVATE_REPLY, lambda identity: identity == "m_8")
    assert found is not None
    assert found.thread_id == "702"


def test_gone_comments(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/5_1", json={"id": "5_1"})
    graph.get(f"{API}/5_2", status=400, json={"error": {"code": 100, "error_subcode": 33}})
    assert connect().gone(["5_1", "5_2", "m_1", "../x_1"]) == {"5_2"}


# --- webhook --------------------------------------------------------------------------------------------------------
def test_a_page_that_meta_unsubscribed_is_subscribed_again(graph: responses.RequestsMock) -> None:
    url = f"{API}/{PAGE}/subscribed_apps"
    graph.get(url, json={"data": [{"id": "77", "subscribed_fields": ["leadgen"]}]})
    graph.post(url, status=400, json={"error": {"code": 100}})
    graph.post(url, json={"success": True})
    lines = connect().subscribe("https://help.example/hook")
    assert "leadgen" in lines[0], "what others subscribed has to stay"
    assert "message_edits" not in lines[0], "a field that this version does not know stopped the others"
    assert "https://help.example/hook" in lines[1]


def test_a_download_has_limits(graph: responses.RequestsMock) -> None:
    call: Callable[[str], Any] = connect().download
    for reference in ("123", "http://127.0.0.1/x", "file:///etc/passwd"):
        with pytest.raises(e.Refused):
            call(reference)


def test_the_first_list_has_to_be_readable(graph: responses.RequestsMock) -> None:
    graph.get(f"{API}/{PAGE}/feed", status=403, json={"error": {"code": 10}})
    with pytest.raises(e.ConfigurationError):
        connect().fetch("mentions", "")
