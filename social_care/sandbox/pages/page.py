"""The page to play with: posts with their comments, private messages, and forms to act as a customer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.html import SHOWN, faults_and_time, form, person_field, text_field, time_of, wrap
from social_care.sandbox.pages.model import FACEBOOK, Comment, Conversation, Post
from social_care.sandbox.pages.state import State


def render_page(state: State, now: datetime, faults: list[dict[str, Any]]) -> str:
    """Return the page; every text in it is escaped."""
    names = [*(one.username for one in state.ours.values()), *(one.username for one in state.people.values())]
    left = [("Write a post", _post_form(state)), ("Posts", _posts(state))]
    right = [
        ("Private messages", _talks(state) + _message_form(state)),
        ("Who there is", _people(state) + _person_form()),
        ("Webhook", _webhook_form(state)),
        faults_and_time(faults, "POST *messages"),
    ]
    return wrap("Facebook and Instagram", now, names, left, right)


def _customer(state: State) -> str:
    return next((one.username for one in reversed(state.people.values())), "")


def _ours(state: State, network: str = FACEBOOK) -> str:
    return next((one.username for one in state.ours.values() if one.network == network), "")


def _post_form(state: State) -> str:
    inner = (
        person_field("as", "As", _customer(state)) + person_field("on", "On the Page", _ours(state)) + text_field("Text", 3)
    )
    return form("posts", inner, "Post")


def _posts(state: State) -> str:
    posts = list(state.posts.values())[-SHOWN:][::-1]
    return "".join(_post(state, one) for one in posts) or '<p class="dim">No posts yet.</p>'


def _post(state: State, post: Post) -> str:
    comments = "".join(_comment(state, one) for one in state.below(post, ""))
    return f'<div class="post">{_piece(state, post, post.network)}<div class="replies">{comments}</div></div>'


def _comment(state: State, comment: Comment) -> str:
    below = [one for one in state.comments.values() if one.parent_id == comment.id]
    nested = "".join(f'<div class="post">{_piece(state, one, "")}</div>' for one in below)
    return f'<div class="post">{_piece(state, comment, "")}<div class="replies">{nested}</div></div>'


def _piece(state: State, piece: Post | Comment, network: str) -> str:
    who = state.who(piece.author_id)
    notes = [network] if network else []
    notes += ["hidden"] if isinstance(piece, Comment) and piece.hidden else []
    notes += ["answered privately"] if piece.private_reply else []
    notes += [f"{len(piece.files)} files"] if piece.files else []
    answer = (
        f'<input type="hidden" name="below" value="{piece.id}">'
        + person_field("as", "As", _customer(state))
        + text_field("Text")
    )
    change = form(f"things/{piece.id}/edit", text_field("New text", value=piece.text, required=False), "Edit")
    return (
        f'<div class="who"><b>{escape(who.name)}</b> <span title="{piece.id}">{time_of(piece.created_at)}</span> '
        f'{escape(", ".join(notes))}</div><div class="text">{escape(piece.text)}</div>'
        f"<details><summary>Comment, edit, delete</summary>{form('comments', answer, 'Comment')}{change}"
        f"{form(f'things/{piece.id}/delete', '', 'Delete', 'inline')}</details>"
    )


def _talks(state: State) -> str:
    talks = [one for one in state.conversations.values() if one.messages][-SHOWN:]
    return "".join(_talk(state, one) for one in talks) or '<p class="dim">No private messages yet.</p>'


def _talk(state: State, talk: Conversation) -> str:
    lines = "".join(
        f'<div class="who"><b>{escape(state.who(one.sender_id).name)}</b> {time_of(one.created_at)}</div>'
        f'<div class="text">{"(taken back)" if one.deleted else escape(one.text)}</div>'
        for one in talk.messages
    )
    return f'<div class="post"><div class="dim">with {escape(state.ours[talk.ours_id].username)}</div>{lines}</div>'


def _message_form(state: State) -> str:
    inner = person_field("from", "From", _customer(state)) + person_field("to", "To", _ours(state)) + text_field("Text")
    return form("messages", inner, "Send privately")


def _people(state: State) -> str:
    rows = [(one.name, f"{one.username}, our {one.network}, id {one.id}") for one in state.ours.values()]
    rows += [(one.name, one.username) for one in state.people.values()]
    cells = "".join(f"<tr><td><b>{escape(name)}</b></td><td class=dim>{escape(told)}</td></tr>" for name, told in rows)
    return f"<table>{cells}</table>"


def _person_form() -> str:
    inner = '<label>Name</label><input name="name" required aria-label="Name">'
    return f"<details><summary>Add a person</summary>{form('people', inner, 'Add')}</details>"


def _webhook_form(state: State) -> str:
    inner = (
        person_field("ours", "Account", _ours(state))
        + '<label>Address</label><input name="url" required aria-label="Address">'
        + '<label>Verify token</label><input name="verify_token" required aria-label="Verify token">'
    )
    return f"<details><summary>Push news to an address</summary>{form('connect', inner, 'Subscribe')}</details>"
