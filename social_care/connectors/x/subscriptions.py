"""Making X push to us: the webhook of the app, and a subscription for each kind of event of an account."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, text
from social_care.connectors.x.calls import Calls
from social_care.connectors.x.tokens import decode
from social_care.core.errors import Refused, Retryable

SUBSCRIBED = {
    "mentions": ("post.mention.create", "post.reply.create", "post.quote.create", "post.create", "post.delete"),
    "direct_messages": ("dm.received", "dm.sent", "chat.received"),
}
"""Own posts and messages too: an agent's answer given on x.com belongs to the ticket.

Source: https://docs.x.com/x-api/activity/introduction (read 2026-08)."""

OPTIONAL = frozenset({"chat.received"})
"""Asked for, and not missed where X refuses it: encrypted messages cannot be read here, only pointed at."""


def subscribe(calls: Calls, us: str, url: str, receive: Collection[str]) -> tuple[str, ...]:
    """Make X push what an account wants to receive to `url`; return plain lines of what was done.

    Where X takes no further address, that of another account of the app is used: each gets what is its own.
    Source: https://docs.x.com/x-api/webhooks/quickstart and https://docs.x.com/x-api/activity/quickstart (read 2026-08).
    Raises: SocialCareError.
    """
    hook, lines = _register(calls, url)
    ours = _subscriptions(calls, us)
    for kind in _wanted(receive):
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


def not_pushed(calls: Calls, us: str, url: str, receive: Collection[str]) -> tuple[str, ...]:
    """Return in plain sentences what X does not push to this site; () when all is well. Raises: SocialCareError."""
    hooks = _hooks_of_site(calls, url)
    if not hooks:
        return ("X does not know this site's address.",)
    working = {identifier(hook.get("id")) for hook in hooks if hook.get("valid") is True}
    if not working:
        return ("X has switched this site's address off, since it failed X's check.",)
    ours = _subscriptions(calls, us)
    wanted = [kind for kind in _wanted(receive) if kind not in OPTIONAL]
    missing = [kind for kind in wanted if identifier(ours.get(kind, {}).get("webhook_id")) not in working]
    return (f"X does not push {', '.join(missing)}.",) if missing else ()


def _wanted(receive: Collection[str]) -> list[str]:
    return [kind for feed in sorted(receive) for kind in SUBSCRIBED.get(feed, ())]


def _subscriptions(calls: Calls, us: str) -> dict[str | None, dict[str, Any]]:
    """Return the subscriptions to an account, by kind of event."""
    existing = [mapping(one) for one in items(_get(calls, "/2/activity/subscriptions").get("data"))]
    return {
        text(one.get("event_type")): one for one in existing if identifier(mapping(one.get("filter")).get("user_id")) == us
    }


def _hooks_of_site(calls: Calls, url: str) -> list[dict[str, Any]]:
    """Return the app's webhooks that lead to this site, that with this very address first."""
    site = url.partition("?")[0]
    hooks = [mapping(hook) for hook in items(_get(calls, "/2/webhooks", app_only=True).get("data"))]
    ours = [hook for hook in hooks if (text(hook.get("url")) or "").partition("?")[0] == site]
    return sorted(ours, key=lambda hook: hook.get("url") != url)


def _register(calls: Calls, url: str) -> tuple[str, list[str]]:
    """Return the id of the webhook to use, registered or checked again if need be, and what was done."""
    lines = []
    hooks = _hooks_of_site(calls, url)
    hook = next((hook for hook in hooks if hook.get("url") == url), None)
    if hook is None:
        try:
            answer = mapping(decode(calls.call("POST", "/2/webhooks", repeatable=True, app_only=True, json={"url": url})))
            hook = mapping(answer.get("data")) or answer
            lines.append("The address was registered at X.")
        except Refused:
            hook = next((hook for hook in hooks if hook.get("valid") is True), None)
            if hook is None:
                raise
            lines.append("X takes no further address of the app, so that of another account here is used.")
    elif hook.get("valid") is not True:
        calls.call("PUT", f"/2/webhooks/{identifier(hook.get('id'))}", app_only=True)
        lines.append("X was asked to check the address again.")
    identity = identifier(hook.get("id"))
    if not identity:
        raise Retryable("X's answer to the registration could not be read.")
    return identity, lines


def _get(calls: Calls, route: str, *, app_only: bool = False) -> dict[str, Any]:
    return mapping(decode(calls.call("GET", route, app_only=app_only)))
