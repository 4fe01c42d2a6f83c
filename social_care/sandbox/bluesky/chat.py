"""Private messages, as Bluesky's chat service answers through the account's own server.

Source: lexicons chat.bsky.convo.* (read 2026-11). The service is not open source: what it does beyond them is a guess.
"""

from __future__ import annotations

from typing import Any

import regex

from social_care.sandbox.bluesky.api import Api, Call, XrpcError
from social_care.sandbox.bluesky.state import Convo, State, User

LOG_PAGE = 100
_GRAPHEME = regex.compile(r"\X")


def register(api: Api) -> None:
    """Add the calls."""
    room = Chat(api.state)
    for name in ("getLog", "listConvos", "getMessages", "getConvoForMembers"):
        api.add("GET", f"chat.bsky.convo.{name}", getattr(room, name))
    api.add("POST", "chat.bsky.convo.sendMessage", room.sendMessage)


class Chat:
    """Handlers, each named as its call."""

    def __init__(self, state: State) -> None:
        self._state = state

    def getLog(self, call: Call) -> Any:
        """Show what happened behind a position; without one, only where the log ends."""
        log = self._state.logs.get(call.me.did, [])
        cursor = call.request.query.get("cursor")
        if cursor is None:
            return {"cursor": log[-1]["rev"] if log else "2222222222222", "logs": []}
        page = [entry for entry in log if entry["rev"] > cursor][:LOG_PAGE]
        return {"cursor": page[-1]["rev"] if page else cursor, "logs": page}

    def listConvos(self, call: Call) -> Any:
        """Show somebody's conversations, the liveliest first."""
        mine = [one for one in self._state.convos.values() if call.me.did in one.members]
        mine.sort(key=lambda one: one.messages[-1]["sentAt"] if one.messages else "", reverse=True)
        return {"convos": [self._view(call, one) for one in mine]}

    def getMessages(self, call: Call) -> Any:
        """Show a conversation, the newest message first."""
        convo = self._convo(call, call.one("convoId"))
        limit, before = int(call.request.query.get("limit") or 50), call.request.query.get("cursor")
        older = [one for one in reversed(convo.messages) if before is None or one["id"] < before]
        more = {"cursor": older[limit - 1]["id"]} if len(older) > limit else {}
        people = [call.views.profile(self._state.users[did]) for did in convo.members]
        return {"messages": older[:limit], "relatedProfiles": people, **more}

    def getConvoForMembers(self, call: Call) -> Any:
        """Show the conversation with somebody, begun if they let the caller."""
        others = [did for did in call.all("members") if did != call.me.did]
        other = self._state.users.get(others[0]) if len(others) == 1 else None
        if other is None:
            raise XrpcError(400, "RecipientNotFound", "recipient not found")
        self._check(call.me, other)
        return {"convo": self._view(call, self._state.convo(call.me.did, other.did))}

    def sendMessage(self, call: Call) -> Any:
        """Take a message."""
        given = call.body()
        convo, message = self._convo(call, str(given.get("convoId"))), given.get("message")
        words = message.get("text") if isinstance(message, dict) else None
        if not isinstance(words, str) or not isinstance(message, dict):
            raise XrpcError(400, "InvalidRequest", "Input/message must have the property text")
        if len(words.encode("utf-8", "replace")) > 10_000 or len(_GRAPHEME.findall(words)) > 1000:
            raise XrpcError(400, "InvalidRequest", "Input/message/text must not be longer than 1000 graphemes")
        other = next(did for did in convo.members if did != call.me.did)
        self._check(call.me, self._state.users[other], known=True)
        return self._state.say(convo, call.me.did, message)

    def _check(self, me: User, other: User, *, known: bool = False) -> None:
        """Refuse what the other one does not let us; who has a conversation already may go on. Raises: XrpcError."""
        if self._state.blocked(me.did, other.did):
            raise XrpcError(400, "BlockedActor", "block between recipient and sender")
        if other.dms == "none":
            raise XrpcError(400, "MessagesDisabled", "recipient has disabled incoming messages")
        if other.dms == "following" and not known and me.did not in other.follows:
            raise XrpcError(400, "NotFollowedBySender", "recipient takes messages of followed accounts only")

    def _convo(self, call: Call, convo_id: str) -> Convo:
        convo = self._state.convos.get(convo_id)
        if convo is None or call.me.did not in convo.members:
            raise XrpcError(400, "InvalidConvo", "Convo not found")
        return convo

    def _view(self, call: Call, convo: Convo) -> dict[str, Any]:
        people = [call.views.profile(self._state.users[did]) for did in convo.members]
        last = {"lastMessage": convo.messages[-1]} if convo.messages else {}
        return {"id": convo.id, "rev": self._state.next_tid(), "members": people, "muted": False, "unreadCount": 0, **last}
