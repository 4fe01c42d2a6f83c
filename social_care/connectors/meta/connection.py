"""What connections to Facebook, Instagram and WhatsApp have in common."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.reading import identifier, items, mapping, moment, number, text
from social_care.connectors.meta import usage
from social_care.connectors.meta.cursor import LOOKED_AGAIN_S, MOST_RESTARTS, OVERLAP_S, Cursor, Step
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.graph import Answer, Graph
from social_care.connectors.meta.listing import INNER, keep_new
from social_care.connectors.meta.options import option
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, Refused
from social_care.core.ports import Clock, Download, Page, ReadUpload

log = logging.getLogger(__name__)

SAFE_ID = re.compile(r"[A-Za-z0-9_.:$=-]{1,255}")
"""What may stand in an address as an id of Meta's, or as the token of a page."""


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where to read on after a page: the token of the next one ("" none that matters), lists found in this one."""

    after: str = ""
    more: tuple[Step, ...] = ()


class GraphConnection:
    """One account's token at Meta.

    Options of the account: `backfill_hours`, how far back the first poll reaches (24); `post_days`, how old a post of ours
    may be for polls to look for comments below it (7). own_posts: the list of them. looked_again_s: for how many seconds
    before the last visit what stands in a list's first pages is read again, by the list; 0 for the others.
    """

    own_posts = ""
    looked_again_s: Mapping[str, float] = MappingProxyType({})

    def __init__(self, account: Account, graph: Graph, read: ReadUpload, clock: Clock) -> None:
        self.account = account
        self.graph = graph
        self.read_upload = read
        self.clock = clock

    def close(self) -> None:
        """Let go of sockets."""
        self.graph.session.close()

    def download(self, reference: str) -> Download:
        """Fetch a media file; its address was signed by Meta and needs no token. Raises: SocialCareError."""
        if not reference.startswith(("https://", "http://")):
            raise Refused(f"{self.graph.title} gave no address for this attachment.")
        return download(reference, self.limits())

    def limits(self) -> Limits:
        """Return the limits of a download; a sandbox is trusted."""
        parts = urlsplit(self.graph.base) if self.graph.base else None
        return Limits(trusted=frozenset({f"{parts.scheme}://{parts.netloc}"} if parts else ()))

    def since(self, cursor: Cursor) -> float:
        """Return from when on messages are new, epoch seconds."""
        if cursor.since:
            return cursor.since - OVERLAP_S
        hours = number(option(self.account, "backfill_hours"))
        return self.clock().timestamp() - 3600 * (24 if hours is None else min(hours, 10_000))

    def visit(
        self,
        stored: str,
        first: Sequence[Step],
        ask: Callable[[Step], Answer],
    ) -> Page:
        """Fetch the page of the cursor's first step. A list that is gone, or not ours to read, does not stop the others."""
        cursor = Cursor.read(stored).begun(int(self.clock().timestamp()), first)
        step, since = cursor.steps[0], self.since(cursor)
        cursor = cursor if cursor.first else replace(cursor, first=int(since))
        try:
            answer = ask(step)
        except (Refused, ConfigurationError) as error:
            if step.after and type(error) is Refused and cursor.restarts < MOST_RESTARTS:
                # Meta no longer knows the token of this page: the list begins again.
                anew = replace(cursor, steps=(replace(step, after=""), *cursor.steps[1:]), restarts=cursor.restarts + 1)
                return Page(body=b"", cursor=anew.dump(), more=True, count=0)
            if step == first[0]:
                raise
            log.warning("%s: the list %s could not be read: %s", self.graph.title, step.kind, error)
            after = cursor.after("")
            return Page(body=b"", cursor=after.dump(), more=bool(after.steps), count=0)
        found = self._look(step, answer, since)
        after = cursor.after(found.after, found.more)
        again_s = self.looked_again_s.get(step.kind, 0.0)
        from_on = max(since - again_s, cursor.first) if again_s else since
        new, count = keep_new(answer.body, from_on, max(since - LOOKED_AGAIN_S, cursor.first))
        body = json.dumps(new, ensure_ascii=False).encode("utf-8", "replace")
        return Page(body=body, cursor=after.dump(), more=bool(after.steps), count=count)

    def _look(self, step: Step, answer: Answer, since: float) -> Look:
        """Tell where there is more that is new: on the list's next page, below a post, in a conversation."""
        if step.kind == "replies":  # in which order they come is unsure, so they are read to the end
            return Look(after=next_token(mapping(answer.body.get("replies"))))
        if step.kind in INNER:
            inner = mapping(answer.body.get(step.kind))
            return Look(after=next_token(inner) if oldest(inner) >= since else "", more=tuple(_below(inner)))
        nodes = [mapping(node) for node in items(answer.body.get("data"))]
        kind = "messages" if step.kind == "conversations" else "comments"
        more = []
        for node in nodes:
            inner = mapping(node.get(kind))
            token, identity = next_token(inner), remote_id(node.get("id"))
            if token and identity and oldest(inner) >= since:
                more.append(Step(kind=kind, of=identity, after=token))
            more += _below(inner)
        days = number(option(self.account, "post_days"))
        reach = since - 86_400 * (7 if days is None else days) if step.kind == self.own_posts else since
        known = any(when.timestamp() < reach for node in nodes if (when := time_of(node)))
        return Look(after="" if known else next_token(answer.body), more=tuple(more))

    def pages(self, path: str, most: int, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list, at most so many. Raises: SocialCareError."""
        after = ""
        for _ in range(most):
            body = self.graph.get(path, **params, **({"after": after} if after else {})).body
            yield body
            after = next_token(body)
            if not after:
                return

    def wanted(self, fields: Mapping[str, Sequence[str]]) -> set[str]:
        """Return the webhook fields of the feeds that the account receives, of a table by feed."""
        return {name for feed in self.account.receive for name in fields.get(feed, ())}

    def subscribed(self, owner: str, app_id: str = "") -> set[str]:
        """Return the webhook fields that somebody is subscribed to. Raises: SocialCareError.

        app_id: only by this app, where Meta tells the apps' ids; it also lists those of others.
        """
        listed = map(mapping, items(self.graph.get(f"{owner}/subscribed_apps").body.get("data")))
        ours = [app for app in listed if not app_id or identifier(app.get("id")) in ("", app_id)]
        return {name for app in ours for name in map(text, items(app.get("subscribed_fields"))) if name}

    def safe(self, identity: str) -> str:
        """Return an id that may stand in an address. Raises: Refused."""
        if not SAFE_ID.fullmatch(identity):
            raise Refused(f"{self.graph.title} gave no id that this could be answered by.")
        return identity

    def limits_left(self, answer: Answer) -> tuple[str, ...]:
        """Return what Meta says is used up, as plain lines."""
        return usage.lines(answer.headers)


def _below(comments: Mapping[str, Any]) -> Iterator[Step]:
    """Yield where answers to these comments are that did not come along."""
    for comment in map(mapping, items(comments.get("data"))):
        token, identity = next_token(mapping(comment.get("replies"))), remote_id(comment.get("id"))
        if token and identity:
            yield Step(kind="replies", of=identity, after=token)


def time_of(node: Mapping[str, Any]) -> datetime | None:
    """Return when a node was made or last changed, None where it does not tell."""
    return moment(node.get("timestamp")) or moment(node.get("updated_time")) or moment(node.get("created_time"))


def oldest(listing: Mapping[str, Any]) -> float:
    """Return when the oldest entry of a list was made, epoch seconds; infinity for an empty list."""
    times = [time_of(mapping(one)) for one in items(listing.get("data"))]
    return min((one.timestamp() for one in times if one), default=float("inf"))


def next_token(listing: Mapping[str, Any]) -> str:
    """Return the token of a list's next page, "" for the last one. Addresses of next pages hold our token: never used."""
    paging = mapping(listing.get("paging"))
    after = text(mapping(paging.get("cursors")).get("after")) or ""
    return after if paging.get("next") else ""
