"""What a platform gave us, before anybody read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class Source(str, Enum):
    """How a payload came to us."""

    WEBHOOK = "webhook"
    POLL = "poll"
    REPLAY = "replay"


class PayloadState(str, Enum):
    """Where a payload stands in the ledger."""

    RECEIVED = "received"
    PROCESSING = "processing"
    DONE = "done"
    PARKED = "parked"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One raw body.

    `account` is the desk's name of our account, `account_id` our own id on the platform. `feed` tells what was asked
    (`mentions`, `direct_messages`, `search:<name>`) or `webhook`. id "" means not stored (yet). `handle` is our own name
    there, told when the payload is handled, "" while unknown.
    """

    platform: str
    account: str
    account_id: str
    feed: str
    body: bytes
    source: Source
    received_at: datetime
    id: str = ""
    attempts: int = 0
    handle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded HTTP call to a platform and its answer. Header names are lower case."""

    method: str
    url: str
    status: int
    request_body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
