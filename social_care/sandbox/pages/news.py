"""What Meta pushes when something happens on Facebook or Instagram.

Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/page,
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events,
https://developers.facebook.com/docs/instagram-platform/webhooks/examples (2026-11-22).
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from social_care.sandbox.meta.webhooks import Webhooks
from social_care.sandbox.pages.model import FACEBOOK, Comment, Conversation, File, Ours, Person, Post, PrivateMessage
from social_care.sandbox.pages.state import State

EMOJI = {"love": "❤️", "like": "👍", "angry": "😠", "sad": "😢", "wow": "😮", "smile": "😆"}


class News:
    """Turns what happens into webhooks."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    def tell(self, state: State, verb: str, subject: Any, *more: Any) -> None:
        """Push what a change means to whoever hears it; the caller holds the lock."""
        if isinstance(subject, PrivateMessage):
            self._private(state, verb, subject, *more)
            return
        ours = state.host_of(subject)
        if ours is not None and ours.network == FACEBOOK:
            post = subject if isinstance(subject, Post) else state.posts[subject.post_id]
            field, make = ("ratings", rating_value) if post.recommendation else ("feed", feed_value)
            self._webhooks.change("page", ours.id, field, make(state, verb, subject, ours, *more))
        elif ours is not None and verb == "add" and isinstance(subject, Comment):
            live = state.posts[subject.post_id].product == "LIVE"
            self._instagram(ours, "live_comments" if live else "comments", comment_value(state, subject, ours))
        if verb == "add":
            for tagged in subject.tags:
                self._mention(state, subject, state.ours[tagged])

    def _mention(self, state: State, subject: Post | Comment, ours: Ours) -> None:
        if ours.network == FACEBOOK:
            self._webhooks.change("page", ours.id, "mention", mention_value(state, subject, ours))
        elif isinstance(subject, Post):
            self._instagram(ours, "mentions", {"media_id": subject.id})
        elif state.host_of(subject) is not ours:
            self._instagram(ours, "mentions", {"media_id": subject.post_id, "comment_id": subject.id})

    def _instagram(self, ours: Ours, field: str, value: dict[str, Any]) -> None:
        self._webhooks.change("instagram", ours.id, field, value, through=ours.page_id)

    # --- private -----------------------------------------------------------------------------------------------
    def _private(self, state: State, verb: str, message: PrivateMessage, *more: Any) -> None:
        conversation, ours, person = state.talk_of(message)
        own = message.sender_id == ours.id
        facebook = ours.network == FACEBOOK
        if verb == "message":
            body = message_body(message, own, facebook)
            self._item(
                state,
                ours,
                person,
                _field("message_echoes" if own else "messages", facebook),
                conversation,
                own,
                message=body,
            )
            if own and facebook:
                told = {"mids": [message.id], "watermark": milliseconds(state.clock())}
                self._item(state, ours, person, "message_deliveries", conversation, False, delivery=told)
        elif verb == "edit":
            body = {"mid": message.id, "text": message.text, "num_edit": str(message.edits)}
            self._item(
                state, ours, person, "message_edits" if facebook else "message_edit", conversation, own, message_edit=body
            )
        elif verb == "unsend":
            self._item(state, ours, person, "messages", conversation, own, message={"mid": message.id, "is_deleted": True})
        elif verb == "react":
            self._item(
                state, ours, person, "message_reactions", conversation, False, reaction=reaction_body(message, more[0])
            )
        elif verb == "read":
            seen = {"watermark": milliseconds(message.created_at)} if facebook else {"mid": message.id}
            field = "message_reads" if facebook else "messaging_seen"
            self._item(state, ours, person, field, conversation, False, read=seen)
        elif verb == "postback":
            body = {"mid": message.id, "title": message.text, "payload": more[0]}
            self._item(state, ours, person, "messaging_postbacks", conversation, False, postback=body)

    def _item(
        self, state: State, ours: Ours, person: Person, field: str, conversation: Conversation, own: bool, **body: Any
    ) -> None:
        us, them = {"id": ours.id}, {"id": state.scoped_id(person.id, ours)}
        item = {"sender": us if own else them, "recipient": them if own else us, "timestamp": milliseconds(state.clock())}
        product = "page" if ours.network == FACEBOOK else "instagram"
        self._webhooks.message(
            product, ours.id, field, item | body, through=ours.page_id, standby=conversation.standby and "message" in body
        )


def _field(name: str, facebook: bool) -> str:
    """Instagram sends echoes with the field `messages`."""
    return name if facebook else "messages"


def milliseconds(moment: datetime) -> int:
    """Return a moment as private events tell it."""
    return int(moment.timestamp() * 1000)


def graph_time(moment: datetime) -> str:
    """Return a moment as the Graph API writes it: whole seconds, no colon in the zone."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+0000")


def permalink(state: State, piece: Post | Comment) -> str:
    """Return the address of a post or comment."""
    post = piece if isinstance(piece, Post) else state.posts[piece.post_id]
    if post.network != FACEBOOK:
        return f"https://www.instagram.com/p/{post.id}/" + (f"c/{piece.id}/" if piece is not post else "")
    address = f"https://www.facebook.com/{post.place}/posts/{post.id.rpartition('_')[2]}/"
    if isinstance(piece, Post):
        return address
    own, above = piece.id.rpartition("_")[2], piece.parent_id.rpartition("_")[2]
    return address + (f"?comment_id={above}&reply_comment_id={own}" if above else f"?comment_id={own}")


def feed_value(state: State, verb: str, piece: Post | Comment, ours: Ours, *more: Any) -> dict[str, Any]:
    """Return the value of a change of a Page's `feed`."""
    if verb == "react":
        return _reaction_value(state, piece, ours, *more)
    if isinstance(piece, Post):
        return _post_value(state, verb, piece, ours)
    post = state.posts[piece.post_id]
    hiding = verb in ("hide", "unhide")
    value: dict[str, Any] = {
        "from": {"id": ours.id, "name": ours.name} if hiding else state.name_of(piece.author_id, ours),
        "post": {
            "status_type": "mobile_status_update",
            "is_published": True,
            "updated_time": graph_time(post.updated_at),
            "permalink_url": permalink(state, post),
            "promotion_status": "inactive",
            "id": post.id,
        },
        "message": piece.text,
        "post_id": post.id,
        "comment_id": piece.id,
        "created_time": int((piece.created_at if verb == "add" else state.clock()).timestamp()),
        "item": "comment",
        "parent_id": piece.parent_id or post.id,
        "verb": verb,
    }
    if verb == "remove":
        del value["message"]
    for one in piece.files if verb == "add" else ():
        value["photo" if one.kind == "image" else "video"] = one.address
    return value


def _post_value(state: State, verb: str, post: Post, ours: Ours) -> dict[str, Any]:
    visitor = post.author_id != ours.id
    item = post.files[0].kind.replace("image", "photo") if post.files else "post" if visitor else "status"
    value: dict[str, Any] = {
        "from": state.name_of(post.author_id, ours),
        "item": "post" if verb == "remove" else item,
        "post_id": post.id,
        "verb": verb,
        "created_time": int((post.created_at if verb == "add" else state.clock()).timestamp()),
    }
    if verb == "remove":
        return value | {"recipient_id": ours.id}
    if post.files:
        value |= {"link": post.files[0].address, f"{item}_id": post.files[0].id}
    return value | ({"is_hidden": False} if visitor else {"published": 1}) | {"message": post.text}


def _reaction_value(state: State, piece: Post | Comment, ours: Ours, who_id: str, reaction: str) -> dict[str, Any]:
    value = {
        "from": state.name_of(who_id, ours),
        "post_id": piece.id if isinstance(piece, Post) else piece.post_id,
        "created_time": int(state.clock().timestamp()),
        "item": "reaction",
        "parent_id": piece.id if isinstance(piece, Post) else piece.parent_id or piece.post_id,
        "reaction_type": reaction or "like",
        "verb": "add" if reaction else "remove",
    }
    return value | ({"comment_id": piece.id} if isinstance(piece, Comment) else {})


def rating_value(state: State, verb: str, piece: Post | Comment, ours: Ours, *more: Any) -> dict[str, Any]:
    """Return the value of a change of a Page's `ratings`: to a review, or to a comment below one."""
    review = piece if isinstance(piece, Post) else state.posts[piece.post_id]
    verb = "edit" if verb == "edited" else verb
    value: dict[str, Any] = {"verb": verb, "open_graph_story_id": review.id}
    if verb == "react":
        who, reaction = state.name_of(more[0], ours), more[1]
        value |= {"item": "reaction", "verb": "add" if reaction else "remove", "reaction_type": reaction or "like"}
        value |= {"sender_id": who["id"], "sender_name": who["name"], "created_time": int(state.clock().timestamp())}
        return value | ({"comment_id": piece.id} if isinstance(piece, Comment) else {})
    author = state.name_of(piece.author_id, ours)
    value["created_time"] = int(piece.created_at.timestamp())
    if isinstance(piece, Comment):
        value |= {"item": "comment", "comment_id": piece.id, "parent_id": piece.parent_id or review.id}
        return value | {"message": piece.text, "sender_id": author["id"], "sender_name": author["name"]}
    value |= {"item": "rating", "reviewer_id": author["id"], "reviewer_name": author["name"]}
    return value | {"review_text": review.text, "recommendation_type": review.recommendation}


def mention_value(state: State, piece: Post | Comment, ours: Ours) -> dict[str, Any]:
    """Return the value of a change of a Page's `mention`: ids and a name, no words (which fields is unsure)."""
    author = state.name_of(piece.author_id, ours)
    value = {"sender_id": author["id"], "sender_name": author["name"], "verb": "add"}
    value |= {"created_time": int(piece.created_at.timestamp())}  # type: ignore[dict-item]
    if isinstance(piece, Post):
        return value | {"item": "post", "post_id": piece.id}
    return value | {"item": "comment", "post_id": piece.post_id, "comment_id": piece.id}


def comment_value(state: State, comment: Comment, ours: Ours) -> dict[str, Any]:
    """Return the value of an Instagram comment; there are none for edits and removals."""
    post = state.posts[comment.post_id]
    value = {
        "from": state.name_of(comment.author_id, ours),
        "media": {"id": post.id, "media_product_type": post.product},
        "id": comment.id,
        "text": comment.text,
    }
    return value | ({"parent_id": comment.parent_id} if comment.parent_id else {})


def message_body(message: PrivateMessage, own: bool, facebook: bool) -> dict[str, Any]:
    """Return `message` of a private event."""
    body: dict[str, Any] = {"mid": message.id}
    if own:
        body["is_echo"] = True
        if facebook and message.app_id:
            body["app_id"] = int(message.app_id)
        if facebook and message.metadata:
            body["metadata"] = message.metadata
    if message.text:
        body["text"] = message.text
    if message.files:
        body["attachments"] = [_attachment(one) for one in message.files]
    if message.story.get("mention"):
        body["attachments"] = [{"type": "story_mention", "payload": {"url": message.story["url"]}}]
    elif message.story:
        body["reply_to"] = {"story": {"id": message.story["id"], "url": message.story["url"]}}
    elif message.reply_to:
        body["reply_to"] = {"mid": message.reply_to}
    return body


def _attachment(one: File) -> dict[str, Any]:
    return {"type": one.kind, "payload": {"url": one.address}}


def reaction_body(message: PrivateMessage, reaction: str) -> dict[str, Any]:
    """Return `reaction` of a private event, "" for one that was taken back."""
    if not reaction:
        return {"mid": message.id, "action": "unreact"}
    return {"mid": message.id, "action": "react", "reaction": reaction, "emoji": EMOJI.get(reaction, "❤️")}
