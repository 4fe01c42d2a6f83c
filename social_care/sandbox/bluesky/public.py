"""Sessions, records, files, posts, notifications."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

import regex

from social_care.sandbox.bluesky.api import Api, Call, XrpcError
from social_care.sandbox.bluesky.search import matcher
from social_care.sandbox.bluesky.state import POST, SCOPES, Record, State, User

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
PICTURES = 4
PICTURE_BYTES, VIDEO_BYTES = 2_000_000, 100_000_000
AT_ONCE = 25
_GRAPHEME = regex.compile(r"\X")


def register(api: Api) -> None:
    """Add the calls."""
    room = Public(api)
    for name in ("createSession", "refreshSession"):
        api.add("POST", f"com.atproto.server.{name}", getattr(room, name))
    for name in ("createRecord", "putRecord", "deleteRecord", "uploadBlob"):
        api.add("POST", f"com.atproto.repo.{name}", getattr(room, name))
    api.add("GET", "com.atproto.repo.getRecord", room.getRecord)
    api.add("GET", "com.atproto.identity.resolveHandle", room.resolveHandle)
    for name in ("getProfile", "getProfiles"):
        api.add("GET", f"app.bsky.actor.{name}", getattr(room, name))
    for name in ("getPosts", "getPostThread", "searchPosts"):
        api.add("GET", f"app.bsky.feed.{name}", getattr(room, name))
    api.add("GET", "app.bsky.notification.listNotifications", room.listNotifications)


class Public:
    """Handlers, each named as its call."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._state: State = api.state

    # --- sessions
    def createSession(self, call: Call) -> Any:
        """Begin a session with an app password."""
        given = call.body()
        try:
            user = self._state.user(str(given.get("identifier", "")))
        except KeyError:
            user = None
        if user is None or given.get("password") != user.password:
            raise XrpcError(401, "AuthenticationRequired", "Invalid identifier or password")
        if user.status == "takendown":
            raise XrpcError(401, "AccountTakedown", "Account has been taken down")
        return self._session(user, SCOPES[user.chat])

    def refreshSession(self, call: Call) -> Any:
        """Go on with a session; its refresh token is spent."""
        token = call.request.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self._api.admit(self._state.refresh, token)
        del self._state.refresh[token]
        return self._session(self._state.users[grant.did], grant.scope)

    def _session(self, user: User, scope: str) -> dict[str, Any]:
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self._api.base_url()}
        document = {"id": user.did, "alsoKnownAs": [f"at://{user.handle}"], "service": [service]}
        active = {"active": not user.status} | ({"status": user.status} if user.status else {})
        return {
            "did": user.did,
            "handle": user.handle,
            "didDoc": document,
            **active,
            **self._state.begin_session(user, scope),
        }

    def resolveHandle(self, call: Call) -> Any:
        """Return whose handle it is."""
        try:
            return {"did": self._state.user(call.one("handle")).did}
        except KeyError:
            raise XrpcError(400, "InvalidRequest", "Unable to resolve handle") from None

    # --- records
    def createRecord(self, call: Call) -> Any:
        """Write a record under a key that is free."""
        given = self._checked(call)
        uri = f"at://{call.me.did}/{given['collection']}/{given.get('rkey')}"
        if uri in self._state.records:
            raise XrpcError(500, "InternalServerError", "Internal Server Error")
        return self._written(call, given)

    def putRecord(self, call: Call) -> Any:
        """Write a record, in the place of one of that key."""
        given = self._checked(call)
        known = self._state.records.get(f"at://{call.me.did}/{given['collection']}/{given.get('rkey')}")
        if "swapRecord" in given and given["swapRecord"] != (known.cid if known else None):
            raise XrpcError(400, "InvalidSwap", "Record was at another cid")
        return self._written(call, given)

    def _written(self, call: Call, given: dict[str, Any]) -> Any:
        record = self._state.write(call.me.did, given["collection"], given["record"], given.get("rkey") or "")
        return {**record.ref, "commit": {"cid": record.cid, "rev": self._state.next_tid()}, "validationStatus": "valid"}

    def _checked(self, call: Call) -> dict[str, Any]:
        given = call.body()
        if given.get("repo") not in (call.me.did, call.me.handle):
            raise XrpcError(401, "AuthenticationRequired", "Authentication Required")
        record, collection = given.get("record"), given.get("collection")
        if not isinstance(record, dict) or not collection:
            raise XrpcError(400, "InvalidRequest", "Input must have the properties collection and record")
        if collection == POST:
            self._check_post(record, given.get("rkey"))
        return given

    def _check_post(self, record: dict[str, Any], rkey: object) -> None:
        words = record.get("text")
        if not isinstance(words, str) or not record.get("createdAt"):
            raise XrpcError(400, "InvalidRequest", "Invalid record: Missing required key")
        size = len(words.encode("utf-8", "replace"))
        if size > 3000 or len(_GRAPHEME.findall(words)) > 300:
            raise XrpcError(400, "InvalidRequest", "Invalid record: grapheme too big at $.record.text")
        if rkey is not None and not TID.fullmatch(str(rkey)):
            raise XrpcError(400, "InvalidRequest", "Invalid record key")
        for facet in record.get("facets", ()):
            if not 0 <= facet["index"]["byteStart"] < facet["index"]["byteEnd"] <= size:
                raise XrpcError(400, "InvalidRequest", "Invalid record: facet out of bounds")
        reply = record.get("reply")
        if reply is not None and not all({"uri", "cid"} <= set(reply.get(one, {})) for one in ("root", "parent")):
            raise XrpcError(400, "InvalidRequest", "Invalid record: reply must have root and parent")
        images = record.get("embed", {}).get("images", ())
        if len(images) > PICTURES or any(one["image"]["ref"]["$link"] not in self._state.blobs for one in images):
            raise XrpcError(400, "InvalidRequest", "Could not find blob")

    def getRecord(self, call: Call) -> Any:
        """Show a record as it was written."""
        uri = f"at://{self._did(call.one('repo'))}/{call.one('collection')}/{call.one('rkey')}"
        record = self._state.records.get(uri)
        if record is None:
            raise XrpcError(400, "RecordNotFound", f"Could not locate record: {uri}")
        return {**record.ref, "value": record.value}

    def deleteRecord(self, call: Call) -> Any:
        """Delete a record; one that is not there is no fault."""
        given = call.body()
        if given.get("repo") != call.me.did:
            raise XrpcError(401, "AuthenticationRequired", "Authentication Required")
        self._state.records.pop(f"at://{call.me.did}/{given.get('collection')}/{given.get('rkey')}", None)
        return {"commit": {"cid": "bafyreicommit", "rev": self._state.next_tid()}}

    def uploadBlob(self, call: Call) -> Any:
        """Take a file."""
        mime, content = call.request.headers.get("content-type", ""), call.request.body
        if len(content) > (VIDEO_BYTES if mime.startswith("video/") else PICTURE_BYTES):
            raise XrpcError(413, "PayloadTooLarge", "request entity too large")
        cid = f"bafkrei{self._state.next_number():052d}"
        self._state.blobs[cid] = (mime, content)
        return {"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(content)}}

    # --- people and posts
    def _did(self, who: str) -> str:
        try:
            return self._state.user(who).did
        except KeyError:
            raise XrpcError(400, "InvalidRequest", "Profile not found") from None

    def getProfile(self, call: Call) -> Any:
        """Show a person."""
        return call.views.profile(self._state.users[self._did(call.one("actor"))], detailed=True)

    def getProfiles(self, call: Call) -> Any:
        """Show those of some people who are there."""
        known = [self._state.users[did] for did in self._few(call.all("actors")) if did in self._state.users]
        return {"profiles": [call.views.profile(user, detailed=True) for user in known]}

    def getPosts(self, call: Call) -> Any:
        """Show those of some posts that are there."""
        found = [self._state.records.get(uri) for uri in self._few(call.all("uris"))]
        return {"posts": [call.views.post(one) for one in found if one is not None and call.views.visible(one)]}

    def _few(self, values: list[str]) -> list[str]:
        if len(values) > AT_ONCE:
            raise XrpcError(400, "InvalidRequest", f"Error: must not have more than {AT_ONCE} elements")
        return values

    def getPostThread(self, call: Call) -> Any:
        """Show a post with what answers it."""
        record = self._state.records.get(call.one("uri"))
        if record is None or not call.views.visible(record):
            raise XrpcError(400, "NotFound", f"Post not found: {call.one('uri')}")
        answers = [one for one in self._state.newest(POST) if _parent(one) == record.uri and call.views.visible(one)]
        kind = "app.bsky.feed.defs#threadViewPost"
        below = [{"$type": kind, "post": call.views.post(one), "replies": []} for one in answers]
        return {"thread": {"$type": kind, "post": call.views.post(record), "replies": below}}

    def searchPosts(self, call: Call) -> Any:
        """Show the posts that a query finds."""
        is_hit = matcher(call.one("q"), self._state)
        shown = [call.views.post(one) for one in self._state.newest(POST) if is_hit(one) and call.views.visible(one)]
        start = int(call.request.query.get("cursor") or 0)
        if self._api.faults.take("repeat_page", call.request.target):
            start = 0
        limit = _limit(call)
        more = {"cursor": str(start + limit)} if start + limit < len(shown) else {}
        return {"posts": self._maybe_shuffled(call, shown[start : start + limit]), **more}

    def listNotifications(self, call: Call) -> Any:
        """Show what somebody is told; a cursor is the time of the page's last entry."""
        cursor, reasons = call.request.query.get("cursor"), set(call.all("reasons"))
        if self._api.faults.take("repeat_page", call.request.target):
            cursor = None
        wanted: Iterable[dict[str, Any]] = (
            one
            for one in call.views.notifications()
            if (cursor is None or one["indexedAt"] < cursor) and (not reasons or one["reason"] in reasons)
        )
        page = list(islice(wanted, _limit(call)))
        more = {"cursor": page[-1]["indexedAt"]} if page else {}
        return {"notifications": self._maybe_shuffled(call, page), **more, "priority": False}

    def _maybe_shuffled(self, call: Call, page: list[Any]) -> list[Any]:
        if len(page) > 1 and self._api.faults.take("shuffle", call.request.target):
            return page[1:] + page[:1]
        return page


def _limit(call: Call) -> int:
    limit = call.request.query.get("limit") or "50"
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise XrpcError(400, "InvalidRequest", "Error: limit can not be greater than 100")
    return int(limit)


def _parent(record: Record) -> str:
    return str(record.value.get("reply", {}).get("parent", {}).get("uri", ""))
