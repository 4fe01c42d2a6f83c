"""Answers of YouTube's API → events.

What polling stores is an answer of `commentThreads.list` with two additions: all answers of a thread stand in its
`replies`, and under `ENVELOPE` stands what was asked and what the threads do not tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from social_care.connectors.kit.reading import EPOCH, identifier, items, load_json, mapping, moment, number, text
from social_care.connectors.youtube.comments import (
    Scene,
    answers_in,
    people_in,
    place_alone,
    place_of,
    read_author,
    read_comment,
)
from social_care.connectors.youtube.errors import classify
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, Ignored, Unknown

ENVELOPE = "socialCare"
THREADS = frozenset({"youtube#commentThreadListResponse", "youtube#commentThread"})
PUSHED = b"http://www.youtube.com/xml/schemas/2015"
"""Source: https://developers.google.com/youtube/v3/guides/push_notifications (read 2026-11)."""
COMMENTS = frozenset({"youtube#commentListResponse", "youtube#comment"})
Dated = tuple[datetime, Event]


def parse_body(body: bytes, *, us: str) -> tuple[Event, ...]:
    """Return every event of a stored body, oldest first. Raises: UnreadablePayload."""
    if body.lstrip().startswith(b"<") and PUSHED in body:
        return (Ignored(reason="YouTube's push of a video; comments are not pushed"),)
    return parse_value(load_json(body), Scene(us=us))


def parse_value(value: object, scene: Scene) -> tuple[Event, ...]:
    """Return every event of an answer, oldest first. Raises: UnreadablePayload."""
    if not isinstance(value, dict):
        raise UnreadablePayload("This is no answer of YouTube.")
    if "error" in value:
        error = classify(number(mapping(value.get("error")).get("code")) or 400, {}, value)
        return (CallFailed(error=error),) if error else (Unknown(reason="YouTube sent an error that says nothing."),)
    scene = with_envelope(value, scene)
    kind, entries = text(value.get("kind")) or "", value.get("items")
    single = kind in ("youtube#comment", "youtube#commentThread") or (entries is None and "snippet" in value)
    if not single and entries is None and "pageInfo" in value:
        entries = []  # Google leaves empty lists out
    if not single and (not isinstance(entries, list) or (kind not in THREADS | COMMENTS and kind.startswith("youtube#"))):
        if kind.startswith("youtube#"):
            return (Ignored(reason=f"an answer that brings no comments: {kind[8:60]}"),)
        raise UnreadablePayload("This is no answer of YouTube that we know.")
    found = list(_read_all([value] if single else items(entries), kind, scene))
    found.sort(key=lambda dated: dated[0])
    events = tuple(event for _, event in found)
    return events or (Ignored(reason="an answer without comments"),)


def with_envelope(value: Mapping[str, Any], scene: Scene) -> Scene:
    """Return a scene with what we noted beside an answer when we stored it."""
    told = mapping(value.get(ENVELOPE))
    if not told:
        return scene
    titles = mapping(told.get("videos"))
    return replace(
        scene,
        handle=text(told.get("handle")) or "",
        plain=told.get("textFormat") == "plainText",
        status=text(told.get("moderationStatus")) or "",
        titles={key: title for key, one in titles.items() if (title := text(one))},
        since=moment(told.get("since")),
    )


def _read_all(entries: list[Any], kind: str, scene: Scene) -> Iterator[Dated]:
    scene = replace(scene, handle=scene.handle or _our_handle(entries, scene.us))
    alone = people_in(mapping(one) for one in entries) if kind in COMMENTS else ()
    for entry in map(mapping, reversed(entries)):  # lists are sorted from new to old, to the second
        snippet = mapping(entry.get("snippet"))
        if "topLevelComment" in snippet or "replies" in entry or _kind_of(entry, kind) in THREADS:
            yield from _read_thread(entry, scene)
        elif _kind_of(entry, kind) in COMMENTS or "textDisplay" in snippet or "textOriginal" in snippet:
            yield _dated(entry, read_comment(entry, place_alone(entry, scene, alone), scene))
        else:
            identity = identifier(entry.get("id"))
            yield EPOCH, Unknown(message_id=identity, reason="YouTube listed something that is no comment.")


def _kind_of(entry: Mapping[str, Any], kind: str) -> str:
    return text(entry.get("kind")) or kind


def _read_thread(thread: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    place = place_of(thread, scene)
    first = mapping(mapping(thread.get("snippet")).get("topLevelComment"))
    if first or not answers_in(thread):
        comment = {"id": place.top, **first} if first else {key: one for key, one in thread.items() if key != "snippet"}
        yield _dated(first, read_comment(comment, place, scene))
    for answer in answers_in(thread):
        yield _dated(answer, read_comment(answer, place, scene))


def _dated(comment: Mapping[str, Any], event: Event) -> Dated:
    return moment(mapping(comment.get("snippet")).get("publishedAt")) or EPOCH, event


def _our_handle(entries: list[Any], us: str) -> str:
    """Return our handle as a comment of ours tells it, "" without one."""
    for entry in map(mapping, entries):
        first = mapping(mapping(entry.get("snippet")).get("topLevelComment"))
        for comment in (entry, first, *answers_in(entry)):
            author = read_author(mapping(comment.get("snippet")))
            if us and author and author.id == us and author.handle:
                return author.handle
    return ""


def own_id_in(value: object) -> str:
    """Return our channel's id as an answer names it: our own channel, or the one under whose videos all comments stand."""
    body = mapping(value)
    entries = [mapping(one) for one in items(body.get("items"))]
    if text(body.get("kind")) == "youtube#channelListResponse":
        return identifier(entries[0].get("id")) if entries else ""
    channels = {identifier(mapping(one.get("snippet")).get("channelId")) for one in entries} if entries else set()
    return channels.pop() if len(channels) == 1 and text(body.get("kind")) in THREADS else ""
