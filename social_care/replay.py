"""Run stored bodies through connector, engine and the embedded desk, and tell what became of every event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import DeliveryReported, Event, MessageDeleted, MessageReceived, ReactionChanged, Unknown
from social_care.core.payloads import Exchange, Payload, Source
from social_care.core.ports import Connector
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.engine.outcomes import Action, Outcome
from social_care.engine.parsing import read_events
from social_care.wiring import load_connector


def _now() -> datetime:
    return datetime.now(timezone.utc)


PRINTED = {Action.VISIBILITY: Action.IGNORE, Action.PREFERENCE: Action.IGNORE, Action.MOVE: Action.IGNORE}
"""What is kept, but is no word of a customer: its reason tells what it is. The other actions are printed as they are."""


@dataclass
class Replay:
    """Replays files of one platform. account_id "": take it from each body where it is told."""

    platform: str
    account_id: str = ""
    fresh: bool = False
    desk: SqliteDesk = field(default_factory=lambda: SqliteDesk(clock=_now))

    def __post_init__(self) -> None:
        self.connector: Connector = load_connector(self.platform)

    def files(self, paths: list[str]) -> Iterator[dict[str, Any]]:
        """Yield one record a handled event, in order. Never raises for what stands in a file."""
        for path in paths:
            if self.fresh:
                self.desk = SqliteDesk(clock=_now)
            try:
                yield from self._body(path, Path(path).read_bytes())
            except (OSError, RecursionError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is nested too deeply"
                reason = f"the file cannot be read: {why or type(error).__name__}"
                yield self._record(path, Outcome(action=Action.PARK, event=Unknown(reason=reason), reason=reason), "")

    def _body(self, path: str, body: bytes) -> Iterator[dict[str, Any]]:
        exchange = read_exchange(body)
        account_id = self.account_id or self.connector.account_id_in(body, exchange)
        account = Account(name=f"{self.platform} {account_id or 'unknown'}", platform=self.platform, external_id=account_id)
        self.desk.add_account(account)
        events = read_events(lambda: self._parse(body, exchange, account))
        outcomes, trouble = handle_events(events, Office(self.desk, self.connector, account, _now))
        for outcome in outcomes:
            yield self._record(path, outcome, account_id)
        for text, _ in trouble:
            yield self._record(path, Outcome(action=Action.PARK, event=Unknown(reason=text), reason=text), account_id)

    def _parse(self, body: bytes, exchange: Exchange | None, account: Account) -> tuple[Event, ...]:
        if exchange is not None:
            if not 100 <= exchange.status < 600:
                raise UnreadablePayload("The recorded call has no HTTP status.")
            return self.connector.parse_exchange(exchange, account.external_id)
        payload = Payload(
            platform=self.platform,
            account=account.name,
            account_id=account.external_id,
            feed="webhook",
            body=body,
            source=Source.REPLAY,
            received_at=_now(),
        )
        return self.connector.parse(payload)

    def _record(self, path: str, outcome: Outcome, account_id: str) -> dict[str, Any]:
        action = PRINTED.get(outcome.action, outcome.action)
        return {"file": path, "action": action.value, "platform": self.platform} | _told(outcome, account_id)


def read_exchange(body: bytes) -> Exchange | None:
    """Return a body as a recorded HTTP call, or None when it is none."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    request, response = read.get("request"), read.get("response")
    if not isinstance(request, dict) or not isinstance(response, dict):
        return None
    headers = response.get("headers")
    status = str(response.get("status"))
    return Exchange(
        method=str(request.get("method") or "GET").upper(),
        url=str(request.get("url") or ""),
        status=int(status) if status.isascii() and status.isdecimal() and len(status) < 10 else 0,
        request_body=request.get("body"),
        headers={str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
        body=response.get("body"),
    )


def _told(outcome: Outcome, account_id: str) -> dict[str, Any]:
    """Return the fields of a record; what an event does not tell is null."""
    event = outcome.event
    received = event if isinstance(event, MessageReceived) else None
    author = event.author if isinstance(event, (MessageReceived, ReactionChanged)) else None
    thread = getattr(event, "thread", None)
    direction = None
    if received is not None:
        direction = "out" if author is not None and account_id and author.id == account_id else "in"
    elif isinstance(event, DeliveryReported):
        direction = "out"
    return {
        "message_id": event.message_id or None,
        "author_id": author.id or None if author else _deleted_by(event),
        "author_handle": author.handle if author else None,
        "author_name": author.name if author else None,
        "text": received.text if received else getattr(event, "text", None) or getattr(event, "reaction", None),
        "audience": thread.audience.value if thread else None,
        "direction": direction,
        "thread": thread.id if thread else None,
        "parent_id": received.parent_id if received else None,
        "media": [one.url for one in received.media if one.url] if received else [],
        "ticket": outcome.ticket,
        "reason": outcome.reason or None,
    }


def _deleted_by(event: Event) -> str | None:
    return event.author_id if isinstance(event, MessageDeleted) else None
