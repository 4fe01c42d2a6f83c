"""Channels, videos, threads and comments as the API writes them.

Source: https://developers.google.com/youtube/v3/docs/comments, .../docs/commentThreads (2026-11); field names are checked
against Google's published discovery document.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timezone
from typing import Any

from social_care.sandbox.youtube.model import Channel, Comment, State, Video

EMBEDDED = 5
"""Answers that come with a thread at most (not documented; unsure which ones: here the newest)."""
_TIME = re.compile(r"\b(\d{1,2}):(\d\d)\b")


def channel_resource(channel: Channel) -> dict[str, Any]:
    """Return a channel."""
    snippet = {"title": channel.title, "customUrl": f"@{channel.handle}", "thumbnails": {}}
    return {"kind": "youtube#channel", "etag": "e", "id": channel.id, "snippet": snippet}


def video_resource(video: Video) -> dict[str, Any]:
    """Return a video."""
    return {
        "kind": "youtube#video",
        "etag": "e",
        "id": video.id,
        "snippet": {"channelId": video.channel, "title": video.title},
    }


def comment_resource(state: State, comment: Comment, caller: str, query: Any, *, by_id: bool = False) -> dict[str, Any]:
    """Return a comment as its caller sees it. by_id: asked for by its id, where no status is told."""
    parts = set(query.get("part", "").split(","))
    found: dict[str, Any] = {"kind": "youtube#comment", "etag": "e", "id": comment.id}
    if "snippet" not in parts:
        return found
    video, author = state.videos[comment.video], state.channels[comment.author]
    plain = query.get("textFormat") == "plainText"
    snippet: dict[str, Any] = {
        "channelId": video.channel,
        "videoId": video.id,
        "textDisplay": comment.text if plain else as_html(comment.text, video.id),
        "authorDisplayName": f"@{author.handle}",
        "authorProfileImageUrl": f"https://yt3.ggpht.com/{author.handle}=s48",
        "canRate": True,
        "viewerRating": "none",
        "likeCount": comment.likes,
        "publishedAt": stamp(comment.published),
        "updatedAt": stamp(comment.updated),
    }
    if not author.closed:
        snippet |= {"authorChannelUrl": f"http://www.youtube.com/@{author.handle}", "authorChannelId": {"value": author.id}}
    if caller == author.id:
        snippet["textOriginal"] = comment.text
    if comment.parent:
        snippet["parentId"] = comment.parent
    if caller == video.channel and not by_id:
        snippet["moderationStatus"] = comment.status
    return found | {"snippet": snippet}


def thread_resource(state: State, top: Comment, caller: str, query: Any) -> dict[str, Any]:
    """Return a thread with some of its answers."""
    parts = set(query.get("part", "").split(","))
    found: dict[str, Any] = {"kind": "youtube#commentThread", "etag": "e", "id": top.id}
    video = state.videos[top.video]
    answers = [one for one in state.answers(top.id) if one.status == "published" or caller == video.channel]
    if "snippet" in parts:
        found["snippet"] = {
            "channelId": video.channel,
            "videoId": video.id,
            "topLevelComment": comment_resource(state, top, caller, query),
            "canReply": not video.comments_off,
            "totalReplyCount": len(answers),
            "isPublic": top.status == "published",
        }
    if "replies" in parts and answers:
        newest = answers[::-1][:EMBEDDED]
        found["replies"] = {
            "comments": [comment_resource(state, one, caller, {**query, "part": "snippet"}) for one in newest]
        }
    return found


def as_html(text: str, video: str) -> str:
    """Return a text as `textDisplay` shows it: escaped, with line breaks and links to moments of the video."""

    def link(found: re.Match[str]) -> str:
        seconds = int(found.group(1)) * 60 + int(found.group(2))
        return f'<a href="https://www.youtube.com/watch?v={video}&amp;t={seconds}">{found.group()}</a>'

    return _TIME.sub(link, html.escape(text)).replace("\n", "<br>")


def stamp(when: datetime) -> str:
    """Return a moment as the API writes it."""
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
