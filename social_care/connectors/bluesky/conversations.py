"""Polling what is private: the log of conversations, and at first the conversations themselves.

The log only goes forward from where it is joined, so the first visit notes its end, then reads the conversations that
were alive lately, then goes on with the log.
Source: lexicons chat.bsky.convo.getLog, .listConvos and .getMessages (read 2026-11); the chat service is not open source.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from social_care.connectors.bluesky.calls import Calls
from social_care.connectors.bluesky.cursor import Cursor, iso
from social_care.connectors.bluesky.feeds import hours_back
from social_care.connectors.kit.reading import identifier, items, mapping, moment, text
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable
from social_care.core.ids import is_later
from social_care.core.ports import Clock, Page

PAGE = 100
FIRST = "first"
NOTED_EVERY = timedelta(hours=1)
"""How often the cursor notes that the log was read: if the log forgets our position, we begin again from there."""

OVERLAP = timedelta(minutes=10)
"""How far before that we begin: the service's clock may differ from ours."""


class Conversations:
    """The private messages of one account. See `Connection.fetch`."""

    def __init__(self, calls: Calls, account: Account, clock: Clock) -> None:
        self._calls = calls
        self._account = account
        self._clock = clock

    def fetch(self, cursor: str) -> Page:
        """Fetch one page. Raises: NotAllowed where the app password may not see messages; SocialCareError."""
        state = Cursor.read(cursor)
        if state.listing:
            return self._list(state)
        if state.convos:
            return self._messages(state)
        if not state.log:
            return self._join(state)
        try:
            return self._log(state)
        except Refused as error:
            if type(error) is not Refused:
                raise
            noted = moment(state.since)  # the log no longer knows our position
            return self._join(replace(state, start=iso(noted - OVERLAP) if noted else "", log=""))

    def _join(self, state: Cursor) -> Page:
        body = self._ask("getLog", "logs")
        now = self._clock()
        start = moment(state.start) or now - timedelta(hours=hours_back(self._account))
        log = _latest(text(body.get("cursor")) or "", body["logs"])
        return _page({}, Cursor(log=log, listing=FIRST, start=iso(start), since=iso(now)), 0, more=True)

    def _list(self, state: Cursor) -> Page:
        """Note which conversations have anything new; they come with the liveliest first."""
        bounds = {} if state.listing == FIRST else {"cursor": state.listing}
        body = self._ask("listConvos", "convos", limit=PAGE, **bounds)
        convos = [mapping(one) for one in body["convos"]]
        alive = [identifier(one.get("id")) for one in convos if self._is_recent(one.get("lastMessage"), state)]
        token = text(body.get("cursor")) or ""
        goes_on = bool(token) and token != state.listing and len(alive) == len(convos) and bool(convos)
        waiting = tuple(dict.fromkeys(filter(None, (*state.convos, *alive))))
        after = replace(state, listing=token if goes_on else "", convos=waiting)
        return _page({}, after, 0, more=goes_on or bool(waiting))

    def _messages(self, state: Cursor) -> Page:
        """Read one conversation, from the newest back to where we begin."""
        convo = state.convos[0]
        bounds = {"cursor": state.token} if state.token else {}
        try:
            body = self._ask("getMessages", "messages", convoId=convo, limit=PAGE, **bounds)
        except Refused:
            body = {"messages": []}  # it was left or closed meanwhile
        kept = [one for one in body["messages"] if self._is_recent(one, state)]
        token = text(body.get("cursor")) or ""
        if token and token != state.token and kept and len(kept) == len(body["messages"]):
            after = replace(state, token=token)
        else:
            after = replace(state, token="", convos=state.convos[1:])
        told = {"convoId": convo, "messages": kept, "relatedProfiles": items(body.get("relatedProfiles"))}
        return _page(told, after, len(kept), more=True)

    def _log(self, state: Cursor) -> Page:
        body = self._ask("getLog", "logs", cursor=state.log)
        kept = [one for one in body["logs"] if _is_new(one, state.log)]
        log = _latest(text(body.get("cursor")) or state.log, kept)
        noted, now = moment(state.since), self._clock()
        since = state.since if noted and now - noted < NOTED_EVERY else iso(now)
        told = body if len(kept) == len(body["logs"]) else {"logs": kept}
        return _page(told, Cursor(log=log, since=since), len(kept), more=bool(kept) and log != state.log)

    def _ask(self, name: str, key: str, **asked: Any) -> dict[str, Any]:
        body = mapping(self._calls.get(f"chat.bsky.convo.{name}", **asked))
        if not isinstance(body.get(key), list):
            raise Retryable("Bluesky's answer could not be read.")
        return body

    def _is_recent(self, message: Any, state: Cursor) -> bool:
        sent = moment(mapping(message).get("sentAt"))
        return sent is not None and sent >= (moment(state.start) or datetime.max.replace(tzinfo=sent.tzinfo))


def _is_new(entry: Any, log: str) -> bool:
    """Tell whether an entry lies behind a position; revisions are of one length and grow."""
    rev = identifier(mapping(entry).get("rev"))
    return not rev or is_later(rev, log)


def _latest(position: str, logs: list[Any]) -> str:
    revs = [identifier(mapping(one).get("rev")) for one in logs]
    return max([position, *revs], key=lambda one: (len(one), one))


def _page(body: dict[str, Any], after: Cursor, count: int, *, more: bool) -> Page:
    return Page(body=json.dumps(body).encode() if count else b"", cursor=after.dump(), more=more, count=count)
