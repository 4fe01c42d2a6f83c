"""Facebook and Instagram on loopback: the Python interface for tests, demonstrations and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from social_care.core.ports import Clock
from social_care.sandbox.meta.calls import Sent
from social_care.sandbox.meta.server import GraphServer
from social_care.sandbox.pages import control, refusals
from social_care.sandbox.pages.access import Access
from social_care.sandbox.pages.facebook import Facebook
from social_care.sandbox.pages.instagram import Instagram
from social_care.sandbox.pages.messaging import Messaging
from social_care.sandbox.pages.model import (
    FACEBOOK,
    INSTAGRAM,
    Comment,
    File,
    Ours,
    Person,
    Post,
    PrivateMessage,
)
from social_care.sandbox.pages.moderating import FIELDS, Things, register_subscriptions
from social_care.sandbox.pages.news import News
from social_care.sandbox.pages.page import render_page
from social_care.sandbox.pages.reviews import Reviews
from social_care.sandbox.pages.state import NOBODY_ELSE, State
from social_care.sandbox.server import Request, Response

PAGE_INBOX = "26390203743090"
"""The app id of what a colleague writes in Meta's own inbox. Source: Meta's page on message echoes (2026-11-22)."""
Piece = Post | Comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the owner of an account pastes into an app. All of it is made up and opens only the sandbox."""

    account_id: str
    client_id: str
    client_secret: str = field(repr=False)
    access_token: str = field(repr=False)


class PagesSandbox(GraphServer):
    """One Graph API with Pages and Instagram accounts, empty at first. Options: see `GraphServer`."""

    def __init__(self, clock: Clock | None = None, **options: Any) -> None:
        super().__init__(clock, **options)
        self.known.add(refusals.ALL)
        self.news = News(self.webhooks)
        self.state = State(self.clock, self._announce)
        self.access = Access(self.state)
        self.facebook = Facebook(self)
        self.instagram = Instagram(self)
        self.messaging = Messaging(self)
        Reviews(self)
        Things(self)
        register_subscriptions(self)
        control.register_pages(self)

    def _announce(self, verb: str, subject: object, *more: Any) -> None:
        self.news.tell(self.state, verb, subject, *more)

    # --- HTTP --------------------------------------------------------------------------------------------------
    def page(self) -> str:
        """Return the page to play with."""
        return render_page(self.state, self.clock(), self.faults.listing())

    def serve_file(self, request: Request) -> Response | None:
        """Return a file, None where the path names none."""
        folder, _, name = request.path.strip("/").partition("/")
        if folder != "files":
            return None
        found = self.state.files.get(name.partition(".")[0])
        if found is None:
            return Response(status=404, content_type="text/plain")
        return Response(body=found.content, content_type=found.mime)

    def keep_file(self, sent: Sent, kind: str = "") -> File:
        """Keep a file that came with a call."""
        kind = kind or sent.mime.partition("/")[0]
        kind = kind if kind in ("image", "video", "audio") else "file"
        return self.state.add_file(self.base_url, kind, sent.content, sent.name, sent.mime)

    def forget(self) -> None:
        """Forget people, posts and messages."""
        self.state.clear()

    # --- who there is ------------------------------------------------------------------------------------------
    def add_page(self, name: str, username: str, category: str = "Airline", **traits: Any) -> Ours:
        """Add a Page. traits: human_agent."""
        with self.lock:
            return self.state.add_ours(FACEBOOK, name, username, category=category, **traits)

    def add_instagram(self, username: str, name: str = "", page: Ours | None = None, **traits: Any) -> Ours:
        """Add a professional Instagram account, linked to a Page or not. traits: human_agent."""
        with self.lock:
            linked = page.id if page else ""
            return self.state.add_ours(INSTAGRAM, name or username, username, page_id=linked, **traits)

    def add_person(self, name: str, username: str = "", **traits: Any) -> Person:
        """Add a customer. traits: followers, consents. Raises: ValueError."""
        with self.lock:
            return self.state.add_person(name, username, **traits)

    # --- what people do in public ------------------------------------------------------------------------------
    def post(
        self,
        author: Person | Ours | str,
        text: str,
        on: Ours | None = None,
        media: Sequence[str] = (),
        mentions: Sequence[Ours] = (),
        product: str = "FEED",
    ) -> Post:
        """Post in the app.

        on: the Page a visitor posts on; None for one's own place. media: kinds of files to make up. mentions: who is tagged,
        by whose network a person's own place is chosen. product: FEED, REELS, STORY or LIVE.
        Raises: KeyError; ValueError for a visitor on Instagram, which has none.
        """
        with self.lock:
            who = self.author(author)
            own = who if isinstance(who, Ours) else None
            if on is not None and on is not own and on.network == INSTAGRAM:
                raise ValueError("on Instagram nobody posts with somebody else")
            home = on or own
            network = home.network if home else mentions[0].network if mentions else FACEBOOK
            place = home.id if home else who.id if network == INSTAGRAM else NOBODY_ELSE
            files = [self.state.add_file(self.base_url, kind) for kind in media]
            tags = [one.id for one in mentions]
            return self.state.add_post(who.id, place, text, network=network, files=files, tags=tags, product=product)

    def comment(
        self,
        author: Person | Ours | str,
        below: Piece | str,
        text: str,
        media: Sequence[str] = (),
        mentions: Sequence[Ours] = (),
    ) -> Comment:
        """Comment in the app, below a post or comment. Raises: KeyError; ValueError for who was banned."""
        with self.lock:
            who, target = self.author(author), self.piece(below)
            host = self.state.host_of(target)
            if host is not None and who.id in host.banned:
                raise ValueError(f"{who.name} was blocked by {host.name}")
            files = [self.state.add_file(self.base_url, kind) for kind in media]
            return self.state.add_comment(who.id, target, text, files=files, tags=[one.id for one in mentions])

    def review(self, author: Person | str, page: Ours, text: str = "", *, recommends: bool = True) -> Post:
        """Recommend a Page, or not. Whoever has done so before changes his word. Raises: KeyError."""
        with self.lock:
            who, recommendation = self.state.person(author), "positive" if recommends else "negative"
            own = (one for one in self.state.posts.values() if (one.place, one.author_id) == (page.id, who.id))
            before = next((one for one in own if one.recommendation), None)
            if before is None:
                return self.state.add_post(who.id, page.id, text, network=FACEBOOK, recommendation=recommendation)
            before.recommendation = recommendation
            self.state.edit(before, text)
            return before

    def edit(self, piece: Piece | PrivateMessage | str, text: str) -> None:
        """Edit a post, a comment or a private message. Raises: KeyError."""
        with self.lock:
            found = self._anything(piece)
            if isinstance(found, PrivateMessage):
                found.text, found.edits = text, found.edits + 1
                self._announce("edit", found)
            else:
                self.state.edit(found, text)

    def delete(self, piece: Piece | PrivateMessage | str) -> None:
        """Delete a post or comment, or take a private message back. Raises: KeyError."""
        with self.lock:
            found = self._anything(piece)
            if isinstance(found, PrivateMessage):
                found.deleted = True
                self._announce("unsend", found)
            else:
                self.state.remove(found)

    def react(self, who: Person | Ours | str, piece: Piece | PrivateMessage | str, reaction: str = "love") -> None:
        """React to something, "" takes it back. Raises: KeyError."""
        with self.lock:
            found = self._anything(piece)
            if isinstance(found, PrivateMessage):
                self._announce("react", found, reaction)
            else:
                self.state.react(self.author(who).id, found, reaction)

    def hide(self, comment: Comment | str, hidden: bool = True) -> None:
        """Hide a comment in Meta's own app, or show it again. Raises: KeyError."""
        with self.lock:
            found = self.piece(comment)
            if isinstance(found, Comment):
                self.state.hide(found, hidden)

    # --- what people do in private -----------------------------------------------------------------------------
    def message(
        self,
        person: Person | str,
        ours: Ours | str,
        text: str,
        media: Sequence[str] = (),
        reply_to: PrivateMessage | None = None,
        story: Mapping[str, str] | None = None,
    ) -> PrivateMessage:
        """Write privately as a customer.

        story: {"id", "url"} of ours that is answered, with "mention" for one of theirs that names us.
        Raises: KeyError; ValueError for who was blocked.
        """
        with self.lock:
            who, account = self.state.person(person), self.state.account(ours)
            if who.id in account.banned:
                raise ValueError(f"{who.name} was blocked by {account.name}")
            files = tuple(self.state.add_file(self.base_url, kind) for kind in media)
            answered = reply_to.id if reply_to else ""
            more: dict[str, Any] = {"files": files, "reply_to": answered, "story": dict(story or {})}
            return self.state.add_message(account, who, text, ours_writes=False, **more)

    def answer(self, ours: Ours | str, person: Person | str, text: str) -> PrivateMessage:
        """Answer privately in Meta's own inbox, as a colleague may. Raises: KeyError."""
        with self.lock:
            who, account = self.state.person(person), self.state.account(ours)
            return self.state.add_message(account, who, text, ours_writes=True, app_id=PAGE_INBOX)

    def press(self, person: Person | str, ours: Ours | str, title: str, payload: str = "") -> None:
        """Press a button of the conversation. Raises: KeyError."""
        with self.lock:
            account, who = self.state.account(ours), self.state.person(person)
            self.state.add_message(account, who, title, ours_writes=False, button=payload or title)

    def read(self, person: Person | str, ours: Ours | str) -> None:
        """Let a customer read what they got. Raises: KeyError."""
        with self.lock:
            got = [one for one in self.messages(person, ours) if one.sender_id == self.state.account(ours).id]
            if got:
                self._announce("read", got[-1])

    def block(self, person: Person | str, ours: Ours | str, blocked: bool = True) -> None:
        """Let a customer block one of our accounts, or let it in again. Raises: KeyError."""
        with self.lock:
            found = self.state.person(person).blocked
            (found.add if blocked else found.discard)(self.state.account(ours).id)

    def hand_over(self, person: Person | str, ours: Ours | str, to_other_app: bool = True) -> None:
        """Give a conversation to another app; what is written meanwhile comes as `standby`. Raises: KeyError."""
        with self.lock:
            talk = self.state.conversation(self.state.account(ours), self.state.person(person))
            talk.standby = to_other_app

    # --- what there is -----------------------------------------------------------------------------------------
    def piece(self, piece: Piece | str) -> Piece:
        """Return a post or comment. Raises: KeyError when it is gone."""
        identity = piece if isinstance(piece, str) else piece.id
        found = self.state.posts.get(identity) or self.state.comments.get(identity)
        if found is None:
            raise KeyError(f"there is no post or comment {identity}")
        return found

    def comments(self, below: Piece | str) -> list[Comment]:
        """Return what stands below a post or comment, oldest first. Raises: KeyError."""
        with self.lock:
            found = self.piece(below)
            if isinstance(found, Post):
                return self.state.below(found)
            return [one for one in self.state.comments.values() if one.parent_id == found.id]

    def messages(self, person: Person | str, ours: Ours | str) -> list[PrivateMessage]:
        """Return what a customer and one of our accounts wrote each other, oldest first. Raises: KeyError."""
        with self.lock:
            talk = self.state.conversation(self.state.account(ours), self.state.person(person))
            return list(talk.messages)

    def scoped_id(self, person: Person | str, ours: Ours | str, *, private: bool = True) -> str:
        """Return how a customer is named to one of our accounts (PSID, IGSID, or in public). Raises: KeyError."""
        with self.lock:
            return self.state.scoped_id(self.state.person(person).id, self.state.account(ours), private=private)

    def author(self, who: Person | Ours | str) -> Person | Ours:
        """Return a person or one of our accounts. Raises: KeyError."""
        if isinstance(who, Ours):
            return who
        try:
            return self.state.person(who)
        except KeyError:
            return self.state.account(who)  # type: ignore[arg-type]

    def _anything(self, piece: Piece | PrivateMessage | str) -> Piece | PrivateMessage:
        if isinstance(piece, PrivateMessage):
            return piece
        found = self.state.messages.get(piece) if isinstance(piece, str) else None
        return found or self.piece(piece)

    # --- access ------------------------------------------------------------------------------------------------
    def credentials(self, ours: Ours | str, login: str = "") -> Credentials:
        """Return working credentials of an account.

        login: for Instagram, "Facebook" for the token of the Page it is linked to, else its own. Raises: KeyError.
        """
        with self.lock:
            account = self.state.account(ours)
            by_page = account.network == FACEBOOK or login == "Facebook"
            subject = account.page_id if by_page and account.network == INSTAGRAM else account.id
            grant = self.keyring.issue("page" if by_page else INSTAGRAM, subject)
            return Credentials(
                account_id=account.id,
                client_id=self.keyring.app_id,
                client_secret=self.keyring.app_secret,
                access_token=grant.token,
            )

    def connect_webhook(self, ours: Ours | str, url: str, verify_token: str) -> None:
        """Enter an address for an account's object and subscribe it to everything. Raises: KeyError, ValueError."""
        account = self.state.account(ours)
        self.webhooks.subscribe("page" if account.network == FACEBOOK else "instagram", url, verify_token)
        self.webhooks.install(account.id, FIELDS[account.network])
