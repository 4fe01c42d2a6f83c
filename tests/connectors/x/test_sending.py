"""Answering on X: parts, files, lost answers, echoes. The network is a double; nothing sleeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
import urllib3.exceptions

from social_care.core import errors as e
from social_care.core.events import Audience, Author, MessageReceived, Thread
from social_care.core.replies import Part, Upload
from tests.connectors.x.office import ANA, API, DM_PART, DM_TARGET, NOW, PART, TARGET, US, connect, sent_json
from tests.connectors.x.reading import CONNECTOR


# --- sending ----------------------------------------------------------------------------------------------------------
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


VIDEO = Upload(name="gate.mp4", mime="video/mp4", size=3, reference="f1", alt="the gate")


def upload_answers(x: responses.RequestsMock, **finalized: Any) -> None:
    x.post(f"{API}/2/media/upload/initialize", json={"data": {"id": "31"}})
    x.post(f"{API}/2/media/upload/31/append", json={"data": {"expires_at": 1}})
    x.post(f"{API}/2/media/metadata", json={"data": {}})
    x.post(f"{API}/2/media/upload/31/finalize", json={"data": {"id": "31", **finalized}})


@pytest.mark.parametrize("part", [PART, DM_PART], ids=["public", "private"])
def test_a_video_goes_in_segments_and_is_waited_for_across_attempts(
    x: responses.RequestsMock, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("social_care.connectors.x.uploads.SEGMENT", 4)
    upload_answers(x, processing_info={"state": "pending", "check_after_secs": 7})
    with pytest.raises(e.Retryable) as caught:
        connect().send(replace(part, media=(VIDEO,)))
    assert (caught.value.retry_after_s, caught.value.progress) == (7, {"uploaded": "31"})
    category = "tweet_video" if part is PART else "dm_video"
    assert sent_json(x.calls[0]) == {"media_category": category, "media_type": "video/mp4", "total_bytes": 10}
    segments = [call.request.body for call in x.calls if str(call.request.url).endswith("/append")]
    assert [[piece in one for piece in (b"pict", b"ure:", b"f1")].index(True) for one in segments] == [0, 1, 2]

    route = "/2/tweets" if part is PART else "/2/dm_conversations/700-900/messages"
    x.get(f"{API}/2/media/upload", json={"data": {"id": "31", "processing_info": {"state": "succeeded"}}})
    x.post(API + route, status=201, json={"data": {"id": "77", "dm_event_id": "77"}})
    before = len(x.calls)
    connect().send(replace(part, media=(VIDEO,), progress={"uploaded": "31"}))
    assert x.calls[before].request.params == {"command": "STATUS", "media_id": "31"}
    assert len(x.calls) == before + 2, "it was uploaded a second time"
    named = sent_json(x.calls[-1])
    assert (named["media"] if part is PART else named["attachments"]) in ({"media_ids": ["31"]}, [{"media_id": "31"}])


def test_a_video_that_x_no_longer_has_is_uploaded_anew(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/media/upload", status=404)
    upload_answers(x)
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "77"}})
    connect().send(replace(PART, media=(VIDEO,), progress={"uploaded": "29"}))
    assert sent_json(x.calls[-1])["media"] == {"media_ids": ["31"]}


def test_a_video_that_x_cannot_use_is_refused_and_nothing_is_posted(x: responses.RequestsMock) -> None:
    upload_answers(x, processing_info={"state": "failed", "error": {"code": 1, "name": "InvalidMedia"}})
    with pytest.raises(e.Refused, match=r"gate\.mp4"):
        connect().send(replace(PART, media=(VIDEO,)))


def test_a_moving_picture_is_named_as_one(x: responses.RequestsMock) -> None:
    upload_answers(x)
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "77"}})
    connect().send(replace(PART, media=(replace(VIDEO, name="a.gif", mime="image/gif"),)))
    assert sent_json(x.calls[0])["media_category"] == "tweet_gif"


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


# --- looking up -------------------------------------------------------------------------------------------------------
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


# --- echoes -----------------------------------------------------------------------------------------------------------
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
