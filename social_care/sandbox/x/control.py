"""X's own part of the control routes: people, posts, private messages, credentials, a dump of everything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.server import Request
from social_care.sandbox.x.model import DirectMessage, Post

if TYPE_CHECKING:
    from social_care.sandbox.x.sandbox import XSandbox


def register(sandbox: XSandbox) -> None:
    """Add the routes."""
    control = XControl(sandbox)
    routes = sandbox.control.routes
    routes.add("GET /_sandbox/state", control.dump)
    routes.add("POST /_sandbox/users", control.add_user)
    routes.add("POST /_sandbox/posts", control.post)
    routes.add("POST /_sandbox/posts/:id/edit", control.edit)
    routes.add("POST /_sandbox/posts/:id/delete", control.delete)
    routes.add("DELETE /_sandbox/posts/:id", control.delete)
    routes.add("POST /_sandbox/dms", control.dm)
    routes.add("GET /_sandbox/credentials/:user", control.credentials)
    routes.add("POST /_sandbox/credentials/:user/:action", control.end_credentials)


class XControl:
    """Handlers that call the Python interface with what came over HTTP."""

    def __init__(self, sandbox: XSandbox) -> None:
        self._sandbox = sandbox

    def dump(self, request: Request, params: dict[str, str]) -> Any:
        """Return everything there is, without a secret."""
        state = self._sandbox.state
        with state.lock:
            users = [{**asdict(user), "created_at": as_timestamp(user.created_at)} for user in state.users.values()]
            for user in users:
                user["follows"] = sorted(user["follows"])
            posts = [describe(state.posts[str(number)]) for number in state.order]
            return {"users": users, "posts": posts, "dms": [describe(one) for one in state.messages.values()]}

    def add_user(self, request: Request, params: dict[str, str]) -> Any:
        """Add a person."""
        given = request.fields()
        traits = {name: _flag(given[name]) for name in ("protected", "dms_open", "verified", "long_posts") if name in given}
        followers = int(given.get("followers") or 0)
        user = self._sandbox.add_user(given["handle"], given.get("name", ""), followers=followers, **traits)
        return {"id": user.id, "handle": user.handle}

    def post(self, request: Request, params: dict[str, str]) -> Any:
        """Post, reply, quote or repost in somebody's name."""
        given = request.fields()
        targets = {name: given.get(name) or None for name in ("reply_to", "quote", "repost_of")}
        media = [kind for kind in str(given.get("media") or "").split(",") if kind]
        post = self._sandbox.post(given["user"], given.get("text", ""), media=media, **targets)
        return describe(post)

    def edit(self, request: Request, params: dict[str, str]) -> Any:
        """Edit a post."""
        return describe(self._sandbox.edit(params["id"], request.fields()["text"]))

    def delete(self, request: Request, params: dict[str, str]) -> Any:
        """Delete a post."""
        self._sandbox.delete(params["id"])
        return {"deleted": True}

    def dm(self, request: Request, params: dict[str, str]) -> Any:
        """Write privately in somebody's name."""
        given = request.fields()
        return describe(self._sandbox.dm(given["from"], given["to"], given["text"]))

    def credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Return what to paste into the app under test; it opens nothing else."""
        return asdict(self._sandbox.credentials(params["user"]))

    def end_credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Revoke or expire somebody's tokens."""
        actions = {"revoke": self._sandbox.revoke, "expire": self._sandbox.expire}
        if params["action"] not in actions:
            raise ValueError("credentials can be revoked or expired")
        actions[params["action"]](params["user"])
        return {params["action"]: True}


def describe(item: Post | DirectMessage) -> dict[str, Any]:
    """Return a post or private message as plain data."""
    return {**asdict(item), "created_at": as_timestamp(item.created_at)}


def _flag(value: object) -> bool:
    return value in (True, "1", "true", "on", "yes")
