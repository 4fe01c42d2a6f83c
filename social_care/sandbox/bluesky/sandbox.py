"""Bluesky on loopback: the Python interface for tests and the command line.

One server plays all of them: the entry, the personal data servers, the app view, the chat service, the pictures.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from social_care.core.ports import Clock
from social_care.sandbox.bluesky import chat, control, public
from social_care.sandbox.bluesky.api import WINDOW, Api, limit_headers
from social_care.sandbox.bluesky.page import render_page
from social_care.sandbox.bluesky.search import TAG
from social_care.sandbox.bluesky.state import BLOCK, GATE, POST, Record, State, User
from social_care.sandbox.bluesky.views import MENTION
from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.control import Control, is_from_here
from social_care.sandbox.faults import Fault
from social_care.sandbox.server import Request, Response, SandboxServer, json_response

NAMES = {400: "InvalidRequest", 401: "AuthenticationRequired", 429: "RateLimitExceeded", 502: "UpstreamFailure"}


class BlueskySandbox(SandboxServer):
    """One Bluesky, empty at first.

    clock: None for the real time. limits: calls in five minutes by name ("" for all that have none of their own).
    """

    def __init__(self, clock: Clock | None = None, *, limits: Mapping[str, int] | None = None) -> None:
        super().__init__(clock)
        self.state = State(self.clock)
        self.api = Api(self.state, self.faults, lambda: self.base_url, limits or {})
        public.register(self.api)
        chat.register(self.api)
        self.control = Control(self, self.reset)
        control.register(self)

    # --- HTTP -------------------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer a request as Bluesky does (under /xrpc), or as the sandbox itself."""
        if request.path.startswith("/xrpc/"):
            return self.api.handle(request)
        if request.path.startswith("/_sandbox/"):
            return self.control.handle(request)
        if request.path.startswith("/img/"):
            mime, content = self.state.blobs.get(request.path.removeprefix("/img/"), ("", b""))
            return Response(body=content, content_type=mime) if mime else Response(status=404, content_type="text/plain")
        if request.path == "/" and is_from_here(request):
            with self.state.lock:
                page = render_page(self.state, self.clock(), self.faults.listing())
            return Response(body=page.encode(), content_type="text/html; charset=utf-8")
        return json_response(404, {"error": "XRPCNotSupported", "message": "XRPCNotSupported"})

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return Bluesky's body for a status; `shape` names the error."""
        headers = dict(fault.headers)
        if fault.status == 429 and not headers:
            headers = limit_headers(3000, 0, self.clock() + WINDOW)
        name = fault.shape or NAMES.get(fault.status, "InternalServerError")
        return json_response(fault.status, {"error": name, "message": name}, headers)

    def reset(self) -> None:
        """Forget everything but the address and the time."""
        with self.state.lock:
            self.state.clear()
            self.api.windows.clear()
            self.faults.clear()
            self.requests.clear()

    # --- people and what they do ------------------------------------------------------------------------------------
    def add_user(self, handle: str, name: str = "", **traits: Any) -> User:
        """Add a person. traits: see `User`. Raises: ValueError when the handle is taken."""
        with self.state.lock:
            if any(user.handle == handle.lower() for user in self.state.users.values()):
                raise ValueError(f"{handle} is taken")
            digest = sha256(f"{handle} {self.state.next_number()}".encode()).digest()
            did = "did:plc:" + b32encode(digest).decode().lower()[:24]
            password = "-".join(digest.hex()[start : start + 4] for start in range(0, 16, 4))
            user = User(did=did, handle=handle.lower(), name=name or handle, password=password, **traits)
            self.state.users[did] = user
            if user.dms:
                self.state.write(did, "chat.bsky.actor.declaration", {"allowIncoming": user.dms}, "self")
            return user

    def credentials(self, who: User | str) -> dict[str, str]:
        """Return an account's credentials by field name; they open nothing but this sandbox."""
        user = self.state.user(who)
        return {"client_id": user.handle, "client_secret": user.password}

    def expire_sessions(self, *, refresh: bool = False) -> None:
        """Let every session end; refresh: it cannot be gone on with either."""
        with self.state.lock:
            for grant in (*self.state.access.values(), *(self.state.refresh.values() if refresh else ())):
                grant.until = self.clock() - timedelta(seconds=1)

    def post(
        self,
        who: User | str,
        text: str,
        *,
        reply_to: Record | str | None = None,
        quote: Record | str | None = None,
        pictures: Sequence[bytes] = (),
        **more: Any,
    ) -> Record:
        """Post, answer or quote; "@handle" of somebody who is here mentions them, "#word" is a tag. Raises: KeyError."""
        with self.state.lock:
            user = self.state.user(who)
            value: dict[str, Any] = {"$type": POST, "text": text, "createdAt": as_timestamp(self.state.now()), **more}
            if facets := [*self._mentions(text), *_tags(text)]:
                value["facets"] = facets
            if reply_to:
                parent = self.record(reply_to)
                value["reply"] = {"root": parent.value.get("reply", {}).get("root", parent.ref), "parent": parent.ref}
            if quote:
                value["embed"] = {"$type": "app.bsky.embed.record", "record": self.record(quote).ref}
            if pictures:
                value["embed"] = {"$type": "app.bsky.embed.images", "images": [self._picture(one) for one in pictures]}
            return self.state.write(user.did, POST, value)

    def _mentions(self, text: str) -> list[dict[str, Any]]:
        found = []
        for user in self.state.users.values():
            start = text.find(f"@{user.handle}")
            if start >= 0:
                found.append(_facet(text, start, start + len(user.handle) + 1, {"$type": MENTION, "did": user.did}))
        return found

    def _picture(self, content: bytes) -> dict[str, Any]:
        cid = f"bafkrei{self.state.next_number():052d}"
        self.state.blobs[cid] = ("image/png", content)
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": "image/png", "size": len(content)}
        return {"image": blob, "alt": "a picture"}

    def record(self, what: Record | str) -> Record:
        """Return a record by itself or its address. Raises: KeyError."""
        found = what if isinstance(what, Record) else self.state.records.get(what)
        if found is None:
            raise KeyError(f"there is no record {what}")
        return found

    def delete(self, what: Record | str) -> None:
        """Delete a record. Raises: KeyError."""
        with self.state.lock:
            del self.state.records[self.record(what).uri]

    def like(self, who: User | str, what: Record | str) -> Record:
        """Like a post. Raises: KeyError."""
        with self.state.lock:
            return self.state.write(self.state.user(who).did, "app.bsky.feed.like", {"subject": self.record(what).ref})

    def block(self, who: User | str, whom: User | str) -> Record:
        """Block somebody. Raises: KeyError."""
        with self.state.lock:
            return self.state.write(self.state.user(who).did, BLOCK, {"subject": self.state.user(whom).did})

    def close_thread(self, what: Record | str) -> None:
        """Let nobody answer in a thread any more. Raises: KeyError."""
        with self.state.lock:
            root = self.record(what)
            self.state.write(root.did, GATE, {"post": root.uri, "allow": []}, root.rkey)

    def dm(self, sender: User | str, to: User | str, text: str) -> dict[str, Any]:
        """Write privately. Raises: KeyError."""
        with self.state.lock:
            author = self.state.user(sender)
            convo = self.state.convo(author.did, self.state.user(to).did)
            return self.state.say(convo, author.did, {"text": text})

    def unsay(self, one: User | str, other: User | str, message_id: str) -> None:
        """Delete a private message. Raises: KeyError."""
        with self.state.lock:
            self.state.unsay(self.state.convo(self.state.user(one).did, self.state.user(other).did), message_id)

    def posts_by(self, who: User | str) -> list[Record]:
        """Return somebody's posts, oldest first. Raises: KeyError."""
        with self.state.lock:
            did = self.state.user(who).did
            return [one for one in reversed(list(self.state.newest(POST))) if one.did == did]

    def messages_with(self, one: User | str, other: User | str) -> list[dict[str, Any]]:
        """Return a conversation, oldest message first. Raises: KeyError."""
        with self.state.lock:
            return list(self.state.convo(self.state.user(one).did, self.state.user(other).did).messages)


def _tags(text: str) -> list[dict[str, Any]]:
    return [_facet(text, *found.span(), {"$type": TAG, "tag": found[1]}) for found in re.finditer(r"(?<!\w)#(\w+)", text)]


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    """Return what a stretch of a text is; its place is counted in bytes."""
    index = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
    return {"index": index, "features": [feature]}
