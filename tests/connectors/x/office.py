"""An account of X on a double of the network: what the tests of the client have in common."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from social_care.connectors.x.client import XConnection
from social_care.core.accounts import Account, Search
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Part, StoredMessage

API = "https://api.x.com"
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=timezone.utc)
US, ANA = "900", "700"
OAUTH1 = {"client_id": "ck", "client_secret": "SECRET-cs", "access_token": "SECRET-at", "access_token_secret": "SECRET-as"}
OAUTH2 = {"client_id": "ci", "client_secret": "SECRET-c2", "access_token": "SECRET-old", "refresh_token": "SECRET-r1"}
ACCOUNT = Account(
    name="Northwind",
    platform="x",
    external_id=US,
    handle="northwind",
    searches=(Search(name="brand", query="northwind -from:northwind"),),
)
TARGET = StoredMessage(
    id="m",
    account="Northwind",
    message_id="60",
    thread_id="60",
    audience=Audience.PUBLIC,
    direction="in",
    kind="post",
    text="hi",
    author_id=ANA,
    route={"reply_to": "61", "mentioned": "explicit"},
)
DM_TARGET = replace(TARGET, audience=Audience.PRIVATE, thread_id="700-900", route={"dm_conversation_id": "700-900"})
PART = Part(
    id="p",
    account="Northwind",
    ticket="1",
    reply="r",
    audience=Audience.PUBLIC,
    index=1,
    of=1,
    text="We are on it: https://example.com/a & more",
    state=DeliveryState.SENDING,
    target=TARGET,
    first_attempt_at=NOW,
)
DM_PART = replace(PART, audience=Audience.PRIVATE, target=DM_TARGET, text="Hello")


def connect(
    credentials: dict[str, str] | None = None, *, account: Account = ACCOUNT, kept: list[Any] | None = None
) -> XConnection:
    return XConnection(
        account,
        credentials or dict(OAUTH2),
        (kept if kept is not None else []).append,
        lambda upload: b"picture:" + upload.reference.encode(),
        clock=lambda: NOW,
    )


def sent_json(call: Any) -> Any:
    return json.loads(call.request.body)
