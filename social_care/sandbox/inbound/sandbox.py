"""A shop with a guest book: what is written there is pushed, and what we answer arrives there, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from html import escape
from typing import Any

from social_care.sandbox import html
from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.control import Control
from social_care.sandbox.faults import Fault
from social_care.sandbox.pushing import Pusher
from social_care.sandbox.server import Request, Response, SandboxServer, json_response

REPLIES = "/replies"


class InboundSandbox(SandboxServer):
    """push_to: the address of our webhook, "" for not pushing. remembers: a repeated reply makes no second message.

    tolerance_s: how many seconds old a reply may be.
    """

    def __init__(self, push_to: str = "", *, secret: str = "") -> None:
        super().__init__()
        self.secret = secret or "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.push_to = push_to
        self.remembers = True
        self.tolerance_s = 300
        self.messages: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self._known: dict[str, dict[str, str]] = {}
        self._pushes = 0
        self.pusher = Pusher(self.faults, self.headers_for)
        self._control = Control(self, self._reset)
        self._control.routes.add("POST /_sandbox/messages", self._post)
        self._control.routes.add("POST /_sandbox/webhook", self._post_webhook)

    # --- what happens there -----------------------------------------------------------------------------------------
    def write(self, text: str, author: str = "Ada Osei", **more: Any) -> dict[str, Any]:
        """A customer writes; `more` are fields of the message, as the format has them."""
        number = len(self.messages) + 1
        message = {
            "id": f"m{number}",
            "audience": "public",
            "author": {"id": author.lower().replace(" ", "-"), "name": author},
            "text": text,
            "created_at": as_timestamp(self.clock()),
            "url": f"{self.base_url}/messages/m{number}",
            **more,
        }
        self.messages.append(message)
        self.push(message)
        return message

    def push(self, *messages: Mapping[str, Any]) -> None:
        """Push messages in one body, signed."""
        if self.push_to:
            self.pusher.put(self.push_to, "messages", json.dumps({"messages": messages}).encode())

    def headers_for(self, body: bytes) -> dict[str, str]:
        """Return the headers that prove where a body comes from."""
        self._pushes += 1
        identity, at = f"push-{self._pushes}", str(int(self.clock().timestamp()))
        return {"webhook-id": identity, "webhook-timestamp": at, "webhook-signature": self._signature(identity, at, body)}

    def _signature(self, identity: str, at: str, body: bytes) -> str:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{identity}.{at}.".encode() + body, hashlib.sha256).digest()
        return "v1," + base64.b64encode(digest).decode()

    def stop(self) -> None:
        """End pushing, then the server."""
        self.pusher.stop()
        super().stop()

    # --- what it answers --------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer a request."""
        if request.path.startswith("/_sandbox/"):
            return self._control.handle(request)
        if request.path == "/":
            return Response(body=self._page().encode(), content_type="text/html; charset=utf-8")
        if request.path != REPLIES:
            return Response(status=404)
        if request.method != "POST":
            return Response(status=405)
        return self._reply(request)

    def _reply(self, request: Request) -> Response:
        identity, at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "0")
        given = request.headers.get("webhook-signature", "").split()
        late = not at.isdigit() or abs(int(at) - self.clock().timestamp()) > self.tolerance_s
        if late or self._signature(identity, at, request.body) not in given:
            return json_response(401, {"error": "the signature does not fit"})
        said = request.json()
        if said["type"] == "ping":
            return json_response(200, {"pong": True})
        answered = said["in_reply_to"]["id"]
        if answered not in {one["id"] for one in self.messages}:
            return json_response(404, {"error": "no such message"})
        if not (self.remembers and identity in self._known):
            name = f"r{len(self.replies) + 1}"
            self.replies.append({**said, "id": name, "key": identity})
            self._known[identity] = {"id": name, "url": f"{self.base_url}/messages/{answered}#{name}"}
        return json_response(200, self._known[identity])

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return an answer of that status."""
        return json_response(fault.status, {"error": "as you wished"}, fault.headers)

    # --- by hand ----------------------------------------------------------------------------------------------------
    def _page(self) -> str:
        written = "".join(
            f'<div class="post"><p class="who"><b>{escape(one["author"]["name"])}</b> · {escape(one["id"])}</p>'
            f'<p class="text">{escape(one["text"])}</p><div class="replies">'
            + "".join(f"<p>{escape(reply['text'])}</p>" for reply in self.replies if reply["in_reply_to"]["id"] == one["id"])
            + "</div></div>"
            for one in reversed(self.messages)
        )
        person = html.person_field("author", "Who", "Ada Osei")
        address = f'<label>Webhook address</label><input name="url" value="{escape(self.push_to)}">'
        right = [
            ("Write", html.form("messages", person + html.text_field("Words"), "Write")),
            ("Push", html.form("webhook", address, "Push there")),
            html.faults_and_time(self.faults.listing(), f"POST {REPLIES}"),
        ]
        return html.wrap("Inbound", self.clock(), [], [("Guest book", written or '<p class="dim">Nobody wrote.</p>')], right)

    def _post(self, request: Request, params: dict[str, str]) -> Any:
        given = request.fields()
        return self.write(given["text"], given.get("author") or "Ada Osei")

    def _post_webhook(self, request: Request, params: dict[str, str]) -> Any:
        self.push_to = request.fields()["url"]
        return {"push_to": self.push_to}

    def _reset(self) -> None:
        for kept in (self.messages, self.replies, self._known, self.requests):
            kept.clear()
        self.pusher.clear()
        self.faults.clear()
