"""A Telegram on loopback: one bot, whoever writes to it, and faults on demand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any

from social_care.sandbox.control import Control
from social_care.sandbox.faults import Fault
from social_care.sandbox.pushing import Pusher
from social_care.sandbox.server import Request, Response, SandboxServer
from social_care.sandbox.telegram.api import Api, quoted, token_refusal
from social_care.sandbox.telegram.chats import BOT, BOT_ID, GROUP, OWNER, Chat, Person, State
from social_care.sandbox.telegram.page import render_page
from social_care.sandbox.telegram.refusals import Refusal

TOKEN = f"{BOT_ID}:AAsandbox-opens_nothing-but-this"
CONNECTION = "connection-1"
WORDS = {401: "Unauthorized", 403: "Forbidden: bot was blocked by the user", 429: "Too Many Requests: retry after 5"}


class TelegramSandbox(SandboxServer):
    """The door. Messages are returned as Telegram shows them; the bot's token is `token`."""

    token = TOKEN
    bot = BOT

    def __init__(self, clock: Callable[..., Any] | None = None) -> None:
        super().__init__(clock)
        self.lock = RLock()
        self.pusher = Pusher(self.faults, lambda body: {"x-telegram-bot-api-secret-token": self.api.secret})
        self.control = Control(self, self.reset)
        self.control.routes.add("POST /_sandbox/messages", self._write_by_hand)
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        with self.lock:
            self.state = State(self.clock, self._pushed)
            self.api = Api(self.state)
            self.group = self.add_group("Travellers")

    def stop(self) -> None:
        """End the pushing, then the server."""
        self.pusher.stop()
        super().stop()

    # --- what people do ---------------------------------------------------------------------------------------------
    def add_person(self, name: str, username: str) -> Person:
        """Let a person start the bot."""
        with self.lock:
            person = Person(id=self.state.next_id(), name=name, username=username)
            self.state.people[person.id] = person
            self.state.chats[person.id, ""] = Chat(id=person.id, kind="private", owner=person)
            business = Chat(id=person.id, kind="private", owner=person, business=CONNECTION)
            self.state.chats[person.id, CONNECTION] = business
            return person

    def add_group(self, title: str, kind: str = "supergroup") -> Chat:
        """Make a group with the bot in it."""
        with self.lock:
            prefix = "-100" if kind == "supergroup" else "-"
            chat = Chat(id=int(f"{prefix}{self.state.next_id()}"), kind=kind, title=title)
            self.state.chats[chat.id, ""] = chat
            return chat

    def write(self, person: Person, text: str, chat: Chat | None = None, **content: Any) -> dict[str, Any]:
        """Let a person write: privately, or in a group; `@NorthwindBot` becomes a mention. content: what is said besides.

        With `reply_to_message` it answers that one.
        """
        with self.lock:
            where = chat or self.state.chats[person.id, ""]
            found = [(one.start(), one.end() - one.start()) for one in re.finditer(r"@\w+", text)]
            if found:
                content["entities"] = [{"type": "mention", "offset": at, "length": size} for at, size in found]
            if "reply_to_message" in content:
                content["reply_to_message"] = quoted(content["reply_to_message"])
            message = self.state.add_message(where, person.shown(), {"text": text, **content} if text else content)
            self.state.announce("message", message)
            return message

    def write_to_business(self, person: Person, text: str) -> dict[str, Any]:
        """Let a person write to the business account that connected the bot."""
        with self.lock:
            message = self.state.add_message(self.state.chats[person.id, CONNECTION], person.shown(), {"text": text})
            self.state.announce("business_message", message)
            return message

    def edit(self, message: dict[str, Any], text: str) -> None:
        """Change a message's words."""
        with self.lock:
            message |= {"text": text, "edit_date": int(self.clock().timestamp())}
            kind = "edited_business_message" if "business_connection_id" in message else "edited_message"
            self.state.announce(kind, dict(message))

    def delete(self, message: dict[str, Any]) -> None:
        """Take a message away; the bot learns of it in business chats only."""
        with self.lock:
            connection = message.get("business_connection_id", "")
            chat = self.state.chats[message["chat"]["id"], connection]
            del chat.messages[message["message_id"]]
            if connection:
                gone = {"business_connection_id": connection, "chat": chat.shown(), "message_ids": [message["message_id"]]}
                self.state.announce("deleted_business_messages", gone)

    def send_file(self, person: Person, kind: str, name: str, content: bytes, caption: str = "") -> dict[str, Any]:
        """Let a person send a file privately. kind: `document`, `voice`, …"""
        with self.lock:
            identity = f"file-{len(self.state.files) + 1}"
            self.state.files[identity] = (f"{kind}s/{name}", content)
            file = {"file_id": identity, "file_unique_id": identity, "file_size": len(content), "file_name": name}
            said: dict[str, Any] = {kind: file, "caption": caption} if caption else {kind: file}
            return self.write(person, "", **said)

    def block(self, person: Person, blocked: bool = True) -> None:
        """Let a person block the bot, or take it back."""
        with self.lock:
            person.blocked = blocked
            states = [{"user": BOT, "status": one} for one in ("member", "kicked")]
            old, new = states if blocked else reversed(states)
            change = {"chat": self.state.chats[person.id, ""].shown(), "from": person.shown()}
            date = int(self.clock().timestamp())
            self.state.announce("my_chat_member", {**change, "date": date, "old_chat_member": old, "new_chat_member": new})

    def upgrade(self, group: Chat) -> Chat:
        """Make a supergroup of a group; messages are counted anew there."""
        with self.lock:
            fresh = self.add_group(group.title)
            group.moved_to = fresh.id
            self.state.announce("message", self.state.add_message(group, GROUP, {"migrate_to_chat_id": fresh.id}))
            self.state.announce("message", self.state.add_message(fresh, GROUP, {"migrate_from_chat_id": group.id}))
            return fresh

    def said(self, chat: Chat | Person, business: bool = False) -> list[dict[str, Any]]:
        """Return what the bot wrote in a chat, oldest first."""
        with self.lock:
            found = self.state.chats[chat.id, CONNECTION if business else ""]
            return [one for one in found.messages.values() if one["from"]["id"] in (BOT_ID, OWNER["id"])]

    # --- HTTP -------------------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer as Telegram does."""
        with self.lock:
            if request.path == "/":
                body = render_page(self.state, self.clock(), self.faults.listing()).encode()
                return Response(body=body, content_type="text/html; charset=utf-8")
            if request.path.startswith("/_sandbox/"):
                return self.control.handle(request)
            found = re.fullmatch(r"(/file)?/bot([^/]+)/(.+)", request.path)
            if found is None:
                return Refusal(404, "Not Found").response()
            if (refusal := token_refusal(found.group(2), TOKEN)) is not None:
                return refusal.response()
            return self.api.file(found.group(3)) if found.group(1) else self.api.answer(found.group(3), request)

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return Telegram's body for a `status` fault."""
        parameters = {"retry_after": 5} if fault.status == 429 else {}
        return Refusal(fault.status, WORDS.get(fault.status, "Internal Server Error"), **parameters).response()

    def _record(self, request: Request, status: int, fault: str = "") -> None:
        """Keep the token out of the log, as of any."""
        super()._record(replace(request, path=re.sub(r"/bot[^/]+", "/bot…", request.path)), status, fault)

    def _pushed(self, update: dict[str, Any]) -> None:
        if self.api.webhook:
            self.state.updates.remove(update)
            self.pusher.put(self.api.webhook, next(iter(update.keys() - {"update_id"})), json.dumps(update).encode())

    def _write_by_hand(self, request: Request, params: dict[str, str]) -> Any:
        given = request.fields()
        person = next((one for one in self.state.people.values() if one.username == given["as"]), None)
        person = person or self.add_person(given["as"], given["as"])
        return self.write(person, given["text"], self.group if given.get("where") == "group" else None)
