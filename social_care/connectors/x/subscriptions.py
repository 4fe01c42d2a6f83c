"""Making X push to us: the webhook of the app, and a subscription for each kind of event of an account."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, text
from social_care.connectors.x.calls import Calls, decode
from social_care.core.errors import Refused, Retryable

SUBSCRIBED = {
    "mentions": ("post.mention.create", "post.reply.create", "post.quote.create", "post.create", "post.delete"),
    "direct_messages": ("dm.received", "dm.sent", "chat.received"),
}
"""Own posts and messages too: an agent's answer given on x.com belongs to the ticket.

Source: https://docs.x.com/x-api/activity/introduction (read 2026-08)."""


def subscribe(calls: Calls, us: str, url: str, receive: Collection[str]) -> tuple[str, ...]:
    """Make X push what an account wants to receive to `url`; return plain lines of what was done.

    Source: https://docs.x.com/x-api/webhooks/quickstart and https://docs.x.com/x-api/activity/quickstart (read 2026-08).
    Raises: SocialCareError.
    """
    hook, lines = _register(calls, url)
    existing = [mapping(one) for one in items(_get(calls, "/2/activity/subscriptions").get("data"))]
    ours = {
        text(one.get("event_type")): one for one in existing if identifier(mapping(one.get("filter")).get("user_id")) == us
    }
    for kind in (kind for feed in sorted(receive) for kind in SUBSCRIBED.get(feed, ())):
        there = ours.get(kind)
        if there is None:
            wanted = {"event_type": kind, "filter": {"user_id": us}, "webhook_id": hook}
            try:
                calls.call("POST", "/2/activity/subscriptions", repeatable=True, json=wanted)
                lines.append(f"Subscribed to {kind}.")
            except Refused as error:
                lines.append(f"X refused the subscription to {kind}: {error}")
        elif identifier(there.get("webhook_id")) != hook:
            route = f"/2/activity/subscriptions/{identifier(there.get('subscription_id'))}"
            calls.call("PUT", route, json={"webhook_id": hook})
            lines.append(f"Moved {kind} to this address.")
    return tuple(lines) or ("Everything was subscribed already.",)


def _register(calls: Calls, url: str) -> tuple[str, list[str]]:
    """Return the id of the webhook with this address, registered or checked again if need be, and what was done."""
    lines = []
    hooks = [mapping(hook) for hook in items(_get(calls, "/2/webhooks", app_only=True).get("data"))]
    hook = next((hook for hook in hooks if hook.get("url") == url), None)
    if hook is None:
        answer = mapping(decode(calls.call("POST", "/2/webhooks", repeatable=True, app_only=True, json={"url": url})))
        hook = mapping(answer.get("data")) or answer
        lines.append("The address was registered at X.")
    elif hook.get("valid") is not True:
        calls.call("PUT", f"/2/webhooks/{identifier(hook.get('id'))}", app_only=True)
        lines.append("X was asked to check the address again.")
    identity = identifier(hook.get("id"))
    if not identity:
        raise Retryable("X's answer to the registration could not be read.")
    return identity, lines


def _get(calls: Calls, route: str, *, app_only: bool = False) -> dict[str, Any]:
    return mapping(decode(calls.call("GET", route, app_only=app_only)))
