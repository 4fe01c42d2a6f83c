"""The sandbox of YouTube: shapes, rules, units, pages, faults, and what is done by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from social_care.sandbox.youtube import Channel, Comment, Video, YouTubeSandbox
from tests.fakes import StillClock

API = "/youtube/v3/"


class Caller:
    """Calls the sandbox as one channel."""

    def __init__(self, sandbox: YouTubeSandbox, channel: Channel) -> None:
        self.base, self.token = sandbox.base_url, sandbox.credentials(channel).access_token

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return requests.request(method, self.base + API + path, params=query, json=body, headers=headers, timeout=5)

    def items(self, path: str, **query: Any) -> list[Any]:
        answer = self("GET", path, **query)
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["items"]
        return found


class World:
    """A channel with a video, and a viewer."""

    def __init__(self, sandbox: YouTubeSandbox, clock: StillClock) -> None:
        self.sandbox, self.clock = sandbox, clock
        self.team: Channel = sandbox.add_channel("northwind", "Northwind Air")
        self.ada: Channel = sandbox.add_channel("@ada")
        self.video: Video = sandbox.add_video(self.team, "Oslo in the snow")
        self.comment: Comment = sandbox.comment(self.ada, self.video, "At 1:02 <hm>\nwhat?")
        self.us, self.them = Caller(sandbox, self.team), Caller(sandbox, self.ada)


@pytest.fixture
def world() -> Iterator[World]:
    clock = StillClock()
    with YouTubeSandbox(clock) as sandbox:
        yield World(sandbox, clock)


def reason(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def threads(world: World, who: Caller | None = None, **query: Any) -> list[Any]:
    asked = {"part": "snippet,replies", "allThreadsRelatedToChannelId": world.team.id, **query}
    return (who or world.us).items("commentThreads", **asked)


def test_text_is_html_unless_asked_otherwise_and_as_typed_for_its_author(world: World) -> None:
    [one] = threads(world)
    shown = one["snippet"]["topLevelComment"]["snippet"]
    assert "&lt;hm&gt;<br>what?" in shown["textDisplay"]
    assert "t=62" in shown["textDisplay"]
    assert "textOriginal" not in shown
    [plain] = threads(world, world.them, textFormat="plainText")
    own = plain["snippet"]["topLevelComment"]["snippet"]
    assert own["textDisplay"] == own["textOriginal"] == "At 1:02 <hm>\nwhat?"


def test_what_waits_for_a_review_is_for_the_owner(world: World) -> None:
    world.sandbox.moderate(world.comment, "heldForReview")
    assert threads(world) == []
    [held] = threads(world, moderationStatus="heldForReview")
    assert held["snippet"]["topLevelComment"]["snippet"]["moderationStatus"] == "heldForReview"
    asked = {"part": "id", "allThreadsRelatedToChannelId": world.team.id, "moderationStatus": "heldForReview"}
    assert reason(world.them("GET", "commentThreads", **asked)) == (403, "forbidden")
    [alone] = world.us.items("comments", part="snippet", id=world.comment.id)
    assert "moderationStatus" not in alone["snippet"], "it is not told where a comment was asked for by its id"


def test_some_answers_come_along_the_rest_is_listed(world: World) -> None:
    for number in range(12):
        world.sandbox.answer(world.ada, world.comment, str(number))
    [one] = threads(world)
    assert one["snippet"]["totalReplyCount"] == 12
    assert len(one["replies"]["comments"]) == 5
    first = world.us("GET", "comments", part="snippet", parentId=world.comment.id, maxResults=10).json()
    rest = world.us("GET", "comments", part="id", parentId=world.comment.id, maxResults=10, pageToken=first["nextPageToken"])
    assert len({one["id"] for one in first["items"] + rest.json()["items"]}) == 12
    assert "nextPageToken" not in rest.json()


def test_pages_do_not_move_when_something_new_comes(world: World) -> None:
    for number in range(4):
        world.clock.forward(seconds=1)
        world.sandbox.comment(world.ada, world.video, str(number))
    asked = {"part": "id", "allThreadsRelatedToChannelId": world.team.id, "maxResults": 2}
    page = world.us("GET", "commentThreads", **asked).json()
    world.clock.forward(seconds=1)
    world.sandbox.comment(world.ada, world.video, "new")
    second = world.us("GET", "commentThreads", **asked, pageToken=page["nextPageToken"]).json()
    assert not {one["id"] for one in page["items"]} & {one["id"] for one in second["items"]}
    assert reason(world.us("GET", "commentThreads", **asked, pageToken="nonsense")) == (400, "invalidPageToken")
    world.sandbox.fault("repeat_page", "GET /youtube/v3/commentThreads")
    again = world.us("GET", "commentThreads", **asked, pageToken=page["nextPageToken"]).json()
    assert len(again["items"]) == 2
    world.sandbox.fault("shuffle", "GET /youtube/v3/commentThreads")
    mixed = world.us("GET", "commentThreads", **asked | {"maxResults": 100}).json()["items"]
    whole = world.us("GET", "commentThreads", **asked | {"maxResults": 100}).json()["items"]
    assert mixed != whole
    assert len(mixed) == len(whole)


def insert(parent: str, text: Any = "hi") -> dict[str, Any]:
    return {"snippet": {"parentId": parent, "textOriginal": text}}


def test_answers_and_what_stands_against_them(world: World) -> None:
    made = world.us("POST", "comments", insert(world.comment.id), part="snippet").json()
    assert made["snippet"]["parentId"] == world.comment.id
    refusals = [
        (insert(""), (400, "parentIdMissing")),
        (insert("Ugone"), (404, "parentCommentNotFound")),
        (insert(made["id"]), (400, "operationNotSupported")),
        (insert(world.comment.id, " "), (400, "commentTextRequired")),
        (insert(world.comment.id, "x" * 10_001), (400, "commentTextTooLong")),
    ]
    for body, expected in refusals:
        assert reason(world.us("POST", "comments", body, part="snippet")) == expected
    world.video.comments_off = True
    assert reason(world.us("POST", "comments", insert(world.comment.id), part="snippet")) == (403, "commentsDisabled")
    [one] = threads(world)
    assert one["snippet"]["canReply"] is False


def test_editing_and_deleting_are_for_the_author(world: World) -> None:
    body = {"id": world.comment.id, "snippet": {"textOriginal": "new"}}
    assert reason(world.us("PUT", "comments", body, part="snippet")) == (403, "forbidden")
    world.clock.forward(minutes=1)
    edited = world.them("PUT", "comments", body, part="snippet").json()["snippet"]
    assert edited["updatedAt"] > edited["publishedAt"]
    assert reason(world.us("DELETE", "comments", id=world.comment.id)) == (403, "forbidden")
    assert world.them("DELETE", "comments", id=world.comment.id).status_code == 204
    assert reason(world.them("DELETE", "comments", id=world.comment.id)) == (404, "commentNotFound")


def test_moderation(world: World) -> None:
    def moderate(who: Caller, **query: str) -> requests.Response:
        return who("POST", "comments/setModerationStatus", id=world.comment.id, **query)

    assert reason(moderate(world.them, moderationStatus="rejected")) == (403, "forbidden")
    assert reason(moderate(world.us, moderationStatus="likelySpam")) == (400, "operationNotSupported")
    assert reason(moderate(world.us, moderationStatus="published", banAuthor="true")) == (400, "banWithoutReject")
    assert moderate(world.us, moderationStatus="rejected", banAuthor="true").status_code == 204
    assert world.sandbox.comment(world.ada, world.video, "again").status == "rejected"
    assert threads(world) == []


def test_units_of_the_day_and_after_it(world: World) -> None:
    world.sandbox.api.units = 52
    threads(world)
    assert world.us("POST", "comments", insert(world.comment.id), part="snippet").status_code == 200
    threads(world)
    assert world.sandbox.used == 52
    asked = {"part": "id", "allThreadsRelatedToChannelId": world.team.id}
    assert reason(world.us("GET", "commentThreads", **asked)) == (403, "quotaExceeded")
    world.clock.now += timedelta(days=1)
    fresh = Caller(world.sandbox, world.team)
    assert fresh("GET", "commentThreads", **asked).status_code == 200


def test_tokens_end_and_are_renewed(world: World) -> None:
    keys = world.sandbox.credentials(world.team)
    form = {"client_id": keys.client_id, "client_secret": keys.client_secret, "grant_type": "refresh_token"}
    world.sandbox.expire(world.team)
    assert reason(world.us("GET", "channels", part="snippet", mine="true")) == (401, "authError")
    for _ in range(2):  # it may be used again
        found = requests.post(
            f"{world.sandbox.base_url}/token", {**form, "refresh_token": keys.refresh_token}, timeout=5
        ).json()
        assert found["expires_in"] > 3000
        assert "refresh_token" not in found
    world.sandbox.revoke(world.team)
    gone = requests.post(f"{world.sandbox.base_url}/token", form, timeout=5)
    assert (gone.status_code, gone.json()["error"]) == (400, "invalid_grant")


def test_faults_speak_as_youtube_does(world: World) -> None:
    world.sandbox.fault("status", "* /youtube/*", status=403, shape="quotaExceeded")
    assert reason(world.us("GET", "channels", mine="true")) == (403, "quotaExceeded")
    world.sandbox.fault("status", "* /youtube/*", status=503)
    assert reason(world.us("GET", "channels", mine="true")) == (503, "backendError")
    world.sandbox.fault("status", "POST /token", status=500)
    assert requests.post(f"{world.sandbox.base_url}/token", {}, timeout=5).status_code == 500


def test_by_hand(world: World) -> None:
    base = world.sandbox.base_url
    page = requests.get(base, timeout=5).text
    assert "Oslo in the snow" in page
    assert "&lt;hm&gt;" in page

    def act(path: str, **form: str) -> Any:
        answer = requests.post(f"{base}/_sandbox/{path}", json=form, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    ben = act("channels", handle="ben", title="Ben Ward")
    video = act("videos", channel="northwind", title="Bergen")
    made = act("comments", **{"as": ben["handle"]}, video=video["id"], text="hi", status="heldForReview")
    assert act(f"comments/{made['id']}/status", status="published")["status"] == "published"
    assert act(f"comments/{made['id']}/answer", **{"as": "ada"}, text="hello")["parent"] == made["id"]
    assert act(f"comments/{made['id']}/edit", text="ho")["text"] == "ho"
    assert act(f"comments/{made['id']}/like")["likes"] == 1
    assert act(f"comments/{made['id']}/delete") == {"deleted": True}
    assert requests.post(f"{base}/_sandbox/comments/{made['id']}/like", json={}, timeout=5).status_code == 400
    assert requests.get(f"{base}/_sandbox/credentials/northwind", timeout=5).json()["refresh_token"]
    assert act("credentials/northwind/expire") == {"expire": True}
    dump = requests.get(f"{base}/_sandbox/state", timeout=5).json()
    assert {one["handle"] for one in dump["channels"]} == {"northwind", "ada", "ben"}
    act("reset")
    assert requests.get(f"{base}/_sandbox/state", timeout=5).json()["comments"] == []


def test_every_field_is_in_googles_discovery_document(world: World) -> None:
    client = pytest.importorskip("googleapiclient", reason="YouTube against Google's discovery document: SKIPPED")
    path = Path(client.__file__).parent / "discovery_cache/documents/youtube.v3.json"
    schemas = json.loads(path.read_text(encoding="utf-8"))["schemas"]
    world.sandbox.answer(world.ada, world.comment, "more")
    answers = [
        world.us("GET", "commentThreads", part="snippet,replies", allThreadsRelatedToChannelId=world.team.id),
        world.us("GET", "comments", part="snippet", parentId=world.comment.id),
        world.us("POST", "comments", insert(world.comment.id), part="snippet"),
        world.us("GET", "channels", part="snippet", mine="true"),
        world.us("GET", "videos", part="snippet", id=world.video.id),
    ]
    for answer in answers:
        body = answer.json()
        name = body["kind"].removeprefix("youtube#")
        assert unknown(body, name[0].upper() + name[1:], schemas) == []


def unknown(value: Any, schema: str, schemas: Any) -> list[str]:
    """Return the fields of a value that its schema does not have."""
    found = []
    known = schemas[schema]["properties"]
    for field, one in value.items():
        if field not in known:
            found.append(f"{schema}.{field}")
            continue
        inner = known[field].get("$ref") or known[field].get("items", {}).get("$ref")
        for each in one if isinstance(one, list) else [one]:
            if inner and isinstance(each, dict):
                found += unknown(each, inner, schemas)
    return found
