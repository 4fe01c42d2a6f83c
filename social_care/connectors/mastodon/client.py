"""A Mastodon server with one account's token: checking, sending, looking up. Polling is in feeds.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.reading import identifier, items, mapping, text
from social_care.connectors.mastodon.calls import Calls, covers, decode, limits_left
from social_care.connectors.mastodon.errors import unreadable_success
from social_care.connectors.mastodon.feeds import Feeds
from social_care.connectors.mastodon.limits import read_limits
from social_care.connectors.mastodon.matching import answered, is_status_of, key_of, may_repeat, warning_of
from social_care.connectors.mastodon.moderation import moderate
from social_care.connectors.mastodon.rules import acct_of, answers_ourselves, visibility_of
from social_care.connectors.mastodon.statuses import full_acct, identity_of, is_us, private_thread_id
from social_care.connectors.mastodon.text import addressed
from social_care.connectors.mastodon.uploads import attach
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, Refused, Retryable, SocialCareError, TargetGone
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction
from social_care.core.ports import CheckUp, Clock, Download, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage

SCOPES: tuple[tuple[str, str], ...] = (
    ("read:accounts", "who we are cannot be asked"),
    ("read:notifications", "mentions and private messages cannot be read"),
    ("read:statuses", "posts cannot be looked up, and a lost answer cannot be found"),
    ("write:statuses", "nothing can be answered"),
    ("write:media", "no files can be sent"),
)
"""What we need, and what fails without. Source: https://docs.joinmastodon.org/api/oauth-scopes/ (read 2026-11)."""
SEARCH_SCOPE = ("read:search", "saved searches for words find nothing")


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class MastodonConnection:
    """Implements `Connection`, `SendsIdempotently`, `TriesSearches`, `CarriesOut`. No call sleeps; each has a time-out."""

    def __init__(
        self, account: Account, credentials: Mapping[str, str], read: ReadUpload, *, clock: Clock = utc_now
    ) -> None:
        self._account = account
        self._read = read
        self._calls = Calls(credentials, clock)
        self._feeds = Feeds(self._calls, account, clock)

    def close(self) -> None:
        """Let go of sockets."""
        self._calls.session.close()

    def check(self) -> CheckUp:
        """Ask who we are, what the token may do (Mastodon 4.3 and later tell), and what the server takes.

        Source: https://docs.joinmastodon.org/methods/accounts/#verify_credentials, .../methods/apps/#verify_credentials,
        .../methods/instance/#v2 (read 2026-11). Raises: SocialCareError.
        """
        try:
            response = self._calls.get("/api/v1/accounts/verify_credentials")
        except TargetGone as error:
            raise ConfigurationError("No Mastodon answers at this API address: enter the address of your server.") from error
        me = mapping(decode(response))
        identity = identity_of(me)
        if not identity:
            raise Retryable("The server did not say who this account is.")
        problems = []
        if self._account.external_id and not is_us(me, self._account.external_id):
            problems.append("This token belongs to another account than the one connected before.")
        scopes = self._scopes()
        wanted = (*SCOPES, SEARCH_SCOPE) if "searches" in self._account.receive else SCOPES
        problems += [f"The token lacks {one}: {why}." for one, why in wanted if scopes and not covers(scopes, one)]
        return CheckUp(
            account_id=identity,
            handle=full_acct(me),
            name=text(me.get("display_name")) or "",
            permissions=scopes,
            limits=limits_left(response.headers),
            problems=tuple(problems),
            options=self._limits(),
        )

    def _scopes(self) -> tuple[str, ...]:
        """Return the token's scopes, () where the server does not tell; that the token is good is known by now."""
        try:
            app = mapping(decode(self._calls.get("/api/v1/apps/verify_credentials")))
        except SocialCareError:
            return ()
        given = app.get("scopes")
        return tuple(filter(None, map(text, items(given)))) or tuple((text(given) or "").split())

    def _limits(self) -> dict[str, str]:
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                return read_limits(mapping(decode(self._calls.get(path))))
            except TargetGone:  # Mastodon before 4.0, and some others, know only the first version
                continue
        return {}

    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page of `mentions`, `direct_messages` or `search:<name>`. Raises: SocialCareError."""
        return self._feeds.fetch(feed, cursor)

    def try_search(self, query: str, limit: int) -> Page:
        """Fetch the newest hits once, apart from every feed. Raises: SocialCareError."""
        return self._feeds.try_search(query, limit)

    def send(self, part: Part) -> Sent:
        """Send one part under its key. Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown.

        Source: https://docs.joinmastodon.org/methods/statuses/#create (read 2026-11).
        """
        person = "" if answers_ourselves(part, self._account) else acct_of(part.target)
        if part.audience is Audience.PRIVATE and not person:
            raise Refused("The server did not say who wrote this message, so there is nobody to answer privately.")
        status = {
            "status": addressed(part.text, person),
            "in_reply_to_id": answered(part),
            "visibility": visibility_of(part, self._account),
            "spoiler_text": warning_of(part),
            "media_ids": attach(part, self._calls, self._account, self._read),
        }
        response = self._calls.call(
            "POST",
            "/api/v1/statuses",
            repeatable=False,
            json={name: value for name, value in status.items() if value},
            headers={"Idempotency-Key": key_of(part)},
        )
        sent = _sent(mapping(decode(response)), part)
        if sent is None:
            raise unreadable_success()
        return sent

    def may_repeat(self, part: Part, now: datetime) -> bool:
        """Tell whether the server would surely know the part's key again: then it makes no second status."""
        return may_repeat(part, self._account, now)

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part among the answers to what it answers. Raises: SocialCareError.

        Source: https://docs.joinmastodon.org/methods/statuses/#context (read 2026-11).
        """
        try:
            body = mapping(decode(self._calls.get(f"/api/v1/statuses/{_safe(answered(part))}/context")))
        except TargetGone:
            return None
        for status in map(mapping, items(body.get("descendants"))):
            identity = identifier(status.get("id"))
            ours = is_us(mapping(status.get("account")), self._account.external_id)
            if ours and identity and is_status_of(status, part) and not taken(identity):
                return _sent(status, part)
        return None

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs nothing. Raises: as `CarriesOut.moderate`."""
        moderate(action, target, self._calls)
        return Decimal(0)

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these statuses the server no longer has, or no longer shows us."""
        found = set()
        for one in message_ids:
            try:
                self._calls.get(f"/api/v1/statuses/{_safe(one)}")
            except TargetGone:
                found.add(one)
        return frozenset(found)

    def download(self, reference: str) -> Download:
        """Fetch a media file, which servers show to everybody who knows its address."""
        if not reference.startswith(("https://", "http://")):
            raise Refused("The server gave no address for this attachment.")
        return download(reference, Limits(trusted=frozenset({self._calls.origin})))


def _sent(status: Mapping[str, Any], part: Part) -> Sent | None:
    identity = identifier(status.get("id"))
    if not identity:
        return None
    private = part.audience is Audience.PRIVATE and part.target.author_id
    thread = private_thread_id(part.target.author_id or "") if private else None
    return Sent(external_id=identity, thread_id=thread, permalink=text(status.get("url")))


def _safe(identity: str) -> str:
    return quote(identity, safe="")
