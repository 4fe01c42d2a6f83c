"""What connections to Facebook, Instagram and WhatsApp have in common."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.reading import mapping, number, text
from social_care.connectors.meta import usage
from social_care.connectors.meta.cursor import MOST_RESTARTS, OVERLAP_S, Cursor, Step
from social_care.connectors.meta.graph import Answer, Graph
from social_care.connectors.meta.listing import keep_new
from social_care.connectors.meta.options import option
from social_care.core.accounts import Account
from social_care.core.answers import Download, Page
from social_care.core.errors import ConfigurationError, Refused
from social_care.core.ports import Clock, ReadUpload

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where to read on after a page: the token of the next one ("" none that matters), lists found in this one."""

    after: str = ""
    more: tuple[Step, ...] = ()


class GraphConnection:
    """One account's token at Meta. Option of the account: `backfill_hours`, how far back the first poll reaches (24)."""

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
        ask: Callable[[Step, float], Answer],
        look: Callable[[Step, Answer, float], Look],
    ) -> Page:
        """Fetch the page of the cursor's first step. A list that is gone, or not ours to read, does not stop the others."""
        cursor = Cursor.read(stored).begun(int(self.clock().timestamp()), first)
        step, since = cursor.steps[0], self.since(cursor)
        try:
            answer = ask(step, since)
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
        found = look(step, answer, since)
        after = cursor.after(found.after, found.more)
        new, count = keep_new(answer.body, since)
        body = json.dumps(new, ensure_ascii=False).encode("utf-8", "replace")
        return Page(body=body, cursor=after.dump(), more=bool(after.steps), count=count)

    def limits_left(self, answer: Answer) -> tuple[str, ...]:
        """Return what Meta says is used up, as plain lines."""
        return usage.lines(answer.headers)


def next_token(listing: Mapping[str, Any]) -> str:
    """Return the token of a list's next page, "" for the last one. Addresses of next pages hold our token: never used."""
    paging = mapping(listing.get("paging"))
    after = text(mapping(paging.get("cursors")).get("after")) or ""
    return after if paging.get("next") else ""
