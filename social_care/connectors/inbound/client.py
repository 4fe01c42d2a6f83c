"""The receiver of replies, where the account has one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import urllib3.exceptions

from social_care.connectors.inbound.errors import UNKNOWN, UNREADABLE, classify
from social_care.connectors.inbound.rules import key_of, may_repeat
from social_care.connectors.inbound.signing import headers_for
from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.guarded import Bounds, UnusableAnswer, fetch
from social_care.connectors.kit.http import never_left
from social_care.connectors.kit.reading import decoded, identifier, mapping, text
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, NotAllowed, OutcomeUnknown, Refused, Retryable
from social_care.core.ports import CheckUp, Clock, Download, Page
from social_care.core.replies import Part, Sent

LARGEST = 100_000
SHORTEST = 24
"""Characters of a secret; Standard Webhooks wants 24 bytes at least (read 2026-11)."""
SHORT = (
    "The webhook secret is short, so it could be guessed: make a random text of 32 characters, and give it to the sender."
)
SECRETS = ("webhook_secret", "previous_webhook_secret")


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class InboundConnection:
    """Implements `Connection` and `SendsIdempotently`. No call sleeps; each has a time-out."""

    def __init__(self, account: Account, credentials: Mapping[str, str], *, clock: Clock = utc_now) -> None:
        self._account = account
        self._clock = clock
        self._address = account.options.get("inbound_reply_to", "").strip()
        self._secrets = [credentials[name] for name in SECRETS if credentials.get(name)]
        self._loopback = bool(account.options.get("loopback_allowed"))

    def close(self) -> None:
        """Nothing is kept open."""

    def check(self) -> CheckUp:
        """Ask the receiver of replies whether it takes our signature, where there is one. Raises: SocialCareError."""
        lines = "replies: agents answer elsewhere and record that"
        if self._address:
            self._ping()
            lines = "replies: the reply address answers"
        return CheckUp(
            account_id=self._account.external_id or self._account.name,
            handle=self._account.handle,
            name=self._account.name,
            limits=(lines,),
            problems=(SHORT,) if any(len(secret) < SHORTEST for secret in self._secrets) else (),
        )

    def _ping(self) -> None:
        try:
            self._post({"type": "ping", "account": self._account.external_id or self._account.name}, "ping")
        except (Refused, OutcomeUnknown) as error:
            raise ConfigurationError(
                "The reply address did not answer our ping with success: is it the right one?"
            ) from error

    def fetch(self, feed: str, cursor: str) -> Page:
        """Return nothing: messages are pushed."""
        return Page(body=b"", cursor=cursor, more=False, count=0)

    def send(self, part: Part) -> Sent:
        """Send one part. Raises: Refused, Retryable, ConfigurationError (certainly not sent) or OutcomeUnknown."""
        if not self._address:
            raise NotAllowed("This account has no reply address.")
        answer = self._post(
            {
                "type": "reply",
                "id": key_of(part),
                "account": self._account.external_id,
                "in_reply_to": {"id": part.target.message_id, "thread_id": part.target.thread_id},
                "audience": part.audience.value,
                "text": part.text,
                "part": part.index,
                "of": part.of,
                "previous_id": part.previous_id,
            },
            key_of(part),
        )
        identity = identifier(answer.get("id"))
        if not identity:
            raise OutcomeUnknown(UNREADABLE)
        url = text(answer.get("url")) or ""
        return Sent(external_id=identity, permalink=url if url.startswith(("https://", "http://")) else None)

    def may_repeat(self, part: Part, now: datetime) -> bool:
        """Tell whether the receiver surely makes no second message of a repeated reply."""
        return bool(self._address) and may_repeat(part, self._account, now)

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Return None: there is nothing to look into. The message coming back, or a person, tells."""
        return None

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return nothing: deletions are pushed."""
        return frozenset()

    def download(self, reference: str) -> Download:
        """Fetch a media file that a message names."""
        return download(reference, Limits(any_port=True, loopback_allowed=self._loopback))

    def _post(self, body: Mapping[str, Any], identity: str) -> dict[str, Any]:
        """Make one signed call and return the answer's object. Raises: SocialCareError."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        headers = headers_for(raw, identity, self._secrets, self._clock().timestamp())
        bounds = Bounds(max_bytes=LARGEST, redirects=0, any_port=True, loopback_allowed=self._loopback)
        try:
            answer = fetch(
                self._address,
                bounds,
                method="POST",
                headers={"Content-Type": "application/json", "Accept": "application/json", **headers},
                body=raw,
            )
        except NotAllowed as error:
            raise ConfigurationError(f"The reply address cannot be used. {error}") from error
        except UnusableAnswer as error:
            raise OutcomeUnknown(UNKNOWN) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if never_left(error):
                raise Retryable("The receiver of replies cannot be reached.") from error
            raise OutcomeUnknown(UNKNOWN) from error
        if error_ := classify(answer.status, answer.headers):
            raise error_
        return mapping(decoded(answer.content))
