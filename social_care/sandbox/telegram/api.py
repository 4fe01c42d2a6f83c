"""The methods of the Bot API that the connector calls, with Telegram's own refusals.

Source: https://core.telegram.org/bots/api (read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from social_care.sandbox.server import Request, Response, json_response
from social_care.sandbox.telegram import moderation
from social_care.sandbox.telegram.chats import BOT, BOT_ID, OWNER, Chat, State
from social_care.sandbox.telegram.refusals import Refusal, find_chat

LONGEST_TEXT = 4096
LARGEST_DOWNLOAD = 20_000_000
FILES = {
    "sendPhoto": "photo",
    "sendAnimation": "animation",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendDocument": "document",
}


class Api:
    """One bot's methods. webhook, secret: "" while none is set. allowed: the kinds of updates that are asked for."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.webhook, self.secret = "", ""
        self.allowed: list[str] = []
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send_message,
            "getFile": self._get_file,
            **moderation.methods(state),
        }

    def answer(self, method: str, request: Request) -> Response:
        """Answer a call."""
        try:
            parameters = read_parameters(request)
            result = self._send_file(FILES[method], parameters) if method in FILES else self._methods[method](parameters)
        except KeyError:
            return Refusal(404, "Not Found: method not found").response()
        except Refusal as refusal:
            return refusal.response()
        return json_response(200, {"ok": True, "result": result})

    def file(self, path: str) -> Response:
        """Hand out a file."""
        for name, content in self.state.files.values():
            if name == path:
                return Response(body=content, content_type="application/octet-stream")
        return Refusal(404, "Not Found").response()

    def _get_me(self, given: dict[str, Any]) -> Any:
        return BOT | {"can_join_groups": True, "can_read_all_group_messages": True, "can_connect_to_business": True}

    def _get_updates(self, given: dict[str, Any]) -> Any:
        if self.webhook:
            words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise Refusal(409, f"Conflict: {words}")
        if "offset" in given:
            self.state.updates = [one for one in self.state.updates if one["update_id"] >= int(given["offset"])]
        return self.state.updates[: int(given.get("limit", 100))]

    def _set_webhook(self, given: dict[str, Any]) -> Any:
        url = str(given.get("url", ""))
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook, self.secret = url, str(given.get("secret_token", ""))
        self.allowed = list(given.get("allowed_updates", self.allowed))
        self.state.push_waiting()
        return True

    def _delete_webhook(self, given: dict[str, Any]) -> Any:
        self.webhook = self.secret = ""
        return True

    def _webhook_info(self, given: dict[str, Any]) -> Any:
        waiting = len(self.state.updates)
        info = {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": waiting}
        return info | ({"allowed_updates": self.allowed} if self.allowed else {})

    def _send_message(self, given: dict[str, Any]) -> Any:
        words = str(given.get("text", "")).strip()
        if not words:
            raise Refusal(400, "Bad Request: message text is empty")
        if len(words.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            raise Refusal(400, "Bad Request: message is too long")
        return self._add(given, {"text": words})

    def _send_file(self, kind: str, given: dict[str, Any]) -> Any:
        name, content = given.get(kind) or ("", b"")
        if not content:
            raise Refusal(400, "Bad Request: file must be non-empty")
        identity = f"file-{len(self.state.files) + 1}"
        self.state.files[identity] = (f"{kind}s/{name}", content)
        file = {"file_id": identity, "file_unique_id": identity, "file_size": len(content), "file_name": name}
        return self._add(given, {kind: [file] if kind == "photo" else file})

    def _add(self, given: dict[str, Any], content: dict[str, Any]) -> Any:
        business = str(given.get("business_connection_id", ""))
        chat = find_chat(self.state, given.get("chat_id"), business)
        if chat.owner is not None and chat.owner.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        content |= _answered(chat, given)
        if not business:
            return self.state.add_message(chat, BOT, content)
        message = self.state.add_message(chat, OWNER, content | {"sender_business_bot": BOT})
        self.state.announce("business_message", message)
        return message

    def _get_file(self, given: dict[str, Any]) -> Any:
        identity = str(given.get("file_id", ""))
        if identity not in self.state.files:
            raise Refusal(400, "Bad Request: invalid file_id")
        path, content = self.state.files[identity]
        if len(content) > LARGEST_DOWNLOAD:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": identity, "file_unique_id": identity, "file_size": len(content), "file_path": path}


def _answered(chat: Chat, given: dict[str, Any]) -> dict[str, Any]:
    wanted = given.get("reply_parameters") or {}
    above = chat.messages.get(int(wanted.get("message_id", 0)))
    if wanted and above is None and not wanted.get("allow_sending_without_reply"):
        raise Refusal(400, "Bad Request: message to be replied not found")
    return {"reply_to_message": quoted(above)} if above else {}


def quoted(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as it stands in an answer to it: without what it answered itself."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}


def read_parameters(request: Request) -> dict[str, Any]:
    """Return the parameters of a JSON or multipart call; a file is its name and bytes. Raises: Refusal."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        try:
            return request.fields()
        except ValueError as error:
            raise Refusal(400, "Bad Request: can't parse JSON object") from error
    message = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + request.body)
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        given = part.get_payload(decode=True)
        content = given if isinstance(given, bytes) else b""
        if part.get_filename():
            found[name] = (part.get_filename(), content)
        else:
            found[name] = json.loads(content) if name == "reply_parameters" else content.decode()
    return found


def token_refusal(token: str, right: str) -> Refusal | None:
    """Return what Telegram says of a wrong token, None for the right one."""
    if token == right:
        return None
    return Refusal(401, "Unauthorized") if token.startswith(f"{BOT_ID}:") else Refusal(404, "Not Found")
