"""Reading a Page, writing on it: posts, comments, the fields they have.

Source: https://developers.facebook.com/docs/graph-api/reference/page/feed, .../page/tagged, .../object/comments,
https://developers.facebook.com/docs/pages-api/comments-mentions (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta import problems
from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.fields import Edge, Shape, parse_fields, render, render_list
from social_care.sandbox.meta.problems import Problem, invalid
from social_care.sandbox.pages.model import FACEBOOK, Comment, File, Ours, Person, Post
from social_care.sandbox.pages.news import graph_time, permalink

if TYPE_CHECKING:
    from social_care.sandbox.pages.sandbox import PagesSandbox

PRIVATE_REPLY_WINDOW = timedelta(days=7)
MOST_CHARACTERS = 8_000
READ_PEOPLE = "pages_read_user_content"
"""Without it `from` is left out."""


class Facebook:
    """The Page's side of the API."""

    def __init__(self, server: PagesSandbox) -> None:
        self._server, self.state, self._access = server, server.state, server.access
        self.comment_shape = self._make_comment_shape()
        self.post_shape = self._make_post_shape()
        self.page_shape = self._make_page_shape()
        self.user_shape = Shape(
            name="User", fields={"id": read_id, "name": lambda one, call: one.name}, default=("id", "name")
        )
        for name in self.page_shape.edges:
            if name not in ("conversations", "subscribed_apps"):
                server.route(f"GET /:id/{name}", self._list_of_page)
        server.route("POST /:id/feed", self._post, permission="pages_manage_posts")

    # --- shapes ------------------------------------------------------------------------------------------------
    def _make_page_shape(self) -> Shape:
        posts = {
            "feed": lambda post, page: post.place == page.id,
            "posts": lambda post, page: post.place == page.id and post.author_id == page.id,
            "published_posts": lambda post, page: post.place == page.id and post.author_id == page.id,
            "visitor_posts": lambda post, page: post.place == page.id and post.author_id != page.id,
            "tagged": lambda post, page: post.place != page.id and page.id in post.tags,
        }

        def find(test: Any) -> Any:
            return lambda page, call, arguments: self._newest(test, page, arguments)

        return Shape(
            name="Page",
            fields={
                "id": read_id,
                "name": lambda one, call: one.name,
                "username": lambda one, call: one.username,
                "category": lambda one, call: one.category,
                "link": lambda one, call: f"https://www.facebook.com/{one.username}",
                "instagram_business_account": self._linked,
            },
            edges={name: Edge(find=find(test), shape=lambda: self.post_shape) for name, test in posts.items()},
            default=("name", "id"),
        )

    def _make_post_shape(self) -> Shape:
        return Shape(
            name="Post",
            fields={
                "id": read_id,
                "from": self._author,
                "message": lambda one, call: one.text or None,
                "story": lambda one, call: None,
                "created_time": lambda one, call: graph_time(one.created_at),
                "updated_time": lambda one, call: graph_time(one.updated_at),
                "permalink_url": lambda one, call: permalink(self.state, one),
                "attachments": lambda one, call: {"data": [_attachment(f) for f in one.files]} if one.files else None,
                "message_tags": self._tags,
                "status_type": lambda one, call: "added_photos" if one.files else "mobile_status_update",
                "is_published": lambda one, call: True,
                "can_reply_privately": self.can_reply_privately,
            },
            edges={"comments": Edge(find=self._comments, shape=lambda: self.comment_shape)},
            default=("created_time", "message", "story", "id"),
        )

    def _make_comment_shape(self) -> Shape:
        return Shape(
            name="Comment",
            fields={
                "id": read_id,
                "from": self._author,
                "message": lambda one, call: one.text,
                "message_tags": self._tags,
                "created_time": lambda one, call: graph_time(one.created_at),
                "parent": self._parent,
                "object": lambda one, call: {"id": one.post_id},
                "permalink_url": lambda one, call: permalink(self.state, one),
                "attachment": lambda one, call: _attachment(one.files[0]) if one.files else None,
                "can_reply_privately": self.can_reply_privately,
                "can_comment": lambda one, call: True,
                "can_hide": lambda one, call: one.author_id in self.state.people,
                "can_remove": lambda one, call: self.state.host_of(one) is not None,
                "can_like": lambda one, call: True,
                "is_hidden": lambda one, call: one.hidden,
                "is_private": lambda one, call: False,
                "like_count": lambda one, call: len(one.reactions),
                "user_likes": lambda one, call: call.grant.subject in one.reactions,
                "comment_count": lambda one, call: len(self._replies(one)),
            },
            edges={"comments": Edge(find=self._comments, shape=lambda: self.comment_shape)},
            default=("created_time", "from", "message", "id"),
        )

    # --- fields ------------------------------------------------------------------------------------------------
    def _linked(self, page: Ours, call: Call) -> dict[str, str] | None:
        found = self.state.linked(page.id)
        return {"id": found.id, "username": found.username, "name": found.name} if found else None

    def _author(self, piece: Post | Comment, call: Call) -> dict[str, str] | None:
        if READ_PEOPLE in call.grant.denied and piece.author_id != call.grant.subject:
            return None
        return self.state.name_of(piece.author_id, self._access.page(call))

    def _tags(self, piece: Post | Comment, call: Call) -> list[dict[str, Any]] | None:
        tagged = [self.state.ours[one] for one in sorted(piece.tags)]
        return [
            {"id": one.id, "name": one.name, "type": "page", "offset": 0, "length": len(one.name)} for one in tagged
        ] or None

    def _parent(self, comment: Comment, call: Call) -> dict[str, Any] | None:
        above = self.state.comments.get(comment.parent_id)
        return {"id": above.id, "message": above.text, "created_time": graph_time(above.created_at)} if above else None

    def _replies(self, comment: Comment) -> list[Comment]:
        return [one for one in self.state.comments.values() if one.parent_id == comment.id]

    def can_reply_privately(self, piece: Post | Comment, call: Call) -> bool:
        """Return whether the one private reply is still possible."""
        fresh = self.state.clock() - piece.created_at < PRIVATE_REPLY_WINDOW
        return (
            fresh
            and not piece.private_reply
            and piece.author_id in self.state.people
            and self.state.host_of(piece) is not None
        )

    # --- lists -------------------------------------------------------------------------------------------------
    def _newest(self, test: Any, page: Ours, arguments: Mapping[str, str]) -> list[Post]:
        since, until = read_moment(arguments.get("since", "")), read_moment(arguments.get("until", ""))
        posts = [one for one in self.state.posts.values() if one.network == FACEBOOK and not one.recommendation]
        found = [one for one in posts if test(one, page)]
        found = [one for one in found if (not since or one.created_at >= since) and (not until or one.created_at <= until)]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    def _comments(self, piece: Post | Comment, call: Call, arguments: Mapping[str, str]) -> list[Comment]:
        """Answers to answers stand with the first level's; `stream` gives all levels, `toplevel` (the usual) one."""
        order, kind = arguments.get("order", "chronological"), arguments.get("filter", "toplevel")
        if order not in ("chronological", "reverse_chronological", "ranked") or kind not in ("toplevel", "stream"):
            raise invalid("Param order or filter is not one of its values")
        if isinstance(piece, Comment):
            found = self._replies(piece)
        else:
            found = self.state.below(piece, None if kind == "stream" else "")
        since = read_moment(arguments.get("since", ""))
        found = [one for one in found if not since or one.created_at >= since]
        return found[::-1] if order == "reverse_chronological" else found

    def _list_of_page(self, call: Call) -> Any:
        call.grant.require("pages_read_engagement")
        page = self._access.named(call, FACEBOOK)
        name = call.request.path.rpartition("/")[2]
        if name == "tagged":
            call.grant.require("pages_read_user_content")
        edge = self.page_shape.edges[name]
        return render_list(edge, page, parse_fields(call.text("fields")), read_arguments(call), call, f"{page.id}/{name}")

    def list_comments(self, call: Call, piece: Post | Comment) -> Any:
        """Answer GET /{post or comment}/comments."""
        call.grant.require("pages_read_engagement")
        shape = self.post_shape if isinstance(piece, Post) else self.comment_shape
        asked = parse_fields(call.text("fields"))
        return render_list(shape.edges["comments"], piece, asked, read_arguments(call), call, f"{piece.id}/comments")

    def read(self, call: Call, item: Post | Comment | Ours | Person) -> Any:
        """Answer GET /{id} of a Page, post, comment or the token's own person."""
        shapes = {Post: self.post_shape, Comment: self.comment_shape, Ours: self.page_shape, Person: self.user_shape}
        return render(shapes[type(item)], item, parse_fields(call.text("fields")), call, item.id)

    # --- writing -----------------------------------------------------------------------------------------------
    def _post(self, call: Call) -> Any:
        page = self._access.named(call, FACEBOOK)
        if not call.text("message"):
            raise invalid("Param message is missing")
        return {"id": self.state.add_post(page.id, page.id, call.text("message"), network=FACEBOOK).id}

    def add_comment(self, call: Call, piece: Post | Comment) -> Any:
        """Answer POST /{post or comment}/comments."""
        call.grant.require("pages_manage_engagement")
        page, text = self._access.page(call), call.text("message")
        files = [self._server.keep_file(sent) for sent in call.files.values()]
        if call.text("attachment_url"):
            files.append(self.state.add_file(self._server.base_url, "image"))
        if not text and not files:
            raise invalid("Param message must be non-empty")
        if len(text) > MOST_CHARACTERS:
            raise invalid(f"Length of param message must be less than or equal to {MOST_CHARACTERS}")
        return {"id": self.state.add_comment(page.id, piece, text, files=files).id}

    def update(self, call: Call, piece: Post | Comment) -> Any:
        """Answer POST /{id}: hide or show a customer's comment, change an own text."""
        call.grant.require("pages_manage_engagement")
        page = self._access.page(call)
        if "is_hidden" in call.values and isinstance(piece, Comment):
            if piece.author_id not in self.state.people or self.state.host_of(piece) is not page:
                raise Problem(problems.FORBIDDEN)
            self.state.hide(piece, call.flag("is_hidden"))
        elif "message" in call.values and piece.author_id == page.id:
            self.state.edit(piece, call.text("message"))
        else:
            raise Problem(problems.FORBIDDEN)
        return {"success": True}


def read_id(one: Any, call: Call) -> str:
    """Return an id, as every shape has it."""
    return str(one.id)


def read_arguments(call: Call) -> dict[str, str]:
    """Return a call's parameters as arguments of its list."""
    hidden = ("access_token", "appsecret_proof")
    return {name: str(value) for name, value in call.values.items() if name not in hidden}


def _attachment(one: File) -> dict[str, Any]:
    kind = "photo" if one.kind == "image" else "video_inline" if one.kind == "video" else "file"
    media: dict[str, Any] = {"image": {"src": one.address, "width": 720, "height": 720}}
    if one.kind == "video":
        media["source"] = one.address
    return {"media_type": kind.partition("_")[0], "type": kind, "media": media, "url": one.address}


def read_moment(text: str) -> datetime | None:
    """Return a `since` or `until` (seconds since 1970 or ISO 8601), None for none. Raises: Problem."""
    if not text:
        return None
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), timezone.utc)
        found = datetime.fromisoformat(text.replace("+0000", "+00:00"))
    except (ValueError, OverflowError) as error:
        raise invalid("Param since or until is not a time") from error
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
