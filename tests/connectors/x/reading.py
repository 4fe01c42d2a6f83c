"""Fixtures of X, and events written down the way the fixtures write them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from social_care.connectors.registry import load
from social_care.core.events import CallFailed, DeliveryReported, Event, MessageReceived, ThreadMoved
from social_care.core.payloads import Exchange, Payload, Source

FOLDER = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
CONNECTOR = load("x")


def fixture(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def payload(body: object, *, feed: str = "webhook", account_id: str = "") -> Payload:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Payload(
        platform="x",
        account="Northwind",
        account_id=account_id,
        feed=feed,
        body=raw,
        source=Source.WEBHOOK,
        received_at=datetime(2026, 9, 1, tzinfo=timezone.utc),
    )


def events_of(case: dict[str, Any]) -> tuple[Event, ...]:
    if "exchange" in case:
        return CONNECTOR.parse_exchange(Exchange(**case["exchange"]), case["account_id"])
    return CONNECTOR.parse(payload(case["body"], feed=case["feed"], account_id=case["account_id"]))


def written(event: Event) -> dict[str, Any]:
    """Return an event as plain values, flat."""
    names = [name for base in type(event).__mro__ for name in getattr(base, "__slots__", ())]
    found: dict[str, Any] = {"type": type(event).__name__, **{name: getattr(event, name) for name in names}}
    if (thread := found.get("thread")) is not None:
        found |= {"thread": thread.id, "audience": thread.audience.value}
    if isinstance(event, MessageReceived):
        author = event.author
        found |= {
            "author_id": author.id if author else None,
            "author_handle": author.handle if author else None,
            "author_name": author.name if author else None,
            "followers": author.followers if author else None,
            "media": [[one.kind, one.url] for one in event.media],
            "notes": list(event.notes),
            "route": dict(event.route),
            "sent_at": event.sent_at.isoformat() if event.sent_at else None,
        }
    if isinstance(event, ThreadMoved):
        found["to"] = event.to.id
    if isinstance(event, DeliveryReported):
        found["fate"] = event.fate.value
    if isinstance(event, CallFailed):
        found["error"] = type(event.error).__name__
    return found
