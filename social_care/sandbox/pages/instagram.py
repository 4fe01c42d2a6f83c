"""Reading an Instagram account and answering on it, through either login.

Source: https://developers.facebook.com/docs/instagram-platform/reference/instagram-user, .../instagram-media,
.../instagram-comment, https://developers.facebook.com/docs/instagram-platform/comment-moderation (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta import problems
from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.fields import Edge, Shape, parse_fields, render, render_list
from social_care.sandbox.meta.problems import Problem, invalid
from social_care.sandbox.pages.facebook import read_arguments, read_id
from social_care.sandbox.pages.model import INSTAGRAM, Comment, Ours, Post
from social_care.sandbox.pages.news import graph_time, permalink

if TYPE_CHECKING:
    from social_care.sandbox.pages.sandbox import PagesSandbox

MOST_CHARACTERS = 2_200
COMMENTS = "instagram_manage_comments"


class Instagram:
    """The account's side of the API."""

    def __init__(self, server: PagesSandbox) -> None:
        self.state, self._access = server.state, server.access
        self.comment_shape = self._make_comment_shape()
        self.media_shape = self._make_media_shape()
        self.user_shape = self._make_user_shape()
        for name in self.user_shape.edges:
            server.route(f"GET /:id/{name}", self._list_of_account, INSTAGRAM)
        server.route("GET /:id/replies", self._list_replies, INSTAGRAM)
        server.route("POST /:id/replies", self._reply, INSTAGRAM)
        server.route("POST /:id/mentions", self._answer_mention, INSTAGRAM)

    # --- shapes ------------------------------------------------------------------------------------------------
    def _make_user_shape(self) -> Shape:
        def own(account: Ours, call: Call, arguments: Mapping[str, str]) -> list[Post]:
            return self._newest(lambda post: post.place == account.id and post.product != "STORY")

        def tagged(account: Ours, call: Call, arguments: Mapping[str, str]) -> list[Post]:
            return self._newest(lambda post: post.place != account.id and account.id in post.tags)

        return Shape(
            name="IGUser",
            fields={
                "id": lambda one, call: one.app_scoped_id if call.grant.kind == INSTAGRAM else one.id,
                "user_id": lambda one, call: one.id if call.grant.kind == INSTAGRAM else None,
                "username": lambda one, call: one.username,
                "name": lambda one, call: one.name,
                "account_type": lambda one, call: "BUSINESS",
                "media_count": lambda one, call: len(own(one, call, {})),
            },
            edges={
                name: Edge(find=find, shape=lambda: self.media_shape) for name, find in (("media", own), ("tags", tagged))
            },
            default=("id",),
        )

    def _make_media_shape(self) -> Shape:
        return Shape(
            name="IGMedia",
            fields={
                "id": read_id,
                "caption": lambda one, call: one.text or None,
                "permalink": lambda one, call: permalink(self.state, one),
                "timestamp": lambda one, call: graph_time(one.created_at),
                "username": lambda one, call: self._name(one.author_id)["username"],
                "media_type": lambda one, call: "VIDEO" if one.files and one.files[0].kind == "video" else "IMAGE",
                "media_url": lambda one, call: one.files[0].address if one.files else None,
                "media_product_type": lambda one, call: one.product,
                "owner": lambda one, call: {"id": one.author_id} if one.author_id in self.state.ours else None,
                "comments_count": lambda one, call: len(self.state.below(one)),
                "like_count": lambda one, call: len(one.reactions),
            },
            edges={"comments": Edge(find=self._comments, shape=lambda: self.comment_shape, size=25, most=50)},
            default=("id",),
        )

    def _make_comment_shape(self) -> Shape:
        return Shape(
            name="IGComment",
            fields={
                "id": read_id,
                "text": lambda one, call: one.text,
                "timestamp": lambda one, call: graph_time(one.created_at),
                "username": lambda one, call: self._name(one.author_id)["username"],
                "from": lambda one, call: self.state.name_of(one.author_id, self._access.instagram(call)),
                "parent_id": lambda one, call: one.parent_id or None,
                "media": self._media_of,
                "hidden": lambda one, call: one.hidden,
                "like_count": lambda one, call: len(one.reactions),
            },
            edges={"replies": Edge(find=self._replies, shape=lambda: self.comment_shape, most=50)},
            default=("timestamp", "text", "id"),
        )

    def _media_of(self, comment: Comment, call: Call) -> dict[str, str]:
        return {"id": comment.post_id} | self._name(self.state.posts[comment.post_id].author_id)

    def _name(self, author_id: str) -> dict[str, str]:
        return {"username": self.state.who(author_id).username}

    # --- lists -------------------------------------------------------------------------------------------------
    def _newest(self, test: Any) -> list[Post]:
        found = [one for one in self.state.posts.values() if one.network == INSTAGRAM and test(one)]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    def _comments(self, post: Post, call: Call, arguments: Mapping[str, str]) -> list[Comment]:
        """Newest first; those of people who are banned here stay."""
        return self.state.below(post, "")[::-1]

    def _replies(self, comment: Comment, call: Call, arguments: Mapping[str, str]) -> list[Comment]:
        return [one for one in self.state.comments.values() if one.parent_id == comment.id]

    def _list_of_account(self, call: Call) -> Any:
        account = self._access.named(call, INSTAGRAM)
        name = call.request.path.rpartition("/")[2]
        asked = parse_fields(call.text("fields"))
        return render_list(self.user_shape.edges[name], account, asked, read_arguments(call), call, f"{account.id}/{name}")

    def list_comments(self, call: Call, post: Post) -> Any:
        """Answer GET /{media}/comments."""
        call.grant.require(COMMENTS)
        asked = parse_fields(call.text("fields"))
        return render_list(
            self.media_shape.edges["comments"], post, asked, read_arguments(call), call, f"{post.id}/comments"
        )

    def _list_replies(self, call: Call) -> Any:
        call.grant.require(COMMENTS)
        comment = self._comment(call)
        asked = parse_fields(call.text("fields"))
        return render_list(
            self.comment_shape.edges["replies"], comment, asked, read_arguments(call), call, f"{comment.id}/replies"
        )

    def read(self, call: Call, item: Post | Comment | Ours) -> Any:
        """Answer GET /{id} of an account, media or comment."""
        shapes = {Post: self.media_shape, Comment: self.comment_shape, Ours: self.user_shape}
        return render(shapes[type(item)], item, parse_fields(call.text("fields")), call, item.id)

    # --- writing -----------------------------------------------------------------------------------------------
    def _comment(self, call: Call) -> Comment:
        found = self._access.thing(call)
        if not isinstance(found, Comment) or "_" in found.id:
            raise self._access.missing(call)
        return found

    def _text(self, call: Call) -> str:
        call.grant.require(COMMENTS)
        text = call.text("message")
        if not text or len(text) > MOST_CHARACTERS:
            raise invalid(f"Param message must have 1 to {MOST_CHARACTERS} characters")
        return text

    def _reply(self, call: Call) -> Any:
        """An answer to an answer goes to the first level; hidden and live comments cannot be answered.

        Source: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment/replies.
        """
        comment, text = self._comment(call), self._text(call)
        live = self.state.posts[comment.post_id].product == "LIVE"
        if comment.hidden or live or self.state.host_of(comment) is not self._access.instagram(call):
            raise invalid("Unsupported comment: hidden and live comments cannot be answered")
        return {"id": self.state.add_comment(self._access.instagram(call).id, comment, text).id}

    def add_comment(self, call: Call, post: Post) -> Any:
        """Answer POST /{media}/comments."""
        return {"id": self.state.add_comment(self._access.instagram(call).id, post, self._text(call)).id}

    def _answer_mention(self, call: Call) -> Any:
        """Source: .../instagram-api-with-facebook-login/mentions."""
        account, text = self._access.named(call, INSTAGRAM), self._text(call)
        target = self._access.thing(call, call.text("comment_id") or call.text("media_id"))
        if not isinstance(target, Post | Comment):
            raise self._access.missing(call)
        return {"id": self.state.add_comment(account.id, target, text).id}

    def update(self, call: Call, piece: Post | Comment) -> Any:
        """Answer POST /{comment}: hide or show it."""
        call.grant.require(COMMENTS)
        if not isinstance(piece, Comment) or "hide" not in call.values:
            raise invalid("Param hide is missing")
        if self.state.host_of(piece) is not self._access.instagram(call) or piece.author_id in self.state.ours:
            raise Problem(problems.FORBIDDEN)
        self.state.hide(piece, call.flag("hide"))
        return {"success": True}
