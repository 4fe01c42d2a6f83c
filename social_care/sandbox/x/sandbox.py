"""X on loopback: the Python interface for tests, the demo and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from social_care.core.ports import Clock
from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.control import Control, is_from_here
from social_care.sandbox.faults import Fault
from social_care.sandbox.pushing import Delivery
from social_care.sandbox.server import Request, Response, SandboxServer, json_response
from social_care.sandbox.x import control, interacting, messaging, posting, reading, subscribing, uploading
from social_care.sandbox.x.activity import Activity
from social_care.sandbox.x.api import PROBLEM_TYPE, Api, Options
from social_care.sandbox.x.auth import FULL_ACCESS, Credentials, Keyring
from social_care.sandbox.x.consent import Consent
from social_care.sandbox.x.limits import WINDOW, Meter, Purse
from social_care.sandbox.x.model import DirectMessage, Media, Post, User
from social_care.sandbox.x.page import render_page
from social_care.sandbox.x.problems import status_body
from social_care.sandbox.x.state import State
from social_care.sandbox.x.tokens import handle_token_call

AUTHORIZE = "GET /i/oauth2/authorize"
TOKEN_PATHS = ("/2/oauth2/token", "/2/oauth2/revoke")
FILE_PATHS = ("/media/", "/tweet_video/", "/tweet_video_thumb/")


class XSandbox(SandboxServer):
    """One X, empty at first.

    clock: None for the real time. limits: calls in 15 minutes by route ("GET /2/dm_events"), over the documented ones.
    credits: in US dollars, None for no limit. options: see `Options`.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        limits: Mapping[str, int] | None = None,
        credits: Decimal | float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(clock)
        self.keyring = Keyring(self.clock)
        self.consent = Consent(self.keyring.client_id, self.clock)
        self.activity = Activity(self.keyring.consumer_secret, self.keyring.client_secret, self.faults)
        self.state = State(self.clock, self._announce)
        self.api = Api(
            state=self.state,
            clock=self.clock,
            keyring=self.keyring,
            meter=Meter(self.clock, limits),
            purse=Purse(self.clock, None if credits is None else Decimal(str(credits))),
            activity=self.activity,
            faults=self.faults,
            options=Options(**options),
        )
        for room in (reading, posting, interacting, messaging, uploading, subscribing):
            room.register(self.api)
        self.control = Control(self, self.reset)
        control.register(self)

    def _announce(self, kind: str, subject: object) -> None:
        self.activity.announce(self.state, kind, subject)

    # --- HTTP --------------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer a request as X does (under /2), or as the sandbox itself."""
        if request.path in TOKEN_PATHS and request.method == "POST":
            with self.state.lock:
                return handle_token_call(self.keyring, self.consent, request)
        if request.target == AUTHORIZE:
            with self.state.lock:
                return self.consent.answer(request, self.state.users)
        if request.path == "/":
            return self._page(request)
        if request.path.startswith("/_sandbox/"):
            return self.control.handle(request)
        if request.path.startswith(FILE_PATHS):
            return uploading.serve_file(self.state, request) or Response(status=404, content_type="text/plain")
        return self.api.handle(request)

    def _page(self, request: Request) -> Response:
        if not is_from_here(request):
            return json_response(403, {"error": "the page is for this machine only"})
        with self.state.lock:
            body = render_page(self.state, self.clock(), self.faults.listing()).encode()
        return Response(body=body, content_type="text/html; charset=utf-8")

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return X's body for a status, with the headers of a used-up window at 429."""
        headers = dict(fault.headers)
        if fault.status == 429 and not headers:
            reset = str(int((self.clock() + WINDOW).timestamp()))
            headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        kind = "" if fault.shape == "legacy" else PROBLEM_TYPE
        return json_response(fault.status, status_body(fault.status, fault.shape), headers, kind)

    def stop(self) -> None:
        """Close the server and push what is still queued."""
        self.activity.pusher.stop()
        super().stop()

    def reset(self) -> None:
        """Forget everything but the address and the time."""
        with self.state.lock:
            self.state.clear()
            self.keyring.clear()
            self.activity.clear()
            self.api.meter.clear()
            self.api.purse.clear()
            self.faults.clear()
            self.requests.clear()

    # --- people and what they do -------------------------------------------------------------------------------
    def add_user(self, handle: str, name: str = "", **traits: Any) -> User:
        """Add a person. traits: followers, protected, dms_open, verified, long_posts, … Raises: ValueError."""
        with self.state.lock:
            return self.state.add_user(handle, name, **traits)

    def follow(self, user: User | str, other: User | str) -> None:
        """Let somebody follow somebody. Raises: KeyError."""
        with self.state.lock:
            self.state.user(user).follows.add(self.state.user(other).id)

    def rename_user(self, user: User | str, handle: str) -> User:
        """Give somebody another handle; the id stays. Raises: KeyError, ValueError when it is taken."""
        with self.state.lock:
            found = self.state.user(user)
            if self.state.id_of(handle) not in (None, found.id):
                raise ValueError(f"@{handle} is taken")
            del self.state.handles[found.handle.lower()]
            found.handle = handle
            self.state.handles[handle.lower()] = found.id
            return found

    def post(
        self,
        user: User | str,
        text: str,
        reply_to: Post | str | None = None,
        quote: Post | str | None = None,
        media: Sequence[Media | str] = (),
        repost_of: Post | str | None = None,
        **more: Any,
    ) -> Post:
        """Post as a person does in the app, without X's rules for apps.

        media: files, or kinds ("photo", "video", "animated_gif") to make some up. more: lang, reply_settings, prefix.
        Raises: KeyError for a person or post that is not there.
        """
        with self.state.lock:
            author = self.state.user(user)
            targets: dict[str, Any] = {"reply_to": _id(reply_to), "quote": _id(quote), "repost_of": _id(repost_of)}
            for target in targets.values():
                if target and target not in self.state.posts:
                    raise KeyError(f"there is no post {target}")
            files = [one if isinstance(one, Media) else self.state.add_media(author.id, one) for one in media]
            return self.state.add_post(author, text, media=[one.id for one in files], **targets, **more)

    def edit(self, post_id: Post | str, text: str) -> Post:
        """Edit a post, which makes a version with an id of its own. Raises: KeyError, ValueError."""
        with self.state.lock:
            return self.state.edit_post(_id(post_id) or "", text)

    def delete(self, post_id: Post | str) -> None:
        """Delete a post with all its versions. Raises: KeyError."""
        with self.state.lock:
            self.state.delete_post(_id(post_id) or "")

    def dm(self, from_user: User | str, to_user: User | str, text: str, media: Sequence[Media | str] = ()) -> DirectMessage:
        """Write privately as a person does in the app. Raises: KeyError; ValueError for somebody who was blocked."""
        with self.state.lock:
            sender = self.state.user(from_user)
            if (self.state.user(to_user).id, sender.id) in self.state.dm_blocks:
                raise ValueError(f"{sender.handle} is blocked")
            files = [one if isinstance(one, Media) else self.state.add_media(sender.id, one) for one in media]
            return self.state.add_message(sender, self.state.user(to_user), text, [one.id for one in files])

    def posts_by(self, user: User | str) -> list[Post]:
        """Return what somebody posted (current versions), oldest first. Raises: KeyError."""
        with self.state.lock:
            ids = self.state.by_author.get(self.state.user(user).id, [])
            return list(self.state.newest(ids))[::-1]

    def dms_between(self, one: User | str, other: User | str) -> list[DirectMessage]:
        """Return what two people wrote each other, oldest first. Raises: KeyError."""
        with self.state.lock:
            wanted = self.state.conversation(self.state.user(one).id, self.state.user(other).id)
            return [message for message in self.state.messages.values() if message.conversation_id == wanted]

    # --- access and money --------------------------------------------------------------------------------------
    def credentials(self, user: User | str, access: str = FULL_ACCESS) -> Credentials:
        """Return a person's working credentials. Raises: KeyError."""
        with self.state.lock:
            return self.keyring.credentials(self.state.user(user), access)

    def revoke(self, user: User | str) -> None:
        """Take the app's access away, as a person does in X's settings; pushes `oauth.revoke`. Raises: KeyError."""
        with self.state.lock:
            found = self.state.user(user)
            self.activity.announce_revocation(found, as_timestamp(self.clock()))
            self.keyring.revoke_user(found.id)

    def expire(self, user: User | str) -> None:
        """End the life of a person's OAuth 2 access token now. Raises: KeyError."""
        with self.state.lock:
            self.keyring.expire_user(self.state.user(user).id)

    @property
    def credits(self) -> Decimal | None:
        """What is left to spend, in US dollars; None: no limit."""
        return self.api.purse.credits

    @credits.setter
    def credits(self, amount: Decimal | float | None) -> None:
        self.api.purse.credits = None if amount is None else Decimal(str(amount))

    @property
    def spent(self) -> Decimal:
        """What the calls have cost, in US dollars."""
        return self.api.purse.spent

    @property
    def limits(self) -> dict[str, int]:
        """Limits of routes that differ from the documented ones; change them as you like."""
        return self.api.meter.overrides

    # --- pushing -----------------------------------------------------------------------------------------------
    @property
    def deliveries(self) -> list[Delivery]:
        """What was pushed to webhooks, in order."""
        return self.activity.pusher.deliveries

    def flush(self) -> None:
        """Wait until every event is pushed."""
        self.activity.pusher.flush()

    def redeliver(self) -> int:
        """Push again what was not answered with 200; return how many events that were."""
        return self.activity.pusher.redeliver()


def _id(post: Post | str | None) -> str | None:
    return post.id if isinstance(post, Post) else post
