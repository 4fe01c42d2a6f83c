"""The calls: token, units, then the method itself.

Source: https://developers.google.com/youtube/v3/docs/commentThreads/list, .../docs/comments (2026-11)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from social_care.sandbox.faults import Faults
from social_care.sandbox.server import Request, Response, Routes, json_response
from social_care.sandbox.youtube.access import Access
from social_care.sandbox.youtube.model import STATUSES, Comment, State
from social_care.sandbox.youtube.objects import channel_resource, comment_resource, thread_resource, video_resource
from social_care.sandbox.youtube.problems import Problem, quota_exceeded

LIST, WRITE = 1, 50
"""Units of a call. Source: https://developers.google.com/youtube/v3/determine_quota_cost (2026-11)"""
LONGEST = 10_000
"""Characters of a comment (not documented)."""
Handler = Callable[[Request, str], Any]


@dataclass(slots=True)
class Api:
    """units: of a day; used: those of today, Pacific Time."""

    state: State
    access: Access
    faults: Faults
    clock: Callable[[], datetime]
    units: int = 10_000
    used: int = 0
    day: str = ""
    routes: Routes = field(default_factory=Routes)

    def __post_init__(self) -> None:
        """Add the routes."""
        calls: tuple[tuple[str, int, Handler], ...] = (
            ("GET channels", LIST, self.channels),
            ("GET videos", LIST, self.videos),
            ("GET commentThreads", LIST, self.threads),
            ("GET comments", LIST, self.comments),
            ("POST comments", WRITE, self.answer),
            ("PUT comments", WRITE, self.edit),
            ("DELETE comments", WRITE, self.delete),
            ("POST comments/setModerationStatus", WRITE, self.moderate),
        )
        for route, units, handler in calls:
            method, _, path = route.partition(" ")
            self.routes.add(f"{method} /youtube/v3/{path}", (units, handler))

    def handle(self, request: Request) -> Response:
        """Answer a call under /youtube/v3."""
        found = self.routes.find(request.method, request.path)
        if found is None:
            return Response(status=404, body=b"Not Found", content_type="text/html")
        (units, handler), _ = found
        with self.state.lock:
            try:
                caller = self.access.identify(request)
                self._count(units)
                body = handler(request, caller)
            except Problem as problem:
                return json_response(problem.status, problem.body)
        return Response(status=204) if body is None else json_response(200, body)

    def _count(self, units: int) -> None:
        today = self.clock().astimezone(ZoneInfo("America/Los_Angeles")).date().isoformat()
        if today != self.day:
            self.day, self.used = today, 0
        if self.used + units > self.units:
            raise quota_exceeded()
        self.used += units

    # --- reading ----------------------------------------------------------------------------------------------------
    def channels(self, request: Request, caller: str) -> Any:
        if request.query.get("mine") != "true":
            raise Problem(400, "missingRequiredParameter", domain="global")
        return {"kind": "youtube#channelListResponse", "items": [channel_resource(self.state.channels[caller])]}

    def videos(self, request: Request, caller: str) -> Any:
        wanted = request.query.get("id", "").split(",")
        shown = [video_resource(self.state.videos[one]) for one in wanted if one in self.state.videos]
        return {"kind": "youtube#videoListResponse", "items": shown, "pageInfo": {"totalResults": len(shown)}}

    def threads(self, request: Request, caller: str) -> Any:
        query = request.query
        status = query.get("moderationStatus", "published")
        if status not in STATUSES[:3]:
            raise Problem(400, "invalidParameter", domain="global")
        tops = [one for one in self.state.comments.values() if not one.parent]
        if "id" in query:
            tops = [one for one in tops if one.id in query["id"].split(",")]
        else:
            owner = query.get("allThreadsRelatedToChannelId") or self._owner(query.get("videoId", ""))
            if owner not in self.state.channels:
                raise Problem(404, "channelNotFound", domain="youtube.commentThread")
            if status != "published" and caller != owner:
                raise Problem(403, "forbidden", domain="youtube.commentThread")
            within = {one.id for one in self.state.videos.values() if one.channel == owner}
            if "videoId" in query:
                within = {query["videoId"]}
            tops = [one for one in tops if one.video in within and one.status == status]
        newest = sorted(tops, key=lambda one: (one.published, one.id), reverse=True)
        chosen, token = self._page(request, newest)
        found = {
            "kind": "youtube#commentThreadListResponse",
            "etag": "e",
            "pageInfo": {"totalResults": len(chosen), "resultsPerPage": _count(query)},
            "items": [thread_resource(self.state, one, caller, query) for one in chosen],
        }
        return found | ({"nextPageToken": token} if token else {})

    def _owner(self, video: str) -> str:
        if video not in self.state.videos:
            raise Problem(404, "videoNotFound", domain="youtube.commentThread")
        if self.state.videos[video].comments_off:
            raise Problem(403, "commentsDisabled", domain="youtube.commentThread")
        return self.state.videos[video].channel

    def comments(self, request: Request, caller: str) -> Any:
        query = request.query
        if "id" in query:
            wanted = query["id"].split(",")
            chosen, token = [self.state.comments[one] for one in wanted if one in self.state.comments], ""
            chosen = [one for one in chosen if one.status != "rejected"]
        else:
            top = self._comment(query.get("parentId", ""), "commentNotFound")
            owner = self.state.videos[top.video].channel
            visible = [one for one in self.state.answers(top.id) if one.status == "published" or caller == owner]
            chosen, token = self._page(request, visible[::-1])
        shown = [comment_resource(self.state, one, caller, query, by_id="id" in query) for one in chosen]
        found = {"kind": "youtube#commentListResponse", "etag": "e", "pageInfo": {"resultsPerPage": _count(query)}}
        return found | {"items": shown} | ({"nextPageToken": token} if token else {})

    def _page(self, request: Request, newest: Sequence[Comment]) -> tuple[list[Comment], str]:
        """Return a page and the token of the next one, which holds the id where this one ends."""
        count, given, start = _count(request.query), request.query.get("pageToken", ""), 0
        if given:
            last = _read_token(given)
            places = [place for place, one in enumerate(newest) if one.id == last]
            if not places:
                raise Problem(400, "invalidPageToken", domain="global")
            start = 0 if self.faults.take("repeat_page", request.target) else places[0] + 1
        chosen = list(newest[start : start + count])
        token = _make_token(chosen[-1].id) if chosen and start + count < len(newest) else ""
        if len(chosen) > 1 and self.faults.take("shuffle", request.target):
            chosen = chosen[1::2] + chosen[::2]
        return chosen, token

    # --- writing ----------------------------------------------------------------------------------------------------
    def answer(self, request: Request, caller: str) -> Any:
        snippet = self._snippet(request)
        if not snippet.get("parentId"):
            raise Problem(400, "parentIdMissing")
        top = self._comment(str(snippet["parentId"]), "parentCommentNotFound")
        if top.parent:
            raise Problem(400, "operationNotSupported")
        video = self.state.videos[top.video]
        if video.comments_off:
            raise Problem(403, "commentsDisabled")
        made = self.state.add_comment(self.state.channels[caller], video, _text(snippet), parent=top.id)
        return comment_resource(self.state, made, caller, {"part": "snippet"})

    def edit(self, request: Request, caller: str) -> Any:
        comment = self._comment(str(request.fields().get("id", "")), "commentNotFound")
        if comment.author != caller:
            raise Problem(403, "forbidden")
        comment.text, comment.updated = _text(self._snippet(request)), self.clock()
        return comment_resource(self.state, comment, caller, {"part": "snippet"})

    def delete(self, request: Request, caller: str) -> Any:
        comment = self._comment(request.query.get("id", ""), "commentNotFound")
        if comment.author != caller:
            raise Problem(403, "forbidden")
        self.state.remove(comment)

    def moderate(self, request: Request, caller: str) -> Any:
        query = request.query
        status, ban = query.get("moderationStatus", ""), query.get("banAuthor") == "true"
        if status not in ("heldForReview", "published", "rejected"):
            raise Problem(400, "operationNotSupported")
        if ban and status != "rejected":
            raise Problem(400, "banWithoutReject")
        comments = [self._comment(one, "commentNotFound") for one in query.get("id", "").split(",")]
        for comment in comments:
            owner = self.state.videos[comment.video].channel
            if owner != caller:
                raise Problem(403, "forbidden")
            comment.status = status
            if ban:
                self.state.banned.add((owner, comment.author))

    def _comment(self, identity: str, reason: str) -> Comment:
        found = self.state.comments.get(identity)
        if found is None or found.status == "rejected":
            raise Problem(404, reason)
        return found

    def _snippet(self, request: Request) -> dict[str, Any]:
        try:
            snippet = request.fields().get("snippet")
        except ValueError as error:
            raise Problem(400, "parseError", domain="global") from error
        return snippet if isinstance(snippet, dict) else {}


def _text(snippet: dict[str, Any]) -> str:
    text = snippet.get("textOriginal")
    if not isinstance(text, str) or not text.strip():
        raise Problem(400, "commentTextRequired")
    if len(text) > LONGEST:
        raise Problem(400, "commentTextTooLong")
    return text


def _count(query: Any) -> int:
    given = query.get("maxResults", "20")
    if not given.isdigit() or not 1 <= int(given) <= 100:
        raise Problem(400, "invalidParameter", domain="global")
    return int(given)


def _make_token(identity: str) -> str:
    return base64.urlsafe_b64encode(f"after {identity}".encode()).decode()


def _read_token(token: str) -> str:
    try:
        word, _, identity = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
    except (binascii.Error, UnicodeError) as error:
        raise Problem(400, "invalidPageToken", domain="global") from error
    if word != "after":
        raise Problem(400, "invalidPageToken", domain="global")
    return identity
