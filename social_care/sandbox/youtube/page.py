"""The page to play with: videos with their comments, and forms to act as a customer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.html import SHOWN, faults_and_time, form, person_field, text_field, time_of, wrap
from social_care.sandbox.youtube.model import STATUSES, Comment, State, Video


def render_page(state: State, now: datetime, used: str, faults: list[dict[str, Any]]) -> str:
    """Return the page; every text in it is escaped."""
    left = [(escape(video.title), _video(state, video)) for video in state.videos.values()]
    right = [
        ("Units", f"<p>{escape(used)} are used today (Pacific Time).</p>"),
        ("Channels", _channels(state)),
        faults_and_time(faults, "POST /youtube/v3/comments"),
    ]
    return wrap("YouTube", now, [f"@{one.handle}" for one in state.channels.values()], left, right)


def _last(state: State) -> str:
    return next((f"@{one.handle}" for one in reversed(state.channels.values())), "")


def _video(state: State, video: Video) -> str:
    tops = [one for one in state.comments.values() if one.video == video.id and not one.parent][-SHOWN:]
    hidden = f'<input type="hidden" name="video" value="{escape(video.id)}">'
    inner = f"{hidden}{person_field('as', 'As', _last(state))}{text_field('Comment')}{_status_field()}"
    return "".join(_thread(state, one) for one in reversed(tops)) + form("comments", inner, "Comment")


def _thread(state: State, top: Comment) -> str:
    answers = "".join(_comment(state, one) for one in state.answers(top.id))
    inner = f"{person_field('as', 'As', _last(state))}{text_field('Answer')}"
    answer = f"<details><summary>Answer</summary>{form(f'comments/{top.id}/answer', inner, 'Answer')}</details>"
    return f'{_comment(state, top)}<div class="replies">{answers}{answer}</div>'


def _comment(state: State, comment: Comment) -> str:
    author = state.channels[comment.author]
    notes = [*(["edited"] if comment.updated > comment.published else []), f"{comment.likes} likes"]
    notes += [comment.status] if comment.status != "published" else []
    at = f"comments/{comment.id}"
    return (
        f'<div class="post"><div class="who"><b>{escape(author.title)}</b> @{escape(author.handle)} '
        f'<span title="{escape(comment.id)}">{time_of(comment.published)}</span> {escape(", ".join(notes))}</div>'
        f'<div class="text">{escape(comment.text)}</div><details><summary>Edit, like, delete, moderate</summary>'
        f"{form(f'{at}/edit', text_field('New text', value=comment.text), 'Edit')}{form(f'{at}/like', '', 'Like', 'inline')}"
        f"{form(f'{at}/status', _status_field(), 'Set')}{form(f'{at}/delete', '', 'Delete', 'inline')}</details></div>"
    )


def _status_field() -> str:
    choice = "".join(f"<option>{one}</option>" for one in STATUSES)
    return f'<label>Status</label><select name="status" aria-label="Status">{choice}</select>'


def _channels(state: State) -> str:
    rows = "".join(f"<tr><td><b>{escape(one.title)}</b> @{escape(one.handle)}</td></tr>" for one in state.channels.values())
    inner = (
        '<label>Handle</label><input name="handle" required aria-label="Handle">'
        '<label>Title</label><input name="title" aria-label="Title">'
    )
    video = (
        person_field("channel", "Channel", next((f"@{one.handle}" for one in state.channels.values()), ""))
        + '<label>Title</label><input name="title" required aria-label="Title">'
    )
    return (
        f"<table>{rows}</table><details><summary>Add a channel</summary>{form('channels', inner, 'Add')}</details>"
        f"<details><summary>Publish a video</summary>{form('videos', video, 'Publish')}</details>"
    )
