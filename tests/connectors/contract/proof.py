"""What the contract needs to know of one platform, and a message to answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from social_care.core.accounts import Account
from social_care.core.events import Audience, Event
from social_care.core.payloads import Exchange, Payload, Source
from social_care.core.ports import Connection, Connector
from social_care.core.replies import StoredMessage

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the contract needs to know of one platform.

    sign: makes the headers of a body signed with a secret; None where the platform does not push. signs_body: False where
    only the secret itself comes along. challenge: the query of the platform's question whether an address is ours.
    """

    connector: Connector
    fixtures: Path
    sign: Callable[[bytes, str], Mapping[str, str]] | None = None
    signs_body: bool = True
    challenge: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def cases(self) -> list[dict[str, Any]]:
        """Return the platform's fixtures."""
        return read_cases(self.fixtures)

    def parse(self, body: object, *, feed: str = "webhook", account_id: str = "") -> tuple[Event, ...]:
        """Parse a body as the engine would."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        payload = Payload(
            platform=self.connector.platform,
            account="Ours",
            account_id=account_id,
            feed=feed,
            body=raw,
            source=Source.WEBHOOK,
            received_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
        )
        return self.connector.parse(payload)

    def events(self) -> list[Event]:
        """Return the events of all fixtures."""
        found: list[Event] = []
        for case in self.cases():
            if "exchange" in case:
                found += self.connector.parse_exchange(Exchange(**case["exchange"]), case["account_id"])
            else:
                found += self.parse(case["body"], feed=case["feed"], account_id=case["account_id"])
        return found


def read_cases(folder: Path) -> list[dict[str, Any]]:
    """Return the fixtures of a folder; a body that is no JSON stands in a file of its own, which `file` names."""
    cases = [{"name": path.stem, **json.loads(path.read_text("utf-8"))} for path in sorted(folder.glob("*.json"))]
    for case in cases:
        if "file" in case:
            case["body"] = (folder / case["file"]).read_bytes()
    return cases


def stored(audience: Audience, *, author_id: str | None = "7", deleted: bool = False) -> StoredMessage:
    """Make a message to answer, of which the platform told nothing more."""
    return StoredMessage(
        id="m",
        account="Ours",
        message_id="60",
        thread_id="60",
        audience=audience,
        direction="in",
        kind="post",
        text="hi",
        author_id=author_id,
        deleted=deleted,
    )


def connected(proof: Proof, account: Account, names: tuple[str, ...]) -> Connection:
    """Return a connection made with some value for each of these credentials."""
    given_ = {name: "https://server.invalid" if name == "api_base_url" else "x" for name in names}
    return proof.connector.connect(account, given_, lambda _: None, lambda _: b"")
