"""Where a feed of several lists was left: the cursor stored with every page.

Meta's lists begin with the newest and know no "since id". A visit walks through steps (a list, then each post that has more
comments than came along); what is older than the last finished visit is known, and an overlap makes up for late arrivals.
Source: https://developers.facebook.com/docs/graph-api/results ("Cursor-based pagination", read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from social_care.connectors.kit.reading import items, number, stored_mapping

MOST_TOKENS = 256
MOST_RESTARTS = 3
OVERLAP_S = 600.0
LOOKED_AGAIN_S = 86_400.0
"""Comments of so many seconds are read again at every visit: only so are edits and hiding seen that no webhook told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One list to read on: its kind, what it belongs to ("" the account), Meta's token of the next page ("" the first)."""

    kind: str
    of: str = ""
    after: str = ""

    @property
    def mark(self) -> str:
        """What this very page is remembered by."""
        return f"{self.kind}:{self.of}:{self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a visit stands.

    since: when the last finished visit began, epoch seconds, 0 for none; moves only at a visit's end. started: when the
    present visit began. steps: still to be read. seen: tokens of this visit. broken: a list repeated itself.
    restarts: how often a visit was begun again for that. first: from when on the first visit read, 0 unknown; what is older
    is never new.
    """

    since: int = 0
    started: int = 0
    steps: tuple[Step, ...] = ()
    seen: tuple[str, ...] = ()
    broken: bool = False
    restarts: int = 0
    first: int = 0

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        found = stored_mapping(stored)
        steps = [one for one in items(found.get("steps")) if isinstance(one, list) and len(one) == 3]
        return cls(
            since=number(found.get("since")) or 0,
            started=number(found.get("started")) or 0,
            steps=tuple(Step(kind=str(kind), of=str(of), after=str(after)) for kind, of, after in steps),
            seen=tuple(one for one in items(found.get("seen")) if isinstance(one, str)),
            broken=found.get("broken") is True,
            restarts=number(found.get("restarts")) or 0,
            first=number(found.get("first")) or 0,
        )

    def dump(self) -> str:
        """Return the text to store."""
        found: dict[str, object] = {"since": self.since, "started": self.started, "restarts": self.restarts}
        found |= {"first": self.first}
        found |= {"steps": [[one.kind, one.of, one.after] for one in self.steps], "seen": self.seen, "broken": self.broken}
        return json.dumps({name: value for name, value in found.items() if value})

    def begun(self, now: int, steps: Sequence[Step]) -> Cursor:
        """Return the cursor of a visit under way; a new visit begins with these steps."""
        return self if self.steps else replace(self, started=now, steps=tuple(steps), seen=(), broken=False)

    def after(self, token: str, more: Sequence[Step] = ()) -> Cursor:
        """Return the cursor to store with the first step's page; `token` "" ends that list, `more` comes after all others.

        A token seen before ends its list, and the visit does not count as finished until it happened several times.
        """
        head, rest = self.steps[0], self.steps[1:]
        following = replace(head, after=token)
        repeated = bool(token) and (token == head.after or following.mark in self.seen)
        ahead = (following,) if token and not repeated else ()
        steps = (*ahead, *rest, *(one for one in more if one not in rest))
        broken = self.broken or repeated
        if not steps:
            again = broken and self.restarts < MOST_RESTARTS
            since, restarts = (self.since, self.restarts + 1) if again else (self.started, 0)
            return Cursor(since=since, restarts=restarts, first=self.first)
        seen = (*self.seen, *(one.mark for one in ahead))[-MOST_TOKENS:]
        return replace(self, steps=steps, seen=seen, broken=broken)
