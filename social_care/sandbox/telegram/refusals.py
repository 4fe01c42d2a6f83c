"""What Telegram answers instead of a result."""

from __future__ import annotations

from typing import Any

from social_care.sandbox.server import Response, json_response
from social_care.sandbox.telegram.chats import Chat, State


class Refusal(Exception):
    """What Telegram answers instead of a result."""

    def __init__(self, code: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.code, self.words, self.parameters = code, words, parameters

    def response(self) -> Response:
        """Return it as an answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.words}
        return json_response(self.code, body | ({"parameters": self.parameters} if self.parameters else {}))


def find_chat(state: State, identity: object, business: str = "") -> Chat:
    """Return a chat that the bot knows, and that has not moved. Raises: Refusal."""
    chat = state.chat(int(str(identity or 0)), business)
    if chat is None:
        raise Refusal(400, "Bad Request: chat not found")
    if chat.moved_to:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(400, words, migrate_to_chat_id=chat.moved_to)
    return chat
