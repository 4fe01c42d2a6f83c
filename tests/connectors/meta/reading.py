"""A platform of Meta with its fixtures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from social_care.connectors.registry import load
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event
from social_care.core.payloads import Exchange, Payload, Source
from social_care.core.ports import Connector
from tests.connectors.contract.proof import read_cases

HERE = Path(__file__).parent.parent
NOW = datetime(2026, 9, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Platform:
    """One platform's fixtures and connector.

    us: our own id in the fixtures. kinds: file of the shared fixtures → the kinds of its events.
    """

    key: str
    us: str
    kinds: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def connector(self) -> Connector:
        return load(self.key)

    @property
    def folder(self) -> Path:
        return HERE / self.key / "fixtures"

    def cases(self) -> list[dict[str, Any]]:
        return read_cases(self.folder)

    def payload(self, body: object, *, feed: str = "webhook", account_id: str = "") -> Payload:
        return Payload(
            platform=self.key,
            account="Ours",
            account_id=account_id,
            feed=feed,
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
            source=Source.WEBHOOK,
            received_at=NOW,
        )

    def parse(self, body: object, *, feed: str = "webhook", us: str | None = None) -> tuple[Event, ...]:
        return self.connector.parse(self.payload(body, feed=feed, account_id=self.us if us is None else us))

    def events_of(self, case: dict[str, Any]) -> tuple[Event, ...]:
        if "exchange" in case:
            return self.connector.parse_exchange(Exchange(**case["exchange"]), case["account_id"])
        return self.parse(case["body"], feed=case["feed"], us=case["account_id"])

    def tolerant(self, body: object, feed: str = "webhook") -> tuple[Event, ...]:
        try:
            return self.parse(body, feed=feed)
        except UnreadablePayload:
            return ()
