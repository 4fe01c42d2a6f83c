"""How the app view shows people, posts and notifications to somebody.

Source: lexicons app.bsky.actor.defs, app.bsky.feed.defs, app.bsky.notification.listNotifications (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_care.sandbox.bluesky.state import BLOCK, POST, Record, State, User
from social_care.sandbox.clock import as_timestamp

MENTION = "app.bsky.richtext.facet#mention"
ABOUT_A_POST = {"app.bsky.feed.like": "like", "app.bsky.feed.repost": "repost"}


class Views:
    """Views for one viewer. base: the sandbox's address, under which it shows files."""

    def __init__(self, state: State, viewer: str, base: str) -> None:
        self._state = state
        self._viewer = viewer
        self._base = base

    def profile(self, user: User, *, detailed: bool = False) -> dict[str, Any]:
        """Return a person."""
        block = self._state.find(self._viewer, BLOCK, subject=user.did)
        blocked_by = self._state.find(user.did, BLOCK, subject=self._viewer) is not None
        viewer: dict[str, Any] = {"muted": False, "blockedBy": blocked_by}
        if block is not None:
            viewer["blocking"] = block.uri
        if self._viewer in user.follows:
            viewer["followedBy"] = f"at://{user.did}/app.bsky.graph.follow/3follow"
        shown: dict[str, Any] = {"did": user.did, "handle": user.handle, "displayName": user.name, "labels": []}
        shown |= {"viewer": viewer, "associated": {"chat": {"allowIncoming": user.dms}}}
        if user.verified:
            shown["verification"] = {"verifications": [], "verifiedStatus": "valid", "trustedVerifierStatus": "none"}
        return shown | ({"followersCount": user.followers} if detailed else {})

    def post(self, record: Record) -> dict[str, Any]:
        """Return a post."""
        like = self._state.find(self._viewer, "app.bsky.feed.like", subject=record.ref)
        viewer: dict[str, Any] = {"threadMuted": False}
        if like is not None:
            viewer["like"] = like.uri
        if not self._state.may_answer(record, self._viewer):
            viewer["replyDisabled"] = True
        author = self.profile(self._state.users[record.did])
        shown: dict[str, Any] = {**record.ref, "author": author, "record": record.value}
        shown |= {"indexedAt": as_timestamp(record.at), "labels": [], "viewer": viewer}
        images = record.value.get("embed", {}).get("images")
        if images:
            pictures = [{**self._picture(one["image"]["ref"]["$link"]), "alt": one["alt"]} for one in images]
            shown["embed"] = {"$type": "app.bsky.embed.images#view", "images": pictures}
        return shown

    def visible(self, record: Record | None) -> bool:
        """Tell whether the viewer may see a record: nothing of whom they blocked, or who blocked them."""
        return record is not None and not self._state.blocked(record.did, self._viewer)

    def notifications(self) -> Iterator[dict[str, Any]]:
        """Yield what the viewer is told, the newest first."""
        for record in self._state.newest():
            reason = self._reason(record)
            if reason is None or record.did == self._viewer or not self.visible(record):
                continue
            author = self.profile(self._state.users[record.did])
            shown: dict[str, Any] = {**record.ref, "author": author, "record": record.value}
            shown |= {"reason": reason[0], "isRead": False, "indexedAt": as_timestamp(record.at), "labels": []}
            yield shown | ({"reasonSubject": reason[1]} if reason[1] else {})

    def _reason(self, record: Record) -> tuple[str, str] | None:
        """Return why the viewer is told of a record, and about which of theirs it is."""
        value = record.value
        if record.collection in ABOUT_A_POST:
            subject = value["subject"]["uri"]
            return (ABOUT_A_POST[record.collection], subject) if self._is_mine(subject) else None
        if record.collection == "app.bsky.graph.follow":
            return ("follow", "") if value["subject"] == self._viewer else None
        if record.collection != POST:
            return None
        for facet in value.get("facets", ()):
            if any(one.get("$type") == MENTION and one.get("did") == self._viewer for one in facet["features"]):
                return "mention", ""
        quoted = value.get("embed", {}).get("record", {}).get("uri", "")
        if self._is_mine(quoted):
            return "quote", quoted
        reply = value.get("reply", {})
        for one in ("parent", "root"):
            if self._is_mine(uri := reply.get(one, {}).get("uri", "")):
                return "reply", uri
        return None

    def _is_mine(self, uri: str) -> bool:
        return uri.startswith(f"at://{self._viewer}/")

    def _picture(self, cid: str) -> dict[str, str]:
        return {"fullsize": f"{self._base}/img/{cid}", "thumb": f"{self._base}/img/{cid}"}
