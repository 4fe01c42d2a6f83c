"""YouTube's own part of the control routes: channels, videos, comments, credentials, a dump of everything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from social_care.sandbox.server import Request
from social_care.sandbox.youtube.model import Comment
from social_care.sandbox.youtube.objects import stamp

if TYPE_CHECKING:
    from social_care.sandbox.youtube.sandbox import YouTubeSandbox


def register(sandbox: YouTubeSandbox) -> None:
    """Add the routes."""
    control = YouTubeControl(sandbox)
    routes = sandbox.control.routes
    routes.add("GET /_sandbox/state", control.dump)
    routes.add("POST /_sandbox/channels", control.add_channel)
    routes.add("POST /_sandbox/videos", control.add_video)
    routes.add("POST /_sandbox/comments", control.comment)
    routes.add("POST /_sandbox/comments/:id/answer", control.answer)
    routes.add("POST /_sandbox/comments/:id/edit", control.edit)
    routes.add("POST /_sandbox/comments/:id/like", control.like)
    routes.add("POST /_sandbox/comments/:id/delete", control.delete)
    routes.add("POST /_sandbox/comments/:id/status", control.moderate)
    routes.add("GET /_sandbox/credentials/:who", control.credentials)
    routes.add("POST /_sandbox/credentials/:who/:action", control.end_credentials)


class YouTubeControl:
    """Handlers that call the Python interface with what came over HTTP."""

    def __init__(self, sandbox: YouTubeSandbox) -> None:
        self._sandbox = sandbox

    def dump(self, request: Request, params: dict[str, str]) -> Any:
        """Return everything there is, without a secret."""
        state, api = self._sandbox.state, self._sandbox.api
        with state.lock:
            return {
                "channels": [asdict(one) for one in state.channels.values()],
                "videos": [asdict(one) for one in state.videos.values()],
                "comments": [describe(one) for one in state.comments.values()],
                "units": {"used": api.used, "of": api.units},
            }

    def add_channel(self, request: Request, params: dict[str, str]) -> Any:
        """Add a person."""
        given = request.fields()
        return asdict(self._sandbox.add_channel(given["handle"], given.get("title", "")))

    def add_video(self, request: Request, params: dict[str, str]) -> Any:
        """Publish a video."""
        given = request.fields()
        return asdict(self._sandbox.add_video(given["channel"], given["title"]))

    def comment(self, request: Request, params: dict[str, str]) -> Any:
        """Comment on a video in somebody's name."""
        given = request.fields()
        status = given.get("status") or "published"
        return describe(self._sandbox.comment(given["as"], given["video"], given["text"], status))

    def answer(self, request: Request, params: dict[str, str]) -> Any:
        """Answer a comment in somebody's name."""
        given = request.fields()
        return describe(self._sandbox.answer(given["as"], params["id"], given["text"], given.get("status") or "published"))

    def edit(self, request: Request, params: dict[str, str]) -> Any:
        """Edit a comment."""
        return describe(self._sandbox.edit(params["id"], request.fields()["text"]))

    def like(self, request: Request, params: dict[str, str]) -> Any:
        """Like a comment."""
        return describe(self._sandbox.like(params["id"]))

    def delete(self, request: Request, params: dict[str, str]) -> Any:
        """Delete a comment."""
        self._sandbox.delete(params["id"])
        return {"deleted": True}

    def moderate(self, request: Request, params: dict[str, str]) -> Any:
        """Hold, approve or reject a comment, as in YouTube Studio."""
        return describe(self._sandbox.moderate(params["id"], request.fields()["status"]))

    def credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Return what to paste into the app under test; it opens nothing else."""
        return asdict(self._sandbox.credentials(params["who"]))

    def end_credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Revoke or expire somebody's tokens."""
        actions = {"revoke": self._sandbox.revoke, "expire": self._sandbox.expire}
        if params["action"] not in actions:
            raise ValueError("credentials can be revoked or expired")
        actions[params["action"]](params["who"])
        return {params["action"]: True}


def describe(comment: Comment) -> dict[str, Any]:
    """Return a comment as plain data."""
    return {**asdict(comment), "published": stamp(comment.published), "updated": stamp(comment.updated)}
