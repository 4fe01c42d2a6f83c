"""What X pushes: events in the envelope of the X Activity API, signed, by a thread of their own, in order.

Source: https://docs.x.com/x-api/activity/event-payloads and https://docs.x.com/x-api/webhooks/introduction (2026-11-21)
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.faults import Faults
from social_care.sandbox.pushing import Pusher, call_address
from social_care.sandbox.x.model import DirectMessage, Post, Subscription, User, Webhook
from social_care.sandbox.x.objects import post_object, user_object
from social_care.sandbox.x.state import State

PUBLIC_EVENTS = frozenset({"profile.update.bio", "profile.update.screenname"})
EVENT_TYPES = PUBLIC_EVENTS | {
    "post.create",
    "post.delete",
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.repost.create",
    "dm.received",
    "dm.sent",
    "oauth.revoke",
}


def sign(secret: str, message: bytes) -> str:
    """Return the signature X sends with a body, and the answer it wants to a challenge."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), message, sha256).digest()).decode()


class Activity:
    """Webhooks, subscriptions and what was pushed to them.

    signing: which secret signs, `consumer` (the OAuth 1.0a consumer secret), `client` (OAuth 2 client secret) or `both`.
    """

    def __init__(self, consumer_secret: str, client_secret: str, faults: Faults) -> None:
        self._secrets = {"consumer": consumer_secret, "client": client_secret}
        self.signing = "consumer"
        self.pusher = Pusher(faults, self._signatures)
        self.clear()

    def clear(self) -> None:
        """Forget webhooks, subscriptions and deliveries."""
        self.webhooks: dict[str, Webhook] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.pusher.clear()

    # --- challenge ---------------------------------------------------------------------------------------------
    def challenge(self, url: str) -> bool:
        """Ask an address to prove that it knows the secret."""
        token = secrets.token_urlsafe(32)
        mark = "&" if urlsplit(url).query else "?"
        status, body = call_address("GET", f"{url}{mark}crc_token={quote(token)}")
        if status != 200:
            return False
        try:
            answer = json.loads(body)["response_token"]
        except (ValueError, KeyError, TypeError):
            return False
        names = ("consumer", "client") if self.signing == "both" else (self.signing,)
        return answer in [sign(self._secrets[name], token.encode()) for name in names]

    # --- events ------------------------------------------------------------------------------------------------
    def announce(self, state: State, kind: str, subject: object) -> None:
        """Push what a change means to whoever subscribed; the caller holds the state's lock."""
        if not self.subscriptions:
            return
        if isinstance(subject, DirectMessage):
            self._push("dm.sent", subject.sender_id, lambda: message_payload(state, subject))
            self._push("dm.received", subject.recipient_id, lambda: message_payload(state, subject))
        elif isinstance(subject, Post) and kind == "delete":
            author = {"users": [{"data": activity_user(state, subject.author_id)}]}
            payload = {"id": subject.history[0], "author_id": subject.author_id}
            self._push("post.delete", subject.author_id, lambda: payload, lambda: author)
        elif isinstance(subject, Post):
            self._announce_post(state, subject)

    def _announce_post(self, state: State, post: Post) -> None:
        """Push a new post, or a new version of one (that X announces edits alike is not documented)."""

        def payload() -> dict[str, Any]:
            return activity_post(state, post)

        def full() -> dict[str, Any]:
            ids = dict.fromkeys((post.author_id, *post.mentions))
            return {"users": [activity_user(state, one) for one in ids], "tweets": [activity_post(state, post)]}

        self._push("post.create", post.author_id, payload, full)
        for mentioned in post.typed_mentions:
            if mentioned != post.author_id and not post.repost_id:
                self._push("post.mention.create", mentioned, payload, full)
        targets = (("post.quote.create", post.quote_id), ("post.repost.create", post.repost_id))
        owners = [("post.reply.create", post.reply_to_user_id)]
        owners += [(event, state.posts[one].author_id) for event, one in targets if one in state.posts]
        for event_type, owner in owners:
            if owner and owner != post.author_id:
                self._push(event_type, owner, payload, dict)

    def announce_revocation(self, user: User, moment: str) -> None:
        """Push that a user took the app's access away; the filter is empty, as X sends it."""
        payload = {"date_time": moment, "user_id": user.id, "app_id": "29820954"}
        for subscription in self._subscribed("oauth.revoke", user.id):
            self._enqueue(subscription, {"event_type": "oauth.revoke", "filter": {}, "payload": payload})

    def _subscribed(self, event_type: str, user_id: str) -> list[Subscription]:
        return [one for one in self.subscriptions.values() if one.event_type == event_type and one.user_id == user_id]

    def _push(
        self,
        event_type: str,
        user_id: str,
        payload: Callable[[], dict[str, Any]],
        includes: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        for subscription in self._subscribed(event_type, user_id):
            data: dict[str, Any] = {"filter": {"user_id": user_id}, "event_type": event_type, "payload": payload()}
            if subscription.tag:
                data["tag"] = subscription.tag
            if includes:
                data["includes"] = includes()
            self._enqueue(subscription, data)

    def _enqueue(self, subscription: Subscription, data: dict[str, Any]) -> None:
        webhook = self.webhooks.get(subscription.webhook_id or "")
        if webhook is None or not webhook.valid:
            return
        uuid = str(secrets.randbits(64) - (1 << 63))
        body = json.dumps({"data": {"event_uuid": uuid, **data}}, ensure_ascii=False, separators=(",", ":")).encode()
        self.pusher.put(webhook.url, data["event_type"], body)

    def _signatures(self, body: bytes) -> dict[str, str]:
        headers = {}
        if self.signing in ("consumer", "both"):
            headers["x-twitter-webhooks-signature"] = sign(self._secrets["consumer"], body)
        if self.signing in ("client", "both"):
            headers["x-twitter-webhooks-signature-oauth2"] = sign(self._secrets["client"], body)
        return headers


def with_twins(data: Any) -> Any:
    """Return data in which every number has a twin of text beside it (`like_count_str`), as the Activity API writes it."""
    if isinstance(data, list):
        return [with_twins(one) for one in data]
    if not isinstance(data, dict):
        return data
    twins: dict[str, Any] = {}
    for key, value in data.items():
        twins[key] = with_twins(value)
        if isinstance(value, int) and not isinstance(value, bool):
            twins[f"{key}_str"] = str(value)
    return twins


def activity_post(state: State, post: Post) -> dict[str, Any]:
    """Return a post as the Activity API writes it."""
    data = post_object(state, post)
    if post.reply_to_id:
        data["in_reply_to_tweet_id"] = post.reply_to_id
    result: dict[str, Any] = with_twins(data)
    return result


def activity_user(state: State, user_id: str) -> dict[str, Any]:
    """Return a user as the Activity API writes it."""
    result: dict[str, Any] = with_twins(user_object(state, state.users[user_id]))
    return result


def message_payload(state: State, message: DirectMessage) -> dict[str, Any]:
    """Return a private message as the Activity API writes it: in the shape of API 1.1."""
    empty: dict[str, list[Any]] = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
    content: dict[str, Any] = {"text": message.text, "entities": empty}
    if message.media:
        media = state.media[message.media[0]]
        content["attachment"] = {
            "type": "media",
            "media": {"id_str": media.id, "type": media.kind, "media_url_https": media.url, "media_key": media.key},
        }
    event = {
        "type": "message_create",
        "id": message.id,
        "created_timestamp": str(int(message.created_at.timestamp() * 1000)),
        "message_create": {
            "target": {"recipient_id": message.recipient_id},
            "sender_id": message.sender_id,
            "message_data": content,
        },
    }
    people = {one: {"data": activity_user(state, one)} for one in (message.sender_id, message.recipient_id)}
    return {"direct_message_events": [event], "users": people}


def webhook_object(webhook: Webhook) -> dict[str, Any]:
    """Return a webhook as X writes it."""
    return {
        "created_at": as_timestamp(webhook.created_at),
        "id": webhook.id,
        "url": webhook.url,
        "valid": webhook.valid,
    }


def subscription_object(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as X writes it."""
    data: dict[str, Any] = {
        "subscription_id": subscription.id,
        "event_type": subscription.event_type,
        "filter": {"user_id": subscription.user_id},
        "created_at": as_timestamp(subscription.created_at),
        "updated_at": as_timestamp(subscription.updated_at),
    }
    if subscription.tag:
        data["tag"] = subscription.tag
    if subscription.webhook_id:
        data["webhook_id"] = subscription.webhook_id
    return data
