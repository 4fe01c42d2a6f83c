"""Private messages of Messenger and Instagram: reading them, sending them within Meta's windows, profiles.

Source: https://developers.facebook.com/docs/messenger-platform/reference/send-api,
https://developers.facebook.com/docs/messenger-platform/conversations,
https://developers.facebook.com/docs/messenger-platform/discovery/private-replies,
https://developers.facebook.com/docs/messenger-platform/identity/user-profile (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta import problems
from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.fields import Edge, Shape, parse_fields, render, render_list
from social_care.sandbox.meta.problems import Problem, invalid
from social_care.sandbox.pages import refusals
from social_care.sandbox.pages.facebook import PRIVATE_REPLY_WINDOW, read_arguments, read_id
from social_care.sandbox.pages.fetching import fetch
from social_care.sandbox.pages.model import (
    FACEBOOK,
    INSTAGRAM,
    Comment,
    Conversation,
    File,
    Ours,
    Person,
    Post,
    PrivateMessage,
)
from social_care.sandbox.pages.news import graph_time

if TYPE_CHECKING:
    from social_care.sandbox.pages.sandbox import PagesSandbox

WINDOW, HUMAN_WINDOW = timedelta(hours=24), timedelta(days=7)
MOST_CHARACTERS, MOST_BYTES = 2_000, 1_000
PERMISSIONS = {FACEBOOK: "pages_messaging", INSTAGRAM: "instagram_manage_messages"}
ACTIONS = frozenset({"typing_on", "typing_off", "mark_seen"})


class Messaging:
    """The private side of the API."""

    def __init__(self, server: PagesSandbox) -> None:
        self._server, self.state, self._access = server, server.state, server.access
        self.message_shape = self._make_message_shape()
        self.conversation_shape = self._make_conversation_shape()
        usage = server.access.network_of
        server.route("GET /:id/conversations", self._list, usage)
        server.route("GET /:id/messages", self._list_messages, usage)
        server.route("POST /:id/messages", self._send, usage)

    # --- reading -----------------------------------------------------------------------------------------------
    def _make_conversation_shape(self) -> Shape:
        def messages(talk: Conversation, call: Call, arguments: Mapping[str, str]) -> list[PrivateMessage]:
            return [one for one in talk.messages if not one.deleted][::-1]

        return Shape(
            name="UnifiedThread",
            fields={
                "id": read_id,
                "updated_time": lambda one, call: graph_time(one.updated_at),
                "participants": lambda one, call: {"data": [self._told(one, who) for who in (one.person_id, one.ours_id)]},
                "message_count": lambda one, call: len(one.messages),
                "unread_count": lambda one, call: 0,
                "snippet": lambda one, call: one.messages[-1].text if one.messages else None,
                "can_reply": lambda one, call: self._within(one, WINDOW),
            },
            edges={"messages": Edge(find=messages, shape=lambda: self.message_shape)},
            default=("id", "updated_time"),
        )

    def _make_message_shape(self) -> Shape:
        talk = self.state.talk_of
        return Shape(
            name="Message",
            fields={
                "id": read_id,
                "created_time": lambda one, call: graph_time(one.created_at),
                "from": lambda one, call: self._told(talk(one)[0], one.sender_id),
                "to": lambda one, call: {"data": [self._told(talk(one)[0], one.recipient_id)]},
                "message": lambda one, call: one.text,
                "attachments": lambda one, call: {"data": [_attachment(f) for f in one.files]} if one.files else None,
                "sticker": lambda one, call: None,
                "shares": lambda one, call: None,
                "reply_to": lambda one, call: {"mid": one.reply_to} if one.reply_to else None,
                "story": lambda one, call: _story(one),
                "tags": lambda one, call: {"data": [{"name": "inbox"}, {"name": "source:chat"}]},
                "is_unsupported": lambda one, call: None,
            },
            default=("id", "created_time"),
        )

    def _told(self, talk: Conversation, who_id: str) -> dict[str, str]:
        """Return somebody as the lists name them."""
        ours, who = self.state.ours[talk.ours_id], self.state.who(who_id)
        identity = who.id if isinstance(who, Ours) else self.state.scoped_id(who.id, ours)
        if ours.network == INSTAGRAM:
            return {"username": who.username, "id": identity}
        return {"name": who.name, "email": f"{identity}@facebook.com", "id": identity}

    def _list(self, call: Call) -> Any:
        ours = self._access.platform(call)
        call.grant.require(PERMISSIONS[ours.network])
        found = [one for one in self.state.conversations.values() if one.ours_id == ours.id and one.messages]
        if call.text("user_id"):
            person = self.state.behind(call.text("user_id"))
            found = [one for one in found if person and one.person_id == person[0].id]
        found = [one for one in found if one.spam == (call.text("folder") == "spam")]
        found.sort(key=lambda one: one.updated_at, reverse=True)
        edge = Edge(find=lambda *_: found, shape=lambda: self.conversation_shape)
        asked = parse_fields(call.text("fields"))
        return render_list(edge, ours, asked, read_arguments(call), call, f"{ours.id}/conversations")

    def _list_messages(self, call: Call) -> Any:
        talk = self._access.thing(call)
        if not isinstance(talk, Conversation):
            raise self._access.missing(call)
        edge, asked = self.conversation_shape.edges["messages"], parse_fields(call.text("fields"))
        return render_list(edge, talk, asked, read_arguments(call), call, f"{talk.id}/messages")

    def read(self, call: Call, item: Conversation | PrivateMessage) -> Any:
        """Answer GET /{id} of a conversation or message."""
        shape = self.conversation_shape if isinstance(item, Conversation) else self.message_shape
        return render(shape, item, parse_fields(call.text("fields")), call, item.id)

    def profile(self, call: Call, person: Person, ours: Ours) -> Any:
        """Answer GET /{PSID or IGSID}; somebody who never wrote privately has not consented."""
        talk = self.state.conversation(ours, person)
        if not person.consents or self.state.last_word(talk) is None:
            raise Problem(refusals.NO_CONSENT) if ours.network == INSTAGRAM else self._access.missing(call)
        first, _, last = person.name.partition(" ")
        person.picture = person.picture or self.state.add_file(self._server.base_url, "image")
        known: dict[str, Any] = {"name": person.name, "profile_pic": person.picture.address}
        if ours.network == FACEBOOK:
            known |= {"first_name": first, "last_name": last}
        else:
            known |= {"username": person.username, "follower_count": person.followers, "is_verified_user": False}
        asked = [one.name for one in parse_fields(call.text("fields"))] or [name for name in known if name != "name"]
        unknown = next((name for name in asked if name not in known and name != "id"), None)
        if unknown:
            raise Problem(problems.NO_FIELD, name=unknown, type="User")
        return {name: known[name] for name in asked if name in known} | {"id": call.params["id"]}

    # --- sending -----------------------------------------------------------------------------------------------
    def _send(self, call: Call) -> Any:
        recipient, message = call.mapping("recipient"), call.mapping("message")
        commented = str(recipient.get("comment_id") or recipient.get("post_id") or "")
        if commented:
            return self._reply_privately(call, commented, message)
        found = self.state.behind(str(recipient.get("id") or ""))
        if found is None or found[1] not in self._access.ours(call):
            raise Problem(refusals.INSTAGRAM_NOBODY if call.grant.kind == INSTAGRAM else refusals.NOBODY)
        person, ours = found
        call.grant.require(PERMISSIONS[ours.network])
        if call.text("sender_action"):
            if call.text("sender_action") not in ACTIONS:
                raise invalid("Param sender_action is not one of its values")
            return {"recipient_id": recipient["id"]}
        self._check_window(call, ours, person)
        return self._keep(call, ours, person, message)

    def _check_window(self, call: Call, ours: Ours, person: Person) -> None:
        talk = self.state.conversation(ours, person)
        window = refusals.WINDOW if ours.network == FACEBOOK else refusals.INSTAGRAM_WINDOW
        kind, tag = call.text("messaging_type") or "RESPONSE", call.text("tag")
        if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG") or (kind == "MESSAGE_TAG") != bool(tag):
            raise invalid("Param messaging_type or tag is not one of its values")
        if tag and tag != "HUMAN_AGENT":
            raise invalid(f"Message tag {tag} is not supported")
        if tag and not ours.human_agent:
            raise Problem(refusals.NO_FEATURE)
        if not self._within(talk, HUMAN_WINDOW if tag else WINDOW):
            raise Problem(window)

    def _within(self, talk: Conversation, window: timedelta) -> bool:
        last = self.state.last_word(talk)
        return last is not None and self.state.clock() - last < window

    def _reply_privately(self, call: Call, identity: str, message: dict[str, Any]) -> Any:
        """One to a comment, within 7 days; a live comment only while the broadcast lasts."""
        piece = self._access.thing(call, identity)
        ours = self.state.host_of(piece) if isinstance(piece, Post | Comment) else None
        if ours is None or isinstance(piece, Conversation | PrivateMessage) or ours not in self._access.ours(call):
            raise self._access.missing(call, identity)
        call.grant.require(PERMISSIONS[ours.network])
        post = piece if isinstance(piece, Post) else self.state.posts[piece.post_id]
        late = self.state.clock() - piece.created_at >= PRIVATE_REPLY_WINDOW or post.ended
        if piece.author_id not in self.state.people or late or piece.private_reply:
            raise Problem(refusals.USED_UP if ours.network == FACEBOOK else refusals.INSTAGRAM_USED_UP)
        answer = self._keep(call, ours, self.state.people[piece.author_id], message)
        piece.private_reply = True
        return answer

    def _keep(self, call: Call, ours: Ours, person: Person, message: dict[str, Any]) -> Any:
        if ours.id in person.blocked or person.id in ours.banned:
            raise Problem(refusals.AWAY)
        text = str(message.get("text") or "")
        self._check_length(text, ours)
        files = self._files(call, message)
        if bool(text) == bool(files):
            raise invalid("Message must have either text or an attachment")
        kept = self.state.add_message(
            ours,
            person,
            text,
            ours_writes=True,
            files=tuple(files),
            app_id=self._server.keyring.app_id,
            metadata=str(message.get("metadata") or ""),
            tag=call.text("tag"),
            reply_to=str(call.mapping("reply_to").get("mid") or ""),
        )
        return {"recipient_id": self.state.scoped_id(person.id, ours), "message_id": kept.id}

    def _check_length(self, text: str, ours: Ours) -> None:
        """Facebook counts characters, Instagram bytes of UTF-8."""
        facebook = ours.network == FACEBOOK
        most, length = (MOST_CHARACTERS, len(text)) if facebook else (MOST_BYTES, len(text.encode()))
        if length > most:
            raise invalid(f"Length of param message[text] must be less than or equal to {most}")

    def _files(self, call: Call, message: dict[str, Any]) -> list[File]:
        attachment = message.get("attachment")
        if not attachment:
            return []
        kind = attachment.get("type") if isinstance(attachment, dict) else None
        payload = attachment.get("payload") if isinstance(attachment, dict) else None
        if kind not in ("image", "video", "audio", "file") or not isinstance(payload, dict):
            raise invalid("Param message[attachment] is not supported")
        by_instagram = call.grant.kind == INSTAGRAM  # that login takes no content: only addresses stand in its pages
        sent = None if by_instagram else call.files.get("filedata")
        if sent is None and not payload.get("url"):
            raise Problem(refusals.MEDIA)
        sent = sent or fetch(str(payload["url"]))
        if kind != "file" and not sent.mime.startswith(kind):
            raise Problem(refusals.MEDIA)
        return [self._server.keep_file(sent, kind)]


def _attachment(one: File) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one.id, "mime_type": one.mime, "name": one.name, "size": len(one.content)}
    if one.kind == "image":
        return told | {"image_data": {"width": 720, "height": 720, "url": one.address, "preview_url": one.address}}
    if one.kind == "video":
        return told | {"video_data": {"width": 720, "height": 720, "url": one.address}}
    return told | {"file_url": one.address}


def _story(message: PrivateMessage) -> dict[str, Any] | None:
    if not message.story:
        return None
    link = {"link": message.story["url"], "id": message.story["id"]}
    return {"mention" if message.story.get("mention") else "reply_to": link}
