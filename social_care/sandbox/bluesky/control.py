"""Bluesky's own part of the control routes: people, posts, private messages, credentials, a dump of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from social_care.sandbox.bluesky.state import POST, Record
from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.server import Request

if TYPE_CHECKING:
    from social_care.sandbox.bluesky.sandbox import BlueskySandbox


def register(sandbox: BlueskySandbox) -> None:
    """Add the routes."""
    control = BlueskyControl(sandbox)
    routes = sandbox.control.routes
    routes.add("GET /_sandbox/state", control.dump)
    routes.add("POST /_sandbox/users", control.add_user)
    routes.add("POST /_sandbox/posts", control.post)
    routes.add("POST /_sandbox/posts/delete", control.delete)
    routes.add("POST /_sandbox/dms", control.dm)
    routes.add("GET /_sandbox/credentials/:user", control.credentials)
    routes.add("POST /_sandbox/sessions/end", control.end_sessions)


class BlueskyControl:
    """Handlers that call the Python interface with what came over HTTP."""

    def __init__(self, sandbox: BlueskySandbox) -> None:
        self._sandbox = sandbox

    def dump(self, request: Request, params: dict[str, str]) -> Any:
        """Return everything there is, without a secret."""
        state = self._sandbox.state
        with state.lock:
            users = [{"did": one.did, "handle": one.handle, "name": one.name} for one in state.users.values()]
            posts = [describe(one) for one in state.newest(POST)]
            convos = [{"id": one.id, "members": one.members, "messages": one.messages} for one in state.convos.values()]
            return {"users": users, "posts": posts, "convos": convos}

    def add_user(self, request: Request, params: dict[str, str]) -> Any:
        """Add a person."""
        given = request.fields()
        followers = int(given.get("followers") or 0)
        user = self._sandbox.add_user(
            given["handle"], given.get("name", ""), followers=followers, dms=given.get("dms") or "all"
        )
        return {"did": user.did, "handle": user.handle}

    def post(self, request: Request, params: dict[str, str]) -> Any:
        """Post, answer or quote in somebody's name."""
        given = request.fields()
        answered, quoted = given.get("reply_to") or None, given.get("quote") or None
        return describe(self._sandbox.post(given["user"], given.get("text", ""), reply_to=answered, quote=quoted))

    def delete(self, request: Request, params: dict[str, str]) -> Any:
        """Delete a post."""
        uri = request.fields()["uri"]
        self._sandbox.delete(uri)
        return {"deleted": uri}

    def dm(self, request: Request, params: dict[str, str]) -> Any:
        """Write privately in somebody's name."""
        given = request.fields()
        return self._sandbox.dm(given["from"], given["to"], given["text"])

    def credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Return what to paste into the app under test; it opens nothing else."""
        return self._sandbox.credentials(params["user"]) | {"api_base_url": self._sandbox.base_url}

    def end_sessions(self, request: Request, params: dict[str, str]) -> Any:
        """Let every session end."""
        self._sandbox.expire_sessions(refresh=bool(request.fields().get("refresh")))
        return {"ended": True}


def describe(record: Record) -> dict[str, Any]:
    """Return a post as plain data."""
    return {**record.ref, "did": record.did, "text": record.value["text"], "at": as_timestamp(record.at)}
