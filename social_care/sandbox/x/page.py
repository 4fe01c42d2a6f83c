"""The page to play with: people, posts with their replies, private messages, and forms to act as a customer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.html import SHOWN, faults_and_time, form, person_field, text_field, time_of, wrap
from social_care.sandbox.x.model import DirectMessage, Post, User
from social_care.sandbox.x.state import State


def render_page(state: State, now: datetime, faults: list[dict[str, Any]]) -> str:
    """Return the page; every text in it is escaped."""
    left = [("Write a post", _post_form(state, None)), ("Posts", _posts(state))]
    right = [
        ("Private messages", _messages(state) + _message_form(state)),
        ("People", _people(state) + _user_form()),
        faults_and_time(faults, "POST /2/tweets"),
    ]
    return wrap("X", now, [f"@{user.handle}" for user in state.users.values()], left, right)


def _ends(state: State) -> tuple[str, str]:
    """Return the handles of the first person (the team, as a rule) and the last, "" for nobody."""
    people = [f"@{user.handle}" for user in state.users.values()]
    return (people[0], people[-1]) if people else ("", "")


def _post_form(state: State, target: Post | None) -> str:
    hidden = f'<input type="hidden" name="reply_to" value="{target.id}">' if target else ""
    label = "Your reply" if target else "Text"
    inner = f"{hidden}{person_field('user', 'As', _ends(state)[1])}{text_field(label, 3)}"
    return form("posts", inner, "Reply" if target else "Post")


def _posts(state: State) -> str:
    posts = [post for post, _ in zip(state.newest(), range(SHOWN), strict=False)]
    if not posts:
        return '<p class="dim">No posts yet.</p>'
    children: dict[str, list[Post]] = {}
    first_of = {version: post.history[0] for post in posts for version in post.history}
    roots = []
    for post in reversed(posts):
        parent = first_of.get(post.reply_to_id or "")
        if parent:
            children.setdefault(parent, []).append(post)
        else:
            roots.append(post)
    return "".join(_post(state, post, children, 0) for post in reversed(roots))


def _post(state: State, post: Post, children: dict[str, list[Post]], depth: int) -> str:
    author = state.users[post.author_id]
    notes = [f"edited, version {len(post.history)}"] if len(post.history) > 1 else []
    notes += ["hidden"] if post.hidden else []
    notes += ["quotes " + post.quote_id] if post.quote_id else []
    notes += [f"{len(post.media)} files"] if post.media else []
    answers = children.get(post.history[0], ())
    nested = "".join(_post(state, one, children, depth + 1) for one in answers)
    css = "replies" if depth < 6 else ""
    return (
        f'<div class="post"><div class="who">{_who(author)} <span title="{post.id}">{time_of(post.created_at)}</span> '
        f'{escape(", ".join(notes))}</div><div class="text">{escape(post.full_text)}</div>'
        f"<details><summary>Reply, edit, delete</summary>{_post_form(state, post)}{_edit_form(post)}"
        f"{form(f'posts/{post.id}/delete', '', 'Delete', 'inline')}</details>"
        f'<div class="{css}">{nested}</div></div>'
    )


def _edit_form(post: Post) -> str:
    return form(f"posts/{post.id}/edit", text_field("New text", value=post.text, required=False), "Edit")


def _who(user: User) -> str:
    return f"<b>{escape(user.name)}</b> @{escape(user.handle)}"


def _messages(state: State) -> str:
    messages = list(state.messages.values())[-SHOWN:]
    if not messages:
        return '<p class="dim">No private messages yet.</p>'
    conversations: dict[str, list[DirectMessage]] = {}
    for message in messages:
        conversations.setdefault(message.conversation_id, []).append(message)
    parts = []
    for items in conversations.values():
        lines = "".join(
            f'<div class="who">{_who(state.users[one.sender_id])} {time_of(one.created_at)}</div>'
            f'<div class="text">{escape(one.text)}</div>'
            for one in items
        )
        parts.append(f'<div class="post">{lines}</div>')
    return "".join(parts)


def _message_form(state: State) -> str:
    first, last = _ends(state)
    inner = f"{person_field('from', 'From', last)}{person_field('to', 'To', first)}{text_field('Text')}"
    return form("dms", inner, "Send privately")


def _people(state: State) -> str:
    rows = []
    for user in state.users.values():
        traits = [f"{user.followers:,} followers"]
        traits += ["protected"] if user.protected else []
        traits += [] if user.dms_open else ["closed to strangers' messages"]
        rows.append(f"<tr><td>{_who(user)}</td><td class=dim>{escape(', '.join(traits))}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _user_form() -> str:
    inner = (
        '<label>Handle</label><input name="handle" required maxlength="15" aria-label="Handle">'
        '<label>Name</label><input name="name" aria-label="Name">'
        '<label>Followers</label><input name="followers" type="number" value="100" aria-label="Followers">'
    )
    return f"<details><summary>Add a person</summary>{form('users', inner, 'Add')}</details>"
