"""The sandbox's Bluesky itself: people, their records, conversations, sessions. It knows no HTTP."""

from __future__ import annotations

import json
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from threading import RLock
from typing import Any

from social_care.sandbox.clock import as_timestamp

POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
BLOCK = "app.bsky.graph.block"
SCOPES = {True: "com.atproto.appPassPrivileged", False: "com.atproto.appPass"}
SESSION_LIVES = timedelta(hours=2)
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True, kw_only=True)
class User:
    """A person. dms: who may write privately: "all", "following" or "none". chat: the app password sees private messages."""

    did: str
    handle: str
    name: str
    password: str
    followers: int = 0
    dms: str = "all"
    chat: bool = True
    verified: bool = False
    follows: set[str] = field(default_factory=set)
    status: str = ""


@dataclass(slots=True, kw_only=True)
class Record:
    """A record in somebody's repository. at: when it was indexed."""

    uri: str
    did: str
    collection: str
    rkey: str
    value: dict[str, Any]
    at: datetime

    @property
    def cid(self) -> str:
        """Return the id of the content, which changes with it."""
        digest = sha256(json.dumps([self.uri, self.value], sort_keys=True).encode()).digest()
        return "bafyrei" + b32encode(digest).decode().lower().rstrip("=")

    @property
    def ref(self) -> dict[str, str]:
        """Return how other records refer to it."""
        return {"uri": self.uri, "cid": self.cid}


@dataclass(slots=True, kw_only=True)
class Convo:
    """A conversation of two. messages: as views, oldest first."""

    id: str
    members: tuple[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a token opens. until: when it ends."""

    did: str
    scope: str
    until: datetime


class State:
    """Everything there is. Whoever reads or writes more than one thing holds the lock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.lock = RLock()
        self._number = 0
        self._last = datetime.min.replace(tzinfo=clock().tzinfo)
        self.clear()

    def clear(self) -> None:
        """Forget everything; numbers go on rising."""
        self.users: dict[str, User] = {}
        self.records: dict[str, Record] = {}
        self.blobs: dict[str, tuple[str, bytes]] = {}
        self.convos: dict[str, Convo] = {}
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}

    def next_number(self) -> int:
        """Return a number above every earlier one."""
        self._number += 1
        return self._number

    def now(self) -> datetime:
        """Return the present moment, a millisecond after the last one asked for: nothing happens at once."""
        self._last = max(self.clock(), self._last + timedelta(milliseconds=1))
        return self._last

    def next_tid(self) -> str:
        """Return a record key of the present moment, above every earlier one."""
        number = (int(self.now().timestamp() * 1_000_000) << 10) + self.next_number() % 1024
        return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -1, -5))

    # --- people and sessions ----------------------------------------------------------------------------------------
    def user(self, who: User | str) -> User:
        """Return a person by record, DID or handle (with or without "@"). Raises: KeyError."""
        if isinstance(who, User):
            return who
        name = who.lstrip("@").lower()
        for user in self.users.values():
            if name in (user.did, user.handle):
                return user
        raise KeyError(f"there is no {who}")

    def begin_session(self, user: User, scope: str) -> dict[str, str]:
        """Return the two tokens of a session."""
        now = self.clock()
        access = self._token(user.did, scope, now + SESSION_LIVES)
        refresh = self._token(user.did, "com.atproto.refresh", now + timedelta(days=90))
        self.access[access] = Grant(did=user.did, scope=scope, until=now + SESSION_LIVES)
        self.refresh[refresh] = Grant(did=user.did, scope=scope, until=now + timedelta(days=90))
        return {"accessJwt": access, "refreshJwt": refresh}

    def _token(self, did: str, scope: str, until: datetime) -> str:
        claims = {"sub": did, "scope": scope, "exp": int(until.timestamp()), "jti": str(self.next_number())}
        body = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims))
        return ".".join([*body, sha256(str(claims).encode()).hexdigest()])

    # --- records ----------------------------------------------------------------------------------------------------
    def write(self, did: str, collection: str, value: dict[str, Any], rkey: str = "") -> Record:
        """Write a record, in the place of one that has the key already."""
        rkey = rkey or self.next_tid()
        uri = f"at://{did}/{collection}/{rkey}"
        known = self.records.get(uri)
        record = Record(
            uri=uri, did=did, collection=collection, rkey=rkey, value=value, at=known.at if known else self.now()
        )
        self.records[uri] = record
        return record

    def newest(self, *collections: str) -> Iterator[Record]:
        """Yield records of these collections (none: all), the newest first."""
        for record in sorted(self.records.values(), key=lambda one: one.at, reverse=True):
            if not collections or record.collection in collections:
                yield record

    def find(self, did: str, collection: str, **wanted: Any) -> Record | None:
        """Return somebody's newest record of a collection in which these values stand."""
        for record in self.newest(collection):
            if record.did == did and all(record.value.get(name) == value for name, value in wanted.items()):
                return record
        return None

    def blocked(self, one: str, other: str) -> bool:
        """Tell whether one of two people blocked the other."""
        pairs = ((one, other), (other, one))
        return any(self.find(did, BLOCK, subject=subject) is not None for did, subject in pairs)

    def may_answer(self, record: Record, did: str) -> bool:
        """Tell whether somebody may answer a post: an empty list of rules lets nobody in but who began the thread."""
        root = record.value.get("reply", {}).get("root", {}).get("uri", record.uri)
        owner, _, rkey = root.removeprefix("at://").split("/")
        gate = self.records.get(f"at://{owner}/{GATE}/{rkey}")
        return owner == did or gate is None or "allow" not in gate.value

    # --- conversations ----------------------------------------------------------------------------------------------
    def convo(self, one: str, other: str) -> Convo:
        """Return the conversation of two people, made if need be."""
        members = (min(one, other), max(one, other))
        found = next((convo for convo in self.convos.values() if convo.members == members), None)
        if found is None:
            found = Convo(id=f"3convo{self.next_number():07d}", members=members)
            self.convos[found.id] = found
            self.note(found, "logBeginConvo")
        return found

    def say(self, convo: Convo, did: str, message: dict[str, Any]) -> dict[str, Any]:
        """Put a message into a conversation."""
        rev = self.next_tid()
        view = {"id": self.next_tid(), "rev": rev, **message, "sender": {"did": did}, "sentAt": as_timestamp(self.now())}
        convo.messages.append(view)
        self.note(convo, "logCreateMessage", message=_typed(view, "messageView"))
        return view

    def unsay(self, convo: Convo, message_id: str) -> None:
        """Take a message away. Raises: KeyError."""
        for place, view in enumerate(convo.messages):
            if view["id"] == message_id:
                gone = {name: view[name] for name in ("id", "sender", "sentAt")} | {"rev": self.next_tid()}
                convo.messages[place] = _typed(gone, "deletedMessageView")
                self.note(convo, "logDeleteMessage", message=convo.messages[place])
                return
        raise KeyError(f"there is no message {message_id}")

    def note(self, convo: Convo, kind: str, **more: Any) -> None:
        """Write down for both members what happened."""
        entry = _typed({"rev": self.next_tid(), "convoId": convo.id, **more}, kind)
        for did in convo.members:
            self.logs.setdefault(did, []).append(entry)


def _typed(view: dict[str, Any], kind: str) -> dict[str, Any]:
    return {**view, "$type": f"chat.bsky.convo.defs#{kind}"}
