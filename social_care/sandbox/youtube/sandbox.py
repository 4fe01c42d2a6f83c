"""YouTube on loopback: the Python interface for tests and the command line."""

from __future__ import annotations

from social_care.core.ports import Clock
from social_care.sandbox.control import Control, is_from_here
from social_care.sandbox.faults import Fault
from social_care.sandbox.server import Request, Response, SandboxServer, json_response
from social_care.sandbox.youtube import control
from social_care.sandbox.youtube.access import Access, Credentials
from social_care.sandbox.youtube.api import Api
from social_care.sandbox.youtube.model import STATUSES, Channel, Comment, State, Video
from social_care.sandbox.youtube.page import render_page
from social_care.sandbox.youtube.problems import fault_body


class YouTubeSandbox(SandboxServer):
    """One YouTube, empty at first. units: what the app may use in a day; change `api.units` as you like."""

    def __init__(self, clock: Clock | None = None, *, units: int = 10_000) -> None:
        super().__init__(clock)
        self.state = State(self.clock)
        self.access = Access(self.clock)
        self.api = Api(self.state, self.access, self.faults, self.clock, units)
        self.control = Control(self, self.reset)
        control.register(self)

    # --- HTTP -------------------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer a request as YouTube or Google does, or as the sandbox itself."""
        if request.target == "POST /token":
            with self.state.lock:
                return self.access.trade(request)
        if request.target == "GET /o/oauth2/v2/auth":
            with self.state.lock:
                return self.access.consent(request, list(self.state.channels.values()))
        if request.path == "/":
            return self._page(request)
        if request.path.startswith("/_sandbox/"):
            return self.control.handle(request)
        return self.api.handle(request)

    def _page(self, request: Request) -> Response:
        if not is_from_here(request):
            return json_response(403, {"error": "the page is for this machine only"})
        with self.state.lock:
            used = f"{self.api.used:,} of {self.api.units:,}"
            body = render_page(self.state, self.clock(), used, self.faults.listing()).encode()
        return Response(body=body, content_type="text/html; charset=utf-8")

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return YouTube's body for a status. shape: one of its reasons ("quotaExceeded", "commentsDisabled", …)."""
        if request.path == "/token":
            return json_response(fault.status, {"error": fault.shape or "internal_failure"}, fault.headers)
        return json_response(fault.status, fault_body(fault.status, fault.shape), fault.headers)

    def reset(self) -> None:
        """Forget everything but the address and the time."""
        with self.state.lock:
            self.state.clear()
            self.access.clear()
            self.api.used = 0
            self.faults.clear()
            self.requests.clear()

    # --- people and what they do ------------------------------------------------------------------------------------
    def add_channel(self, handle: str, title: str = "") -> Channel:
        """Add a channel. Raises: ValueError."""
        with self.state.lock:
            return self.state.add_channel(handle.lstrip("@"), title)

    def add_video(self, channel: Channel | str, title: str) -> Video:
        """Publish a video. Raises: KeyError."""
        with self.state.lock:
            return self.state.add_video(self.state.channel(channel), title)

    def comment(self, author: Channel | str, video: Video | str, text: str, status: str = "published") -> Comment:
        """Comment on a video as a person does, without the rules for apps. Raises: KeyError, ValueError."""
        with self.state.lock:
            found = video if isinstance(video, Video) else self.state.videos[video]
            return self.state.add_comment(self.state.channel(author), found, text, status=_status(status))

    def answer(self, author: Channel | str, comment: Comment | str, text: str, status: str = "published") -> Comment:
        """Answer a comment, or an answer, as a person does. Raises: KeyError, ValueError."""
        with self.state.lock:
            found = self._comment(comment)
            video, top = self.state.videos[found.video], found.parent or found.id
            return self.state.add_comment(self.state.channel(author), video, text, top, _status(status))

    def edit(self, comment: Comment | str, text: str) -> Comment:
        """Edit a comment as its author. Raises: KeyError."""
        with self.state.lock:
            found = self._comment(comment)
            found.text, found.updated = text, self.clock()
            return found

    def like(self, comment: Comment | str) -> Comment:
        """Like a comment. Raises: KeyError."""
        with self.state.lock:
            found = self._comment(comment)
            found.likes += 1
            return found

    def delete(self, comment: Comment | str) -> None:
        """Delete a comment and the answers to it. Raises: KeyError."""
        with self.state.lock:
            self.state.remove(self._comment(comment))

    def moderate(self, comment: Comment | str, status: str) -> Comment:
        """Set a comment's status as its channel does in YouTube Studio. Raises: KeyError, ValueError."""
        with self.state.lock:
            found = self._comment(comment)
            found.status = _status(status)
            return found

    def comments_by(self, author: Channel | str) -> list[Comment]:
        """Return what somebody wrote, oldest first. Raises: KeyError."""
        with self.state.lock:
            wanted = self.state.channel(author).id
            return [one for one in self.state.comments.values() if one.author == wanted]

    def _comment(self, comment: Comment | str) -> Comment:
        return self.state.comments[comment.id if isinstance(comment, Comment) else comment]

    # --- access -----------------------------------------------------------------------------------------------------
    def credentials(self, channel: Channel | str) -> Credentials:
        """Return working credentials of a channel. Raises: KeyError."""
        with self.state.lock:
            return self.access.credentials(self.state.channel(channel))

    def expire(self, channel: Channel | str) -> None:
        """End a channel's access tokens now. Raises: KeyError."""
        with self.state.lock:
            self.access.expire(self.state.channel(channel))

    def revoke(self, channel: Channel | str) -> None:
        """Take the app's access away. Raises: KeyError."""
        with self.state.lock:
            self.access.revoke(self.state.channel(channel))

    @property
    def used(self) -> int:
        """The units that calls have used today."""
        return self.api.used


def _status(status: str) -> str:
    if status not in STATUSES:
        raise ValueError(f"a comment is one of {', '.join(STATUSES)}")
    return status
