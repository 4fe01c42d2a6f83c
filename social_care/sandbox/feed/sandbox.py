"""A publisher of feeds: conditional requests, redirects, packing, and faults on demand."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from typing import Any

from social_care.sandbox import html
from social_care.sandbox.control import Control
from social_care.sandbox.faults import Fault
from social_care.sandbox.feed.writing import FORMATS, Entry
from social_care.sandbox.server import Request, Response, SandboxServer

SHOWN = 20
BOMB = gzip.compress(b"<rss>" + b" " * 50_000_000, 9)


class FeedSandbox(SandboxServer):
    """The same entries at `/feed.rss`, `/feed.atom` and `/feed.json`. Only the newest twenty are in a feed.

    paged: a feed names the page with the twenty before (`?page=2`), as RFC 5005 and JSON Feed have it.

    headers: what is sent with each feed (`cache-control`). moved: path → status and address of a redirect. packed: by gzip.
    bodies: path → what is sent in the place of a feed. `/bomb` is a small file that unpacks to 50 MB.
    """

    def __init__(self, title: str = "Northwind forum") -> None:
        super().__init__()
        self.title = title
        self.entries: list[Entry] = []
        self.headers: dict[str, str] = {}
        self.moved: dict[str, tuple[int, str]] = {}
        self.bodies: dict[str, bytes] = {}
        self.packed = False
        self.paged = False
        self._control = Control(self, self._reset)
        self._control.routes.add("POST /_sandbox/entries", self._post)
        self._control.routes.add("POST /_sandbox/entries/:id/edit", self._post_edit)
        self._control.routes.add("POST /_sandbox/entries/:id/delete", self._post_delete)
        self._control.routes.add("POST /_sandbox/moved", self._post_moved)

    # --- what its authors do ----------------------------------------------------------------------------------------
    def publish(self, title: str, text: str = "", author: str = "Ada Osei", entry_id: str = "") -> Entry:
        """Publish an entry."""
        now = self.clock()
        identity = entry_id or f"entry-{len(self.entries) + 1}"
        entry = Entry(id=identity, title=title, text=text, author=author, published=now, updated=now)
        self.entries.append(entry)
        return entry

    def edit(self, entry_id: str, text: str) -> None:
        """Change the words of an entry. Raises: KeyError."""
        entry = self._entry(entry_id)
        entry.text, entry.updated = text, self.clock()

    def withdraw(self, entry_id: str) -> None:
        """Take an entry out of the feed. Raises: KeyError."""
        self.entries.remove(self._entry(entry_id))

    def move(self, path: str, to: str, status: int = 301) -> None:
        """Redirect a path."""
        self.moved[path] = (status, to)

    def _entry(self, entry_id: str) -> Entry:
        found = next((one for one in self.entries if one.id == entry_id), None)
        if found is None:
            raise KeyError(f"there is no entry {entry_id}")
        return found

    # --- what it answers --------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer a request."""
        if request.path.startswith("/_sandbox/"):
            return self._control.handle(request)
        if request.path == "/":
            return Response(body=self._page().encode(), content_type="text/html; charset=utf-8")
        if request.path in self.moved:
            status, to = self.moved[request.path]
            return Response(status=status, headers={"location": to})
        if request.path == "/bomb":
            return Response(body=BOMB, content_type="application/rss+xml", headers={"content-encoding": "gzip"})
        if request.path in self.bodies:
            return Response(body=self.bodies[request.path], content_type="application/xml")
        if request.path not in FORMATS:
            return Response(status=404)
        return self._feed(request)

    def _feed(self, request: Request) -> Response:
        kind, write = FORMATS[request.path]
        page = int(request.query.get("page", 1)) if self.paged else 1
        newest = sorted(self.entries, key=lambda one: one.published, reverse=True)[(page - 1) * SHOWN :]
        goes_on = self.paged and len(newest) > SHOWN
        older = f"{self.base_url}{request.path}?page={page + 1}" if goes_on else ""
        body = write(self.title, self.base_url, newest[:SHOWN], older).encode()
        changed = max((one.updated for one in self.entries), default=None)
        headers = {"etag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', **self.headers}
        if changed:
            headers["last-modified"] = format_datetime(changed, usegmt=True)
        if _is_known(request.headers, headers):
            return Response(status=304, headers=headers)
        if self.packed and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers = gzip.compress(body), {**headers, "content-encoding": "gzip"}
        return Response(body=body, content_type=kind, headers=headers)

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return an answer of that status without a body."""
        return Response(status=fault.status, headers=fault.headers)

    # --- by hand ----------------------------------------------------------------------------------------------------
    def _page(self) -> str:
        entries = "".join(
            f'<div class="post"><p class="who"><b>{escape(one.author)}</b> · {html.time_of(one.published)}</p>'
            f'<p class="text">{escape(one.title)}\n{escape(one.text)}</p>'
            + html.form(f"entries/{one.id}/edit", html.text_field("Other words", value=one.text), "Edit")
            + html.form(f"entries/{one.id}/delete", "", "Withdraw", "inline")
            + "</div>"
            for one in reversed(self.entries)
        )
        fields = '<label>Title</label><input name="title" required>' + html.person_field("author", "Author", "Ada Osei")
        feeds = "".join(f"<p><code>{self.base_url}{path}</code></p>" for path in FORMATS)
        left = [("Entries", entries or '<p class="dim">Nothing was published.</p>')]
        right = [
            ("Feeds", feeds),
            ("Publish", html.form("entries", fields + html.text_field("Words"), "Publish")),
            html.faults_and_time(self.faults.listing(), "GET /feed.*"),
        ]
        return html.wrap("Feed", self.clock(), sorted({one.author for one in self.entries}), left, right)

    def _post(self, request: Request, params: dict[str, str]) -> Any:
        given = request.fields()
        return {"id": self.publish(given["title"], given.get("text", ""), given.get("author") or "Ada Osei").id}

    def _post_edit(self, request: Request, params: dict[str, str]) -> Any:
        self.edit(params["id"], request.fields()["text"])
        return {"id": params["id"]}

    def _post_delete(self, request: Request, params: dict[str, str]) -> Any:
        self.withdraw(params["id"])
        return {"id": params["id"]}

    def _post_moved(self, request: Request, params: dict[str, str]) -> Any:
        given = request.fields()
        self.move(given["path"], given["to"], int(given.get("status", 301)))
        return {"moved": list(self.moved)}

    def _reset(self) -> None:
        for kept in (self.entries, self.headers, self.moved, self.bodies, self.requests):
            kept.clear()
        self.packed = self.paged = False
        self.faults.clear()


def _is_known(asked: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Tell whether the asker has this very feed. Source: RFC 9110, section 13.2.2: the tag decides, else the time."""
    if tags := asked.get("if-none-match"):
        return now["etag"] in tags
    try:
        return parsedate_to_datetime(asked["if-modified-since"]) >= parsedate_to_datetime(now["last-modified"])
    except (KeyError, TypeError, ValueError):
        return False
