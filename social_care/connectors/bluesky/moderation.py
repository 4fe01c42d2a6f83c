"""What Bluesky lets an account do to posts and people, and doing it.

Source: lexicons app.bsky.feed.like, app.bsky.graph.block, app.bsky.feed.threadgate, com.atproto.repo.* (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.bluesky.addresses import POST, owner_of, read_uri
from social_care.connectors.bluesky.calls import Calls
from social_care.connectors.bluesky.cursor import iso
from social_care.connectors.bluesky.sessions import SCOPE_PASSWORD, SCOPE_PLAIN, SCOPE_PRIVILEGED
from social_care.connectors.kit.reading import identifier, items, mapping
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, TargetGone
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.ports import Clock
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.LIKE, ModerationAction.BLOCK)
LIKE, BLOCK, GATE = "app.bsky.feed.like", "app.bsky.graph.block", "app.bsky.feed.threadgate"
MOST_HIDDEN = 300
WRITING = frozenset({SCOPE_PLAIN, SCOPE_PRIVILEGED, SCOPE_PASSWORD})

PUBLIC_ONLY = "Bluesky lets apps do that to public posts only."
NOT_OURS = "Bluesky lets an account delete its own posts only."
NOT_OUR_THREAD = "Bluesky lets an account hide answers only in conversations that it began itself."
NO_RIGHTS = "The account's credentials do not allow this: make a new app password and test the connection."
NOBODY = "The platform did not say who wrote this message."
NO_LONGER_TOLD = "Bluesky then shows neither of you to the other, and tells us no more of this person."


def offer(action: ModerationAction, target: StoredMessage, account: Account) -> Offer:
    """Return whether Bluesky lets this account do that to a message or its author."""
    refusal = NO_RIGHTS if account.permissions and not account.permissions & WRITING else _refusal(action, target, account)
    note = NO_LONGER_TOLD if action is ModerationAction.BLOCK and not refusal else ""
    return Offer(action=action, refusal=refusal, note=note)


def _refusal(action: ModerationAction, target: StoredMessage, account: Account) -> str:
    if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        return "" if target.author_id else NOBODY
    if target.audience is Audience.PRIVATE:
        return PUBLIC_ONLY
    if action is ModerationAction.DELETE:
        return "" if target.author_id == account.external_id else NOT_OURS
    if action in (ModerationAction.HIDE, ModerationAction.UNHIDE):
        ours = not account.external_id or owner_of(target.thread_id) in ("", account.external_id)
        return "" if ours and target.direction == "in" else NOT_OUR_THREAD
    return ""


class Moderation:
    """Carries out what was offered. See `CarriesOut.moderate`."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    def do(self, action: ModerationAction, target: StoredMessage) -> None:
        """Do it once; each sets a state, so what holds already is no fault. Raises: as `CarriesOut.moderate`."""
        if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
            self._block(target.author_id or "", wanted=action is ModerationAction.BLOCK)
        elif action is ModerationAction.DELETE:
            self._delete(target.message_id, POST)
        elif action in (ModerationAction.HIDE, ModerationAction.UNHIDE):
            self._hide(target, wanted=action is ModerationAction.HIDE)
        else:
            self._like(target.message_id, wanted=action is ModerationAction.LIKE)

    def _block(self, person: str, *, wanted: bool) -> None:
        profile = mapping(self._calls.get("app.bsky.actor.getProfile", actor=person))
        if identifier(profile.get("did")) != person:
            raise Retryable("Bluesky's answer could not be read.")
        held = identifier(mapping(profile.get("viewer")).get("blocking"))
        if wanted and not held:
            self._create(BLOCK, {"subject": person})
        elif not wanted and held:
            self._delete(held, BLOCK)

    def _like(self, uri: str, *, wanted: bool) -> None:
        view = self._view(uri)
        held = identifier(mapping(view.get("viewer")).get("like"))
        if wanted and not held:
            self._create(LIKE, {"subject": {"uri": uri, "cid": identifier(view.get("cid"))}})
        elif not wanted and held:
            self._delete(held, LIKE)

    def _hide(self, target: StoredMessage, *, wanted: bool) -> None:
        """Put an answer among those that our thread hides, or take it away from there; who may answer stays as it is."""
        root = read_uri(target.thread_id)
        if root is None or root[0] != self._calls.did:
            raise Refused(NOT_OUR_THREAD)
        found = self._gate(root[2])
        gate = mapping(found.get("value")) or {"$type": GATE, "post": target.thread_id, "createdAt": iso(self._clock())}
        hidden = [one for one in items(gate.get("hiddenReplies")) if one != target.message_id]
        if wanted and len(hidden) >= MOST_HIDDEN:
            raise Refused(f"Bluesky hides at most {MOST_HIDDEN} answers in one conversation.")
        gate = {**gate, "hiddenReplies": [*hidden, target.message_id] if wanted else hidden}
        body = {"repo": root[0], "collection": GATE, "rkey": root[2], "record": gate, "swapRecord": found.get("cid")}
        self._calls.post("com.atproto.repo.putRecord", body)

    def _gate(self, rkey: str) -> Mapping[str, Any]:
        asked = {"repo": self._calls.did, "collection": GATE, "rkey": rkey}
        try:
            found = mapping(self._calls.get("com.atproto.repo.getRecord", **asked))
        except TargetGone:
            return {}
        if not identifier(found.get("cid")):
            raise Retryable("Bluesky's answer could not be read.")
        return found

    def _view(self, uri: str) -> Mapping[str, Any]:
        views = items(mapping(self._calls.get("app.bsky.feed.getPosts", uris=[uri])).get("posts"))
        for view in map(mapping, views):
            if view.get("uri") == uri:
                return view
        raise TargetGone("The post is no longer on Bluesky, or not visible to us.")

    def _create(self, collection: str, record: Mapping[str, Any]) -> None:
        written = {"$type": collection, "createdAt": iso(self._clock()), **record}
        body = {"repo": self._calls.did, "collection": collection, "record": written}
        self._calls.post("com.atproto.repo.createRecord", body)

    def _delete(self, uri: str, collection: str) -> None:
        parts = read_uri(uri)
        if parts is None or parts[:2] != (self._calls.did, collection):
            raise Refused("Bluesky gave no address by which this could be done.")
        body = dict(zip(("repo", "collection", "rkey"), parts, strict=True))
        self._calls.post("com.atproto.repo.deleteRecord", body)
