"""Where the reading of comments was left: the cursor stored with every page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, number, stored_mapping, text

MOST_SEEN = 3000
MOST_TITLES = 100
MOST_TOKENS = 64
MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A visit reads one list after the other, each from its newest thread back to `floor`; then `since` moves.

    since: when the newest thread of the last finished visit was begun; newest: that of the visit under way. start: where we
    began at first; what is older is nobody's case. floor: how far back this visit reads. deep: when a visit last reached
    back to look for new answers in older threads; deepening: this one does. reading: the list being read, "" between
    visits. token, tokens: of its next page, and those had. restarts: how often the list was begun again. seen: digests of
    known threads, newest first. titles: of videos. All times are ISO 8601.
    """

    since: str = ""
    newest: str = ""
    start: str = ""
    floor: str = ""
    deep: str = ""
    deepening: bool = False
    reading: str = ""
    token: str = ""
    tokens: tuple[str, ...] = ()
    restarts: int = 0
    seen: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        found = stored_mapping(stored)
        texts: Any = {name: identifier(found.get(name)) for name in ("since", "newest", "start", "floor", "deep", "reading")}
        lists: Any = {name: tuple(filter(None, map(text, items(found.get(name))))) for name in ("tokens", "seen")}
        titles = {key: one for key, one in mapping(found.get("titles")).items() if isinstance(one, str)}
        return cls(
            **texts,
            **lists,
            deepening=found.get("deepening") is True,
            token=text(found.get("token")) or "",
            restarts=number(found.get("restarts")) or 0,
            titles=titles,
        )

    def dump(self) -> str:
        """Return the text to store."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in found.items() if value}, ensure_ascii=False)

    def remembering(self, seen: Iterable[str], titles: Mapping[str, str]) -> Cursor:
        """Return the cursor with what a page brought."""
        return replace(
            self,
            seen=tuple(dict.fromkeys((*seen, *self.seen)))[:MOST_SEEN],
            titles=dict(list({**self.titles, **titles}.items())[-MOST_TITLES:]),
        )

    def refused(self, lists: tuple[str, ...]) -> Cursor:
        """Return the beginning of the same list, for when YouTube no longer knows the token of its next page.

        If that happens every time, the list counts as read.
        """
        if self.restarts < MOST_RESTARTS:
            return replace(self, token="", tokens=(), restarts=self.restarts + 1)
        return self.after("", lists)

    def after(self, token: str, lists: tuple[str, ...]) -> Cursor:
        """Return the cursor behind a page. token: of the next one, "" where the list is read far enough.

        A token that comes again is no good: what lies behind it was not read. lists: those of this visit, in order.
        """
        if token and token in self.tokens:
            return self.refused(lists)
        if token:
            return replace(self, token=token, tokens=(*self.tokens, token)[-MOST_TOKENS:])
        rest = lists[lists.index(self.reading) + 1 :] if self.reading in lists else ()
        return replace(self, reading=rest[0] if rest else "", token="", tokens=(), restarts=0)
