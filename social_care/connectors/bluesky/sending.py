"""One part → one post or private message.

Source: https://docs.bsky.app/docs/advanced-guides/posts, lexicons app.bsky.feed.post and chat.bsky.convo.sendMessage
(read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from social_care.connectors.bluesky.addresses import POST, owner_of, read_uri, web_address
from social_care.connectors.bluesky.calls import Calls, decode
from social_care.connectors.bluesky.cursor import iso
from social_care.connectors.bluesky.errors import unreadable_success
from social_care.connectors.bluesky.matching import answered, is_message_of, rkey_of, sender_of, uri_of
from social_care.connectors.bluesky.text import clean, facets_of
from social_care.connectors.kit.reading import identifier, items, mapping
from social_care.core.errors import NotAllowed, Refused, Retryable, TargetGone
from social_care.core.events import Audience
from social_care.core.ports import Clock, ReadUpload
from social_care.core.replies import Part, Sent, Upload

DESCRIPTION = 2000
"""Graphemes of a picture's description that the app shows (from memory: unsure); the record itself sets no limit."""
VIDEO = "video/mp4"
VIDEO_DESCRIPTION = 1000
"""Source: lexicon app.bsky.embed.video, graphemes of "alt" (read 2026-11)."""
NO_ANSWERS = "The author of this conversation lets only some people answer, and this account is not among them."
BLOCKED_US = "This person has blocked the account, so the answer would reach nobody."
WE_BLOCKED = "This account has blocked the person: unblock them first."
LOOK_BACK = 100


class Sending:
    """Sends parts, and looks for those of which the answer was lost."""

    def __init__(self, calls: Calls, read: ReadUpload, clock: Clock) -> None:
        self._calls = calls
        self._read = read
        self._clock = clock

    def send(self, part: Part) -> Sent:
        """Send one part. Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown."""
        return self._write(part) if part.audience is Audience.PRIVATE else self._post(part)

    def find(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part: a post under its key, a private message by its words. Raises: SocialCareError."""
        if part.audience is Audience.PRIVATE:
            return self._find_message(part, taken)
        uri = uri_of(part, self._calls.did)
        if not uri or taken(uri) or self._record(uri) is None:
            return None
        return Sent(external_id=uri, permalink=web_address(uri))

    # --- posts ------------------------------------------------------------------------------------------------------
    def _post(self, part: Part) -> Sent:
        words = clean(part.text)
        record = {
            "$type": POST,
            "text": words,
            "createdAt": iso(self._clock()),
            "reply": self._reply(part),
            "facets": facets_of(words, self._resolve),
            "embed": self._embed(part.media),
        }
        body = {
            "repo": self._calls.did,
            "collection": POST,
            "rkey": rkey_of(part),
            "record": {name: value for name, value in record.items() if value or name == "text"},
        }
        uri = identifier(mapping(self._calls.post("com.atproto.repo.createRecord", body)).get("uri"))
        if not uri:
            raise unreadable_success()
        return Sent(external_id=uri, permalink=web_address(uri))

    def _reply(self, part: Part) -> dict[str, Any]:
        """Return what a part answers and what began its thread, each with its content id.

        Servers take answers to posts that are gone, that may not be answered, or of people who blocked us, and then show
        them to nobody: so it is looked at first. Raises: TargetGone, NotAllowed; SocialCareError.
        """
        uri = answered(part)
        if part.previous_id:
            record = self._record(uri)
            if record is None:
                raise TargetGone("Our own post before this one is gone, so the thread cannot go on.")
            return _reply_to(uri, identifier(record.get("cid")), mapping(record.get("value")))
        if read_uri(uri) is None:
            raise Refused("Bluesky gave no address by which this post could be answered.")
        views = items(mapping(self._calls.get("app.bsky.feed.getPosts", uris=[uri])).get("posts"))
        view = next((one for one in map(mapping, views) if one.get("uri") == uri), None)
        if view is None:
            raise self._why_missing(uri)
        if mapping(view.get("viewer")).get("replyDisabled") is True:
            raise NotAllowed(NO_ANSWERS)
        if refusal := _blocked(mapping(view.get("author"))):
            raise NotAllowed(refusal)
        return _reply_to(uri, identifier(view.get("cid")), mapping(view.get("record")))

    def _why_missing(self, uri: str) -> Refused:
        """Return why a post is not shown: of somebody who blocked us it looks like deleted."""
        try:
            author = mapping(self._calls.get("app.bsky.actor.getProfile", actor=owner_of(uri)))
        except Refused:
            author = {}
        refusal = _blocked(author)
        return NotAllowed(refusal) if refusal else TargetGone("The post is no longer on Bluesky, or not visible to us.")

    def _resolve(self, handle: str) -> str:
        """Return the DID behind a handle, "" where there is none; an "@word" that is nobody stays a word."""
        try:
            found = mapping(self._calls.get("com.atproto.identity.resolveHandle", handle=handle))
        except Refused:
            return ""
        return identifier(found.get("did"))

    def _embed(self, uploads: tuple[Upload, ...]) -> dict[str, Any]:
        """Upload pictures, or one video, and return the embed; a failure here is certain: nothing was posted yet.

        A video is worked on by Bluesky once the post is there, and missing in it for some seconds.
        Source: https://docs.bsky.app/docs/tutorials/video ("Simple method", read 2026-11).
        """
        files = [(self._upload(one), clean(one.alt)) for one in uploads]
        if [one.mime for one in uploads] == [VIDEO]:
            blob, words = files[0]
            return {"$type": "app.bsky.embed.video", "video": blob} | ({"alt": words[:VIDEO_DESCRIPTION]} if words else {})
        images = [{"image": blob, "alt": words[:DESCRIPTION]} for blob, words in files]
        return {"$type": "app.bsky.embed.images", "images": images} if images else {}

    def _upload(self, upload: Upload) -> Mapping[str, Any]:
        response = self._calls.call(
            "POST",
            "com.atproto.repo.uploadBlob",
            repeatable=True,  # a file that no record names is thrown away
            data=self._read(upload),
            headers={"content-type": upload.mime},
        )
        blob = mapping(mapping(decode(response)).get("blob"))
        if not blob:
            raise Retryable("Bluesky's answer to the upload could not be read.")
        return blob

    def _record(self, uri: str) -> Mapping[str, Any] | None:
        """Return a record of our own repository, None where it is not there."""
        parts = read_uri(uri)
        if parts is None:
            return None
        asked = dict(zip(("repo", "collection", "rkey"), parts, strict=True))
        try:
            record = mapping(self._calls.get("com.atproto.repo.getRecord", **asked))
        except TargetGone:
            return None
        if record.get("uri") != uri:
            raise Retryable("Bluesky's answer could not be read.")
        return record

    # --- private messages -------------------------------------------------------------------------------------------
    def _write(self, part: Part) -> Sent:
        words, convo = clean(part.text), self._conversation(part)
        message: dict[str, Any] = {"text": words}
        if facets := facets_of(words, self._resolve):
            message["facets"] = facets
        body = {"convoId": convo, "message": message}
        answer = mapping(self._calls.post("chat.bsky.convo.sendMessage", body))
        identity = identifier(answer.get("id"))
        if not identity:
            raise unreadable_success()
        return Sent(external_id=identity, thread_id=convo)

    def _conversation(self, part: Part) -> str:
        """Return the conversation with whom a part is for, begun if need be. Raises: SocialCareError."""
        if part.target.audience is Audience.PRIVATE:
            return part.target.route.get("convo") or part.target.thread_id
        if not part.target.author_id:
            raise Refused("The platform did not say who wrote this message, so there is nobody to answer privately.")
        asked = {"members": [part.target.author_id]}
        body = mapping(self._calls.get("chat.bsky.convo.getConvoForMembers", **asked))
        convo = identifier(mapping(body.get("convo")).get("id"))
        if not convo:
            raise Retryable("Bluesky's answer could not be read.")
        return convo

    def _find_message(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        convo, us = self._conversation(part), self._calls.did
        asked = {"convoId": convo, "limit": LOOK_BACK}
        body = mapping(self._calls.get("chat.bsky.convo.getMessages", **asked))
        if not isinstance(body.get("messages"), list):
            raise Retryable("Bluesky's answer could not be read.")
        for message in map(mapping, reversed(body["messages"])):
            identity = identifier(message.get("id"))
            if identity and sender_of(message) == us and is_message_of(message, part) and not taken(identity):
                return Sent(external_id=identity, thread_id=convo)
        return None


def _reply_to(uri: str, cid: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the references of an answer: the root is that of the answered post, or this itself."""
    if not cid:
        raise Retryable("Bluesky's answer could not be read.")
    parent = {"uri": uri, "cid": cid}
    root = mapping(mapping(record.get("reply")).get("root"))
    known = {name: value for name in ("uri", "cid") if (value := identifier(root.get(name)))}
    return {"root": known if len(known) == 2 else parent, "parent": parent}


def _blocked(profile: Mapping[str, Any]) -> str:
    viewer = mapping(profile.get("viewer"))
    if viewer.get("blocking") or viewer.get("blockingByList"):
        return WE_BLOCKED
    return BLOCKED_US if viewer.get("blockedBy") is True else ""
