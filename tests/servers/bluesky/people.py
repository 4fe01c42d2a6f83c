"""People on the network: what they write, as their own app would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import count
from typing import Any

import requests

from tests.servers.bluesky.network import Network

POST = "app.bsky.feed.post"
_numbers = count(1)


@dataclass
class Person:
    """One account on the network, with the session of its own app."""

    network: Network
    handle: str
    did: str = ""
    token: str = field(default="", repr=False)

    @classmethod
    def join(cls, network: Network, name: str) -> Person:
        """Make an account of its own for one test."""
        person = cls(network, f"{name}{next(_numbers)}.test")
        given = {"email": f"{person.handle}@example.com", "handle": person.handle, "password": "the account's own"}
        made = person.call("POST", "com.atproto.server.createAccount", given)
        person.did, person.token = made["did"], made["accessJwt"]
        person.write("app.bsky.actor.profile", {"displayName": name.title()}, rkey="self")
        return person

    def call(self, method: str, name: str, body: Any = None, **params: Any) -> Any:
        """Make a call and return its answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.network.server}/xrpc/{name}"
        answer = requests.request(method, url, params=params, json=body, headers=headers, timeout=20)
        assert answer.ok, f"{name}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def app_password(self, *, privileged: bool) -> str:
        """Make an app password; privileged: it may see private messages."""
        given = {"name": "help desk", "privileged": privileged}
        return str(self.call("POST", "com.atproto.server.createAppPassword", given)["password"])

    def write(self, collection: str, record: dict[str, Any], rkey: str = "") -> dict[str, str]:
        """Write a record and return where it is."""
        full = {"$type": collection, "createdAt": datetime.now(timezone.utc).isoformat(), **record}
        given = {"repo": self.did, "collection": collection, "record": full} | ({"rkey": rkey} if rkey else {})
        made = self.call("POST", "com.atproto.repo.createRecord", given)
        return {"uri": made["uri"], "cid": made["cid"]}

    def post(
        self, text: str, *, mentions: Person | None = None, answers: list[dict[str, str]] | None = None, **more: Any
    ) -> dict[str, str]:
        """Post something. answers: the root of the thread and what is answered.

        The app view indexes two people's posts side by side; an answer that it meets before the answered post tells nobody.
        """
        if answers:
            self.network.settle()
        record: dict[str, Any] = {"text": text, **more}
        if mentions is not None:
            start = len(text[: text.index("@")].encode())
            index = {"byteStart": start, "byteEnd": start + len(mentions.handle) + 1}
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": mentions.did}
            record["facets"] = [{"index": index, "features": [feature]}]
        if answers:
            record["reply"] = {"root": answers[0], "parent": answers[-1]}
        return self.write(POST, record)

    def delete(self, uri: str) -> None:
        """Delete a record."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        self.call("POST", "com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": rkey})

    def thread(self, uri: str) -> dict[str, Any]:
        """Return a thread as this person sees it."""
        found: dict[str, Any] = self.call("GET", "app.bsky.feed.getPostThread", uri=uri, depth=10)["thread"]
        return found

    def answers(self, uri: str) -> list[dict[str, Any]]:
        """Return the posts that answer a post, as the app view shows them to this person."""
        return [one["post"] for one in self.thread(uri)["replies"]]
