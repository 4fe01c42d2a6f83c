"""The page to play with: people, posts with their answers, private messages, and forms to act as a customer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.bluesky.state import POST, Record, State
from social_care.sandbox.html import SHOWN, faults_and_time, form, person_field, text_field, time_of, wrap


def render_page(state: State, now: datetime, faults: list[dict[str, Any]]) -> str:
    """Return the page; every text in it is escaped."""
    names = [f"@{user.handle}" for user in state.users.values()]
    first, last = (names[0], names[-1]) if names else ("", "")
    post = form("posts", person_field("user", "As", last) + text_field("Text", 3), "Post")
    message = person_field("from", "From", last) + person_field("to", "To", first) + text_field("Text")
    left = [("Write a post", post), ("Posts", "".join(_post(state, one, last) for one in list(state.newest(POST))[:SHOWN]))]
    right = [
        ("Private messages", _messages(state) + form("dms", message, "Send privately")),
        ("People", _people(state)),
        faults_and_time(faults, "POST /xrpc/com.atproto.repo.createRecord"),
    ]
    return wrap("Bluesky", now, names, left, right)


def _post(state: State, record: Record, last: str) -> str:
    uri = escape(record.uri)
    hidden = f'<input type="hidden" name="reply_to" value="{uri}">'
    answer = form("posts", hidden + person_field("user", "As", last) + text_field("Your answer", 3), "Answer")
    delete = form("posts/delete", f'<input type="hidden" name="uri" value="{uri}">', "Delete", "inline")
    css = "post replies" if "reply" in record.value else "post"
    return (
        f'<div class="{css}">'
        f'<div class="who">{_who(state, record.did)} <span title="{uri}">{time_of(record.at)}</span></div>'
        f'<div class="text">{escape(record.value["text"])}</div>'
        f"<details><summary>Answer, delete</summary>{answer}{delete}</details></div>"
    )


def _who(state: State, did: str) -> str:
    user = state.users[did]
    return f"<b>{escape(user.name)}</b> @{escape(user.handle)}"


def _messages(state: State) -> str:
    parts = []
    for convo in state.convos.values():
        lines = "".join(
            f'<div class="who">{_who(state, one["sender"]["did"])}</div>'
            f'<div class="text">{escape(one.get("text", "(deleted)"))}</div>'
            for one in convo.messages[-SHOWN:]
        )
        parts.append(f'<div class="post">{lines}</div>')
    return "".join(parts)


def _people(state: State) -> str:
    rows = "".join(
        f"<tr><td>{_who(state, user.did)}</td><td class=dim>{user.followers:,} followers</td></tr>"
        for user in state.users.values()
    )
    inner = (
        '<label>Handle</label><input name="handle" required aria-label="Handle">'
        '<label>Name</label><input name="name" aria-label="Name">'
    )
    return f"<table>{rows}</table><details><summary>Add a person</summary>{form('users', inner, 'Add')}</details>"
