"""What a bot may do to messages and people, by the rights that it has in a group.

Source: https://core.telegram.org/bots/api#deletemessage, #banchatmember, #unbanchatmember, #getchatmember and
#setmessagereaction (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from social_care.sandbox.telegram.chats import BOT, BOT_ID, Chat, State
from social_care.sandbox.telegram.refusals import Refusal, find_chat

DELETES, BANS = "can_delete_messages", "can_restrict_members"


def methods(state: State) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """Return the methods by name."""

    def member(given: dict[str, Any]) -> Any:
        chat = find_chat(state, given.get("chat_id"))
        status = "administrator" if chat.rights else "member"
        return {"user": BOT, "status": status} | {right: right in chat.rights for right in (DELETES, BANS) if chat.rights}

    def delete(given: dict[str, Any]) -> Any:
        chat, message = _message(state, given, "delete")
        if message["from"]["id"] != BOT_ID and chat.owner is None and DELETES not in chat.rights:
            raise Refusal(400, "Bad Request: message can't be deleted")
        del chat.messages[message["message_id"]]
        return True

    def react(given: dict[str, Any]) -> Any:
        chat, message = _message(state, given, "react")
        (chat.liked.add if given.get("reaction") else chat.liked.discard)(message["message_id"])
        return True

    def ban(name: str, *, wanted: bool) -> Callable[[dict[str, Any]], Any]:
        def do(given: dict[str, Any]) -> Any:
            chat = find_chat(state, given.get("chat_id"))
            if BANS not in chat.rights:
                raise Refusal(400, "Bad Request: not enough rights to restrict/unrestrict chat member")
            (chat.banned.add if wanted else chat.banned.discard)(int(given[name]))
            return True

        return do

    return {
        "getChatMember": member,
        "deleteMessage": delete,
        "setMessageReaction": react,
        "banChatMember": ban("user_id", wanted=True),
        "unbanChatMember": ban("user_id", wanted=False),
        "banChatSenderChat": ban("sender_chat_id", wanted=True),
        "unbanChatSenderChat": ban("sender_chat_id", wanted=False),
    }


def _message(state: State, given: dict[str, Any], verb: str) -> tuple[Chat, dict[str, Any]]:
    chat = find_chat(state, given.get("chat_id"))
    message = chat.messages.get(int(given.get("message_id", 0)))
    if message is None:
        raise Refusal(400, f"Bad Request: message to {verb} not found")
    return chat, message
