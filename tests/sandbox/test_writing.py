"""Posting, hiding, deleting, private messages and files, with the rules of each."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from social_care.sandbox.x import Post, XSandbox
from tests.sandbox.conftest import Caller, World, check_published

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def reply(caller: Caller, target: Post | str, text: str = "we are on it", **more: Any) -> Any:
    target_id = target.id if isinstance(target, Post) else target
    return caller.post("/2/tweets", {"text": text, "reply": {"in_reply_to_tweet_id": target_id, **more}})


# --- posting ----------------------------------------------------------------------------------------------------------
def test_a_post_is_made(x: XSandbox, team: Caller) -> None:
    answer = team.post("/2/tweets", {"text": "Hello from the X API!"})
    assert answer.status_code == 201
    assert set(answer.json()["data"]) == {"id", "text", "edit_history_tweet_ids"}
    (post,) = x.posts_by("northwind")
    assert answer.json()["data"]["id"] == post.id
    assert post.text == "Hello from the X API!"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "  "},
        {"text": 5},
        {"text": "x", "colour": "red"},
        {"text": "x", "reply": {"to": "1"}},
        {"text": "x", "reply": {}},
        {"text": "x", "reply": {"in_reply_to_tweet_id": 17}},
        {"text": "x", "reply_settings": "nobody"},
        {"text": "x", "media": {"media_ids": ["1"]}},
        {"text": "x", "media": {"media_ids": []}},
        {"text": "x", "media": {"media_ids": [{}]}},
        {"text": "half a character: \ud83d"},
        ["text"],
    ],
)
def test_a_wrong_body_is_a_400_and_posts_nothing(x: XSandbox, team: Caller, body: Any) -> None:
    answer = team.post("/2/tweets", body)
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Request"
    assert not x.posts_by("northwind")


def test_a_body_that_is_no_json_is_a_400(team: Caller) -> None:
    assert team("POST", "/2/tweets", data=b"{", headers={"content-type": "application/json"}).status_code == 400


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 403),
        ("語" * 140, 201),
        ("語" * 141, 403),
        ("a" * 256 + " https://example.com/" + "b" * 300, 201),
        ("a" * 257 + " https://example.com/", 403),
    ],
)
def test_the_weighted_length_is_the_limit(team: Caller, text: str, status: int) -> None:
    assert team.post("/2/tweets", {"text": text}).status_code == status


def test_who_pays_may_post_long(x: XSandbox, world: World) -> None:
    x.add_user("premium", long_posts=True)
    caller = world.oauth1(x.state.user("premium"))
    assert caller.post("/2/tweets", {"text": "a" * 25_000}).status_code == 201
    assert caller.post("/2/tweets", {"text": "b" * 25_001}).status_code == 403


def test_the_same_text_twice_is_refused_for_a_day(x: XSandbox, team: Caller) -> None:
    assert team.post("/2/tweets", {"text": "hello"}).status_code == 201
    answer = team.post("/2/tweets", {"text": "hello"})
    assert (answer.status_code, "duplicate content" in answer.json()["detail"]) == (403, True)
    check_published(answer, "error_403_duplicate_content.json")
    assert len(x.posts_by("northwind")) == 1
    x.clock.advance(24 * 3600)
    assert team.post("/2/tweets", {"text": "hello"}).status_code == 201


# --- replies ----------------------------------------------------------------------------------------------------------
def test_a_reply_gets_the_mentions_before_it(world: World, x: XSandbox, team: Caller) -> None:
    target = x.post("ada", "@northwind @ben late")
    data = reply(team, target).json()["data"]
    assert data["text"] == "@ada @ben we are on it"
    (post,) = x.posts_by("northwind")
    assert (post.reply_to_id, post.conversation_id) == (target.id, target.id)
    assert reply(team, target, "only you", exclude_reply_user_ids=[world.ben.id]).json()["data"]["text"] == "@ada only you"
    assert reply(team, target, "@ada typed").json()["data"]["text"] == "@ben @ada typed"
    assert reply(team, target, "bare", auto_populate_reply_metadata=False).json()["data"]["text"] == "bare"


def test_the_mentions_before_a_reply_do_not_count(x: XSandbox, team: Caller) -> None:
    assert reply(team, x.post("ada", "@northwind late"), "a" * 280).status_code == 201


def test_a_reply_to_a_stranger_is_not_summoned(x: XSandbox, team: Caller) -> None:
    answer = reply(team, x.post("ada", "northwind is late again"))
    assert (answer.status_code, "have not been mentioned" in answer.json()["detail"]) == (403, True)
    check_published(answer, "error_403_reply_not_summoned.json")
    assert not x.posts_by("northwind")


def test_mention_quote_reply_and_ones_own_post_summon(x: XSandbox, team: Caller) -> None:
    ours = x.post("northwind", "hello")
    for number, target in enumerate(
        (ours, x.post("ada", "@northwind late"), x.post("ada", "look", quote=ours), x.post("ada", "hm", reply_to=ours))
    ):
        assert reply(team, target, f"answer {number}").status_code == 201


def test_the_implicit_mention_may_be_told_not_to_count(make_world: Callable[..., World]) -> None:
    world = make_world(implicit_mention_counts=False)
    ours = world.sandbox.post("northwind", "hello")
    implicit = world.sandbox.post("ada", "hm", reply_to=ours)
    typed = world.sandbox.post("ada", "hm @northwind", reply_to=ours)
    assert reply(world.oauth1(), implicit).status_code == 403
    assert reply(world.oauth1(), typed).status_code == 201


def test_enterprise_needs_no_summons(make_world: Callable[..., World]) -> None:
    world = make_world(enterprise=True)
    target = world.sandbox.post("ada", "late again")
    assert reply(world.oauth1(), target).status_code == 201
    assert world.oauth1().post("/2/tweets", {"text": "look", "quote_tweet_id": target.id}).status_code == 201


def test_quoting_a_stranger_is_refused(x: XSandbox, team: Caller) -> None:
    stranger, ours = x.post("ada", "late again"), x.post("northwind", "hello")
    assert team.post("/2/tweets", {"text": "look", "quote_tweet_id": stranger.id}).status_code == 403
    assert team.post("/2/tweets", {"text": "look", "quote_tweet_id": "1"}).status_code == 403
    assert team.post("/2/tweets", {"text": "look", "quote_tweet_id": ours.id}).status_code == 201


def test_a_reply_to_what_is_gone_or_hidden_from_us_is_refused(x: XSandbox, team: Caller) -> None:
    target = x.post("ada", "@northwind late")
    x.delete(target)
    answer = reply(team, target)
    assert answer.status_code == 403
    assert "deleted or not visible" in answer.json()["detail"]
    x.add_user("shy", protected=True)
    assert reply(team, x.post("shy", "@northwind psst")).status_code == 403


@pytest.mark.parametrize(
    ("setting", "prepare", "status"),
    [
        ("everyone", lambda x: None, 201),
        ("mentionedUsers", lambda x: None, 403),
        ("following", lambda x: None, 403),
        ("following", lambda x: x.follow("ada", "northwind"), 201),
        ("verified", lambda x: None, 403),
        ("verified", lambda x: setattr(x.state.user("northwind"), "verified", True), 201),
        ("subscribers", lambda x: None, 403),
    ],
)
def test_the_conversations_reply_settings_hold(
    make_world: Callable[..., World], setting: str, prepare: Callable[[XSandbox], Any], status: int
) -> None:
    world = make_world(enterprise=True)
    prepare(world.sandbox)
    root = world.sandbox.post("ada", "my day", reply_settings=setting)
    answer = reply(world.oauth1(), root)
    assert answer.status_code == status
    if status == 403:
        assert "restricted who can reply" in answer.json()["detail"]


def test_who_is_mentioned_in_the_root_may_reply(x: XSandbox, team: Caller) -> None:
    assert reply(team, x.post("ada", "@northwind my day", reply_settings="mentionedUsers")).status_code == 201


# --- deleting and hiding ----------------------------------------------------------------------------------------------
def test_one_deletes_ones_own_posts_only(x: XSandbox, team: Caller) -> None:
    own, other = x.post("northwind", "oops"), x.post("ada", "@northwind late")
    answer = team("DELETE", f"/2/tweets/{own.id}")
    assert answer.json() == {"data": {"deleted": True}}
    check_published(answer, "api_delete_post.json")
    assert team("DELETE", f"/2/tweets/{own.id}").status_code == 404
    assert team("DELETE", f"/2/tweets/{other.id}").status_code == 403
    assert x.posts_by("ada") == [other]


def test_one_hides_replies_in_ones_own_conversation_only(x: XSandbox, team: Caller) -> None:
    ours = x.post("northwind", "hello")
    rude, elsewhere = x.post("ada", "rude", reply_to=ours), x.post("ada", "@northwind rude")
    assert team("PUT", f"/2/tweets/{rude.id}/hidden", json={"hidden": True}).json() == {"data": {"hidden": True}}
    assert x.state.posts[rude.id].hidden
    assert team("PUT", f"/2/tweets/{rude.id}/hidden", json={"hidden": False}).json() == {"data": {"hidden": False}}
    assert team("PUT", f"/2/tweets/{elsewhere.id}/hidden", json={"hidden": True}).status_code == 403
    assert team("PUT", f"/2/tweets/{ours.id}/hidden", json={"hidden": True}).status_code == 403
    assert team("PUT", f"/2/tweets/{rude.id}/hidden", json={}).status_code == 400
    assert team("PUT", "/2/tweets/123/hidden", json={"hidden": True}).status_code == 404


# --- private messages -------------------------------------------------------------------------------------------------
def test_messages_go_out_by_person_and_by_conversation(world: World, x: XSandbox, team: Caller) -> None:
    answer = team.post(f"/2/dm_conversations/with/{world.ada.id}/messages", {"text": "hello"})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert set(data) == {"dm_conversation_id", "dm_event_id"}
    smaller, larger = sorted((int(world.ada.id), int(world.team.id)))
    assert data["dm_conversation_id"] == f"{smaller}-{larger}"
    assert team.post(f"/2/dm_conversations/{data['dm_conversation_id']}/messages", {"text": "again"}).status_code == 201
    assert [message.text for message in x.dms_between("northwind", "ada")] == ["hello", "again"]


def test_closed_messages_open_when_the_person_wrote_first(world: World, x: XSandbox, team: Caller) -> None:
    x.add_user("closed", dms_open=False)
    person = x.state.user("closed")
    path = f"/2/dm_conversations/with/{person.id}/messages"
    answer = team.post(path, {"text": "hello"})
    assert (answer.status_code, "permission to DM" in answer.json()["detail"]) == (403, True)
    check_published(answer, "error_403_dm_not_permitted.json")
    query = {"user__fields": "receives_your_dm"}
    assert team.get(f"/2/users/{person.id}", **query)["data"]["receives_your_dm"] is False
    x.dm("closed", "northwind", "help")
    assert team.get(f"/2/users/{person.id}", **query)["data"]["receives_your_dm"] is True
    assert team.post(path, {"text": "hello"}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "x" * 10_001}, {"text": 5}, {"text": "x", "to": "1"}, {"attachments": [{"media_id": "1"}]}],
)
def test_a_wrong_message_is_a_400(world: World, x: XSandbox, team: Caller, body: dict[str, Any]) -> None:
    assert team.post(f"/2/dm_conversations/with/{world.ada.id}/messages", body).status_code == 400
    assert not x.dms_between("ada", "northwind")


def test_other_peoples_conversations_stay_closed(world: World, team: Caller) -> None:
    conversation = world.sandbox.dm("ada", "ben", "secret").conversation_id
    assert team.post(f"/2/dm_conversations/{conversation}/messages", {"text": "hi"}).status_code == 403
    assert team.get(f"/2/dm_conversations/{conversation}/dm_events") == {"meta": {"result_count": 0}}
    assert team.get("/2/dm_events") == {"meta": {"result_count": 0}}
    assert team.post("/2/dm_conversations/with/99/messages", {"text": "hi"}).status_code == 403


def test_message_events_page_newest_first(world: World, x: XSandbox, team: Caller) -> None:
    made = [x.dm("ada", "northwind", f"number {number}").id for number in range(3)]
    made.append(x.dm("northwind", "ada", "answer").id)
    other = x.dm("ben", "northwind", "me too & more").id
    first = team.get("/2/dm_events", max_results=3)
    assert first["data"][0] == {"id": other, "event_type": "MessageCreate", "text": "me too &amp; more"}
    second = team.get("/2/dm_events", max_results=3, pagination_token=first["meta"]["next_token"])
    seen = [event["id"] for event in first["data"] + second["data"]]
    assert seen == [other, *made[::-1]]
    assert first["meta"]["result_count"] == 3
    one = team.get(f"/2/dm_conversations/with/{world.ada.id}/dm_events", dm_event__fields="sender_id,dm_conversation_id")
    assert [event["id"] for event in one["data"]] == made[::-1]
    assert one["data"][0]["sender_id"] == world.team.id
    same = team.get(f"/2/dm_conversations/{one['data'][0]['dm_conversation_id']}/dm_events")
    assert [event["id"] for event in same["data"]] == made[::-1]


def test_message_events_expand_their_sender(world: World, x: XSandbox, team: Caller) -> None:
    x.dm("ada", "northwind", "hello", media=["photo"])
    body = team.get("/2/dm_events", expansions="sender_id,attachments.media_keys", media__fields="url")
    assert body["data"][0]["sender_id"] == world.ada.id
    assert body["includes"]["users"] == [{"id": world.ada.id, "name": "Ada", "username": "ada"}]
    assert body["includes"]["media"][0]["media_key"] == body["data"][0]["attachments"]["media_keys"][0]


def test_messages_are_kept_for_30_days_and_types_are_checked(x: XSandbox, team: Caller) -> None:
    x.dm("ada", "northwind", "old")
    assert "data" not in team.get("/2/dm_events", event_types="ParticipantsJoin")
    assert team("GET", "/2/dm_events", params={"event_types": "Nonsense"}).status_code == 400
    assert team("GET", "/2/dm_events", params={"since_id": "1"}).status_code == 400
    x.clock.advance(30 * 86400 + 1)
    assert "data" not in team.get("/2/dm_events")


# --- files ------------------------------------------------------------------------------------------------------------
def test_an_image_is_uploaded_and_posted(world: World, x: XSandbox, team: Caller) -> None:
    answer = team("POST", "/2/media/upload", files={"media": ("p.png", PNG)}, data={"media_category": "tweet_image"})
    assert answer.status_code == 200
    media = answer.json()["data"]
    assert media["media_key"].endswith(media["id"])
    assert media["size"] == len(PNG)
    assert team.post("/2/tweets", {"media": {"media_ids": [media["id"]]}}).status_code == 201
    (post,) = x.posts_by("northwind")
    assert x.state.media[post.media[0]].content == PNG
    assert world.oauth1(world.ada).post("/2/tweets", {"text": "x", "media": {"media_ids": [media["id"]]}}).status_code == 400


def test_an_image_as_json_goes_into_a_message(world: World, x: XSandbox, team: Caller) -> None:
    body = {"media": base64.b64encode(PNG).decode(), "media_category": "dm_image", "media_type": "image/png"}
    media = team.post("/2/media/upload", body).json()["data"]
    sent = team.post(f"/2/dm_conversations/with/{world.ada.id}/messages", {"attachments": [{"media_id": media["id"]}]})
    assert sent.status_code == 201
    assert x.dms_between("ada", "northwind")[0].media == (media["id"],)


def test_an_upload_in_parts(team: Caller) -> None:
    start = {"media_type": "video/mp4", "total_bytes": 6, "media_category": "tweet_video"}
    media_id = team.post("/2/media/upload/initialize", start).json()["data"]["id"]
    path = f"/2/media/upload/{media_id}"
    assert team("POST", f"{path}/append", files={"media": b"def"}, data={"segment_index": "1"}).status_code == 200
    assert team.post(f"{path}/finalize", {}).status_code == 400
    assert team("POST", f"{path}/append", files={"media": b"abc"}, data={"segment_index": "0"}).status_code == 200
    assert team.post(f"{path}/finalize", {}).json()["data"]["processing_info"]["state"] == "pending"
    assert team.post("/2/tweets", {"text": "x", "media": {"media_ids": [media_id]}}).status_code == 400
    status = team.get("/2/media/upload", command="STATUS", media_id=media_id)
    assert status["data"]["processing_info"]["state"] == "succeeded"
    assert team.post("/2/tweets", {"text": "x", "media": {"media_ids": [media_id]}}).status_code == 201


def test_a_file_is_described(x: XSandbox, team: Caller) -> None:
    answer = team("POST", "/2/media/upload", files={"media": ("p.png", PNG)}, data={"media_category": "tweet_image"})
    media_id = answer.json()["data"]["id"]
    described = team.post("/2/media/metadata", {"id": media_id, "metadata": {"alt_text": {"text": "a gate"}}})
    assert described.json()["data"]["associated_metadata"] == {"alt_text": {"text": "a gate"}}
    assert x.state.media[media_id].alt == "a gate"
    for wrong in ({"id": media_id}, {"id": media_id, "metadata": {"alt_text": {"text": "a" * 1001}}}):
        assert team.post("/2/media/metadata", wrong).status_code == 400


def test_an_upload_with_commands(x: XSandbox, team: Caller) -> None:
    path = "/2/media/upload"
    start = {"command": "INIT", "media_type": "image/png", "total_bytes": str(len(PNG)), "media_category": "tweet_image"}
    media_id = team("POST", path, files={name: (None, value) for name, value in start.items()}).json()["data"]["id"]
    part = {"command": "APPEND", "media_id": media_id, "segment_index": "0"}
    assert team("POST", path, files={"media": PNG}, data=part).status_code == 200
    done = team("POST", path, files={"command": (None, "FINALIZE"), "media_id": (None, media_id)})
    assert "processing_info" not in done.json()["data"]
    assert x.state.media[media_id].content == PNG


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"media": "%%%"},
        {"media": "eA==", "media_category": "nonsense"},
        {"media": base64.b64encode(b"x" * (5 * 1024 * 1024 + 1)).decode()},
    ],
    ids=["nothing", "no base64", "category", "too large"],
)
def test_a_wrong_upload_is_a_400(team: Caller, body: dict[str, str]) -> None:
    assert team.post("/2/media/upload", body).status_code == 400
