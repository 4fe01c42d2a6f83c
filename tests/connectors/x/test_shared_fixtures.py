"""Payloads recorded from X or printed in its documentation: read where they are at hand, skipped elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from social_care.core.events import CallFailed, Unknown
from social_care.core.payloads import Exchange
from tests.connectors.shared import shared_fixtures
from tests.connectors.x.reading import CONNECTOR, payload

FOLDER = shared_fixtures("x")
FILES = sorted(FOLDER.glob("*.json")) if FOLDER else []
KINDS = {
    "aaa_direct_message_event": ["MessageReceived"],
    "aaa_dm_mark_read": ["Ignored"],
    "aaa_dm_typing": ["Ignored"],
    "aaa_tweet_create_longform": ["MessageReceived"],
    "aaa_tweet_delete_event": ["MessageDeleted"],
    "api_create_post": ["DeliveryReported"],
    "api_create_post_reply": ["DeliveryReported"],
    "api_delete_post": ["MessageDeleted"],
    "api_dm_conversations_create_group": ["DeliveryReported"],
    "api_dm_events": ["MessageReceived"],
    "api_dm_events_mixed_types": ["Ignored", "MessageReceived", "Ignored"],
    "api_dm_send_with_participant": ["DeliveryReported"],
    "api_search_recent": ["MessageReceived"] * 2,
    "api_search_recent_conversation": ["MessageReceived"] * 3,
    "api_users_mentions": ["MessageReceived"],
    "api_users_mentions_empty": [],
    "error_400_invalid_request": ["Refused"],
    "error_401_unauthorized": ["AccountNeedsLogin"],
    "error_402_credits_depleted": ["OutOfCredit"],
    "error_403_dm_not_permitted": ["NotAllowed"],
    "error_403_duplicate_content": ["Refused"],
    "error_403_reply_not_summoned": ["NotAllowed"],
    "error_429_legacy_code_88": ["RateLimited"],
    "error_429_rate_limit": ["RateLimited"],
    "partial_200_with_errors": ["MessageReceived", "MessageDeleted"],
    "xaa_chat_received": ["Unknown"],
    "xaa_dm_received": ["MessageReceived"],
    "xaa_dm_sent": ["MessageReceived"],
    "xaa_oauth_revoke": ["AccountRevoked"],
    "xaa_post_create": ["MessageReceived"],
    "xaa_post_delete": ["MessageDeleted"],
    "xaa_post_mention_create": ["MessageReceived"],
    "xaa_post_quote_create": ["MessageReceived"],
    "xaa_post_reply_create": ["MessageReceived"],
}


@pytest.mark.skipif(not FILES, reason="the shared fixtures are not at hand")
def test_there_are_files() -> None:
    assert {path.stem for path in FILES} >= set(KINDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_payload_becomes_its_events(path: Path) -> None:
    raw = path.read_bytes()
    body = json.loads(raw)
    if "response" in body:
        asked, answer = body["request"], body["response"]
        exchange = Exchange(
            method=asked["method"],
            url=asked["url"],
            request_body=asked.get("body"),
            status=answer["status"],
            headers=answer["headers"],
            body=answer["body"],
        )
        events = CONNECTOR.parse_exchange(exchange, CONNECTOR.account_id_in(b"", exchange))
    else:
        events = CONNECTOR.parse(payload(raw, account_id=CONNECTOR.account_id_in(raw)))
    kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
    assert kinds == KINDS.get(path.stem, ["Ignored"])
    surprising = [event.reason for event in events if isinstance(event, Unknown) and "encrypted" not in event.reason]
    assert surprising == []
