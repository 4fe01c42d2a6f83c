"""Comments and answers to them → events.

Source: https://developers.google.com/youtube/v3/docs/comments, .../docs/commentThreads (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from social_care.connectors.kit.reading import flag, identifier, items, mapping, moment, number, text
from social_care.connectors.youtube.text import bare_handle, first_mention, mentions, to_plain
from social_care.core.events import (
    Audience,
    Author,
    Event,
    Ignored,
    MessageEdited,
    MessageReceived,
    Thread,
    Unknown,
    VisibilityChanged,
)

PUBLISHED, HELD, SPAM, REJECTED = "published", "heldForReview", "likelySpam", "rejected"
UNDER_REVIEW = {
    HELD: "YouTube holds this comment for review: nobody but the channel sees it until somebody approves it.",
    SPAM: "YouTube takes this comment for spam: nobody but the channel sees it until somebody approves it.",
}
NO_ANSWERS = "YouTube says that this channel cannot answer in this thread."
ABOUT_THE_CHANNEL = "It is about the channel, not about a video."
BELOW_A_POST = "It stands below a post of the channel."
WITHOUT_CONTENT = frozenset({"kind", "etag", "id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What surrounds comments, as far as it is known.

    us, handle: our channel's id and handle. plain: `textDisplay` was asked for as plain text (YouTube's default is HTML).
    status: the moderation status that was asked for. titles: of videos, by their id. since: what was written before it is
    told for the others' sake only. parent: whose answers were asked for.
    """

    us: str = ""
    handle: str = ""
    plain: bool = False
    status: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A thread: its first comment's id, what it stands under, and who said what in it.

    people: (handle in small letters, when, comment's id, author's id) of the comments that came together.
    """

    top: str
    video: str = ""
    channel: str = ""
    post: str = ""
    top_author: str = ""
    can_reply: bool | None = None
    people: tuple[tuple[str, datetime, str, str], ...] = ()


def place_of(thread: Mapping[str, Any], scene: Scene) -> Place:
    """Return where the comments of one thread stand."""
    snippet = mapping(thread.get("snippet"))
    first = mapping(snippet.get("topLevelComment"))
    inner = mapping(first.get("snippet"))
    author = read_author(inner)
    return Place(
        top=identifier(first.get("id"), thread.get("id")),
        video=identifier(snippet.get("videoId"), inner.get("videoId")),
        channel=identifier(snippet.get("channelId"), inner.get("channelId")),
        post=identifier(snippet.get("postId"), inner.get("postId")),
        top_author=author.id if author else "",
        can_reply=flag(snippet.get("canReply")),
        people=people_in((first, *answers_in(thread))),
    )


def answers_in(thread: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the answers that came with a thread; there may be more."""
    return [mapping(one) for one in items(mapping(thread.get("replies")).get("comments"))]


def people_in(comments: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, datetime, str, str], ...]:
    """Return who wrote these comments."""
    found = []
    for comment in comments:
        snippet, identity = mapping(comment.get("snippet")), identifier(comment.get("id"))
        author, sent = read_author(snippet), moment(snippet.get("publishedAt"))
        if author and author.handle and sent and identity:
            found.append((author.handle.casefold(), sent, identity, author.id))
    return tuple(found)


def place_alone(comment: Mapping[str, Any], scene: Scene, people: tuple[tuple[str, datetime, str, str], ...] = ()) -> Place:
    """Return where a comment stands that came without its thread; an answer's id begins with that of the first comment."""
    snippet, identity = mapping(comment.get("snippet")), identifier(comment.get("id"))
    top = identifier(snippet.get("parentId"), scene.parent) or identity.partition(".")[0] or identity
    return Place(
        top=top,
        video=identifier(snippet.get("videoId")),
        channel=identifier(snippet.get("channelId")),
        post=identifier(snippet.get("postId")),
        people=people,
    )


def read_author(snippet: Mapping[str, Any]) -> Author | None:
    """Return who wrote a comment, None where nothing says so (a channel that was deleted since)."""
    given = snippet.get("authorChannelId")
    address = text(snippet.get("authorChannelUrl")) or ""
    in_address = address.partition("/channel/")[2].split("/")[0].split("?")[0]
    identity = identifier(mapping(given).get("value"), given, in_address)
    name = (text(snippet.get("authorDisplayName")) or "").strip()
    if not identity and not name:
        return None
    picture = text(snippet.get("authorProfileImageUrl"))
    return Author(id=identity, handle=bare_handle(name) or None, name=name or None, avatar_url=picture or None)


def words_of(snippet: Mapping[str, Any], *, plain: bool) -> str | None:
    """Return the words of a comment: as typed where YouTube tells (to the author only), else as shown; None without any."""
    typed, shown = text(snippet.get("textOriginal")), text(snippet.get("textDisplay"))
    if typed or shown is None:
        return typed
    return shown if plain else to_plain(shown)


def revision_of(snippet: Mapping[str, Any]) -> str:
    """Return what tells the versions apart: the time of the edit, "" for the first."""
    published, updated = moment(snippet.get("publishedAt")), moment(snippet.get("updatedAt"))
    return updated.isoformat(timespec="milliseconds") if published and updated and updated > published else ""


def status_of(comment: Mapping[str, Any], scene: Scene, *, first: bool) -> str:
    """Return a comment's moderation status, "" where nobody told; what was asked for is true of first comments."""
    return text(mapping(comment.get("snippet")).get("moderationStatus")) or (scene.status if first else "")


def read_comment(comment: Mapping[str, Any], place: Place, scene: Scene) -> Event:
    """Return the event of one comment; of one that was rejected only that."""
    identity, snippet = identifier(comment.get("id")), mapping(comment.get("snippet"))
    if not identity or not place.top:
        return Unknown(reason="YouTube sent a comment without an id.")
    if not snippet:
        if set(comment) <= WITHOUT_CONTENT:
            return Ignored(message_id=identity, reason="a comment of which only the id was asked for")
        return Unknown(message_id=identity, reason="YouTube sent a comment without its content.")
    status = status_of(comment, scene, first=identity == place.top)
    if status == REJECTED:
        return VisibilityChanged(message_id=identity, hidden=True)
    return _message(identity, snippet, place, scene, status)


def _message(identity: str, snippet: Mapping[str, Any], place: Place, scene: Scene, status: str) -> MessageReceived:
    author, sent, words = read_author(snippet), moment(snippet.get("publishedAt")), words_of(snippet, plain=scene.plain)
    ours = bool(scene.us) and author is not None and author.id == scene.us
    answer, revision = identity != place.top, revision_of(snippet)
    parent, parent_author = _answered(words or "", sent, place) if answer else ("", "")
    changed = moment(snippet.get("updatedAt")) or sent
    old = scene.since is not None and changed is not None and changed < scene.since
    our_ground = not ours and not old and place.channel in ("", scene.us or place.channel)
    names_us = mentions(words or "", scene.handle) or (bool(scene.us) and parent_author == scene.us)
    kind = MessageEdited if revision else MessageReceived
    return kind(
        message_id=identity,
        revision=revision,
        thread=Thread(id=place.top, audience=Audience.PUBLIC),
        author=author,
        text=words or "",
        kind="comment",
        sent_at=sent,
        addresses_us=not ours and not old and (names_us or (our_ground and not answer)),
        on_our_ground=our_ground,
        parent_id=parent or None,
        parent_author_id=parent_author or None,
        permalink=_permalink(identity, place),
        route=_route(place, author, answer=answer),
        hidden=True if status in UNDER_REVIEW else False if status == PUBLISHED else None,
        notes=() if ours else _notes(snippet, words, place, scene, status),
    )


def _answered(words: str, sent: datetime | None, place: Place) -> tuple[str, str]:
    """Return what an answer answers, and whose that is: the last comment before it of whom it names, else the first one."""
    named = first_mention(words)
    before = [one for one in place.people if named and one[0] == named and (sent is None or one[1] < sent)]
    if before:
        _, _, comment, author = max(before, key=lambda one: (one[1], one[2]))
        return comment, author
    return place.top, "" if named else place.top_author


def _permalink(identity: str, place: Place) -> str | None:
    if place.video:
        return f"https://www.youtube.com/watch?v={quote(place.video, safe='')}&lc={quote(identity, safe='')}"
    return f"https://www.youtube.com/post/{quote(place.post, safe='')}?lc={quote(identity, safe='')}" if place.post else None


def _route(place: Place, author: Author | None, *, answer: bool) -> dict[str, str]:
    """Return what an answer needs: the thread's first comment, and whom to name where it answers an answer."""
    route = {"reply_to": place.top, "handle": (author.handle or "") if author and answer else "", "video": place.video}
    return {name: value for name, value in route.items() if value}


def _notes(snippet: Mapping[str, Any], words: str | None, place: Place, scene: Scene, status: str) -> tuple[str, ...]:
    title, likes = scene.titles.get(place.video, ""), number(snippet.get("likeCount")) or 0
    found = [
        f"Under the video “{title}”." if title else BELOW_A_POST if place.post else "",
        ABOUT_THE_CHANNEL if place.channel and not place.video and not place.post else "",
        UNDER_REVIEW.get(status, ""),
        NO_ANSWERS if place.can_reply is False and status not in UNDER_REVIEW else "",
        f"{likes:,} {'person likes' if likes == 1 else 'people like'} it." if likes > 0 else "",
        "YouTube sent no text with it." if words is None else "",
    ]
    return tuple(filter(None, found))
