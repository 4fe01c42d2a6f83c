"""The control routes of Facebook and Instagram: people, posts, comments, private messages, credentials, a dump."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.pages.model import File
from social_care.sandbox.server import Request

if TYPE_CHECKING:
    from social_care.sandbox.pages.sandbox import PagesSandbox


def register_pages(sandbox: PagesSandbox) -> None:
    """Add the routes."""
    control = PagesControl(sandbox)
    routes = sandbox.control.routes
    routes.add("GET /_sandbox/state", control.dump)
    routes.add("POST /_sandbox/people", control.add_person)
    routes.add("POST /_sandbox/posts", control.post)
    routes.add("POST /_sandbox/reviews", control.review)
    routes.add("POST /_sandbox/comments", control.comment)
    routes.add("POST /_sandbox/messages", control.message)
    routes.add("POST /_sandbox/things/:id/edit", control.edit)
    routes.add("POST /_sandbox/things/:id/delete", control.delete)
    routes.add("POST /_sandbox/things/:id/react", control.react)
    routes.add("POST /_sandbox/blocks", control.block)
    routes.add("GET /_sandbox/credentials/:ours", control.credentials)
    routes.add("POST /_sandbox/connect", control.connect)


class PagesControl:
    """Handlers that call the Python interface with what came over HTTP."""

    def __init__(self, sandbox: PagesSandbox) -> None:
        self._sandbox = sandbox

    def dump(self, request: Request, params: dict[str, str]) -> Any:
        """Return everything there is, without a secret."""
        state = self._sandbox.state
        with self._sandbox.lock:
            tables: dict[str, dict[str, Any]] = {
                "people": state.people,
                "ours": state.ours,
                "posts": state.posts,
                "comments": state.comments,
            }
            listed = {name: [plain(one) for one in table.values()] for name, table in tables.items()}
            return listed | {"messages": [plain(one) for one in state.messages.values()]}

    def add_person(self, request: Request, params: dict[str, str]) -> Any:
        """Add a customer."""
        given = request.fields()
        person = self._sandbox.add_person(given["name"], given.get("username", ""))
        return {"id": person.id, "username": person.username}

    def post(self, request: Request, params: dict[str, str]) -> Any:
        """Post as somebody: on a Page (`on`), or elsewhere with a mention of it (`mentions`)."""
        given, state = request.fields(), self._sandbox.state
        on = state.account(given["on"]) if given.get("on") else None
        tagged = [state.account(given["mentions"])] if given.get("mentions") else []
        return plain(self._sandbox.post(given["as"], given["text"], on=on, mentions=tagged))

    def review(self, request: Request, params: dict[str, str]) -> Any:
        """Recommend a Page as a customer, or not (`recommends` "0"); a second time changes it."""
        given, sandbox = request.fields(), self._sandbox
        recommends, page = given.get("recommends") not in ("0", False), sandbox.state.account(given["on"])
        return plain(sandbox.review(given["as"], page, given.get("text", ""), recommends=recommends))

    def comment(self, request: Request, params: dict[str, str]) -> Any:
        """Comment as somebody."""
        given = request.fields()
        return plain(self._sandbox.comment(given["as"], given["below"], given["text"]))

    def message(self, request: Request, params: dict[str, str]) -> Any:
        """Write privately as a customer, or (`from` is one of our accounts) as a colleague in Meta's inbox."""
        given, state = request.fields(), self._sandbox.state
        if any(given["from"].lstrip("@") in (one.id, one.username, one.name) for one in state.ours.values()):
            return plain(self._sandbox.answer(given["from"], given["to"], given["text"]))
        return plain(self._sandbox.message(given["from"], given["to"], given["text"]))

    def edit(self, request: Request, params: dict[str, str]) -> Any:
        """Edit a post, comment or message."""
        self._sandbox.edit(params["id"], request.fields()["text"])
        return {"edited": True}

    def delete(self, request: Request, params: dict[str, str]) -> Any:
        """Delete a post or comment, take back a message."""
        self._sandbox.delete(params["id"])
        return {"deleted": True}

    def react(self, request: Request, params: dict[str, str]) -> Any:
        """React as a customer."""
        given = request.fields()
        self._sandbox.react(given["as"], params["id"], given.get("reaction", "love"))
        return {"reacted": True}

    def block(self, request: Request, params: dict[str, str]) -> Any:
        """Let a customer block one of our accounts (`blocked` "0": let it in again)."""
        given = request.fields()
        self._sandbox.block(given["person"], given["ours"], given.get("blocked") not in ("0", False))
        return {"done": True}

    def credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Return what to paste into the app under test; it opens nothing else."""
        return asdict(self._sandbox.credentials(params["ours"], request.query.get("login", "")))

    def connect(self, request: Request, params: dict[str, str]) -> Any:
        """Enter a webhook's address for an account and subscribe it to everything."""
        given = request.fields()
        self._sandbox.connect_webhook(given["ours"], given["url"], given["verify_token"])
        return {"connected": True}


def plain(item: Any) -> dict[str, Any]:
    """Return a record as plain data."""
    return {name: _plain(getattr(item, name)) for name in item.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return as_timestamp(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.address if isinstance(value, File) else value
