"""Webhooks and subscriptions over HTTP.

X wants HTTPS without a port; the sandbox also takes plain HTTP to this machine, where no certificate is to be had.
Source: https://docs.x.com/x-api/webhooks/quickstart and https://docs.x.com/x-api/activity/quickstart (2026-11-21)
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from social_care.sandbox.x import problems
from social_care.sandbox.x.activity import EVENT_TYPES, PUBLIC_EVENTS, subscription_object, webhook_object
from social_care.sandbox.x.api import ANY, APP, Api, Call, Reply
from social_care.sandbox.x.model import Subscription, Webhook
from social_care.sandbox.x.posting import check_schema

MOST_WEBHOOKS = 5
MOST_SUBSCRIPTIONS = 1500
SUBSCRIPTION_BODY = {"event_type": str, "filter": {"user_id": str, "direction": str}, "tag": str, "webhook_id": str}


def register(api: Api) -> None:
    """Add the routes. Those that call the address do not hold the lock, so that it may call back."""
    api.add("POST /2/webhooks", create_webhook, auth=APP, locked=False)
    api.add("GET /2/webhooks", list_webhooks, auth=APP, parameters=frozenset({"webhook_config.fields"}))
    api.add("PUT /2/webhooks/:webhook_id", validate_webhook, auth=APP, locked=False)
    api.add("DELETE /2/webhooks/:webhook_id", delete_webhook, auth=APP)
    api.add("POST /2/activity/subscriptions", create_subscription, auth=ANY)
    api.add("GET /2/activity/subscriptions", list_subscriptions, auth=ANY)
    api.add("PUT /2/activity/subscriptions/:subscription_id", update_subscription, auth=ANY)
    api.add("DELETE /2/activity/subscriptions/:subscription_id", delete_subscription, auth=ANY)


def acceptable(url: str) -> bool:
    """Return whether X (or, on this machine, the sandbox) would push to an address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return False
    return (parts.scheme == "https" and port is None) or _on_this_machine(parts.hostname)


def _on_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        addresses = {row[4][0] for row in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ip_address(address).is_loopback for address in addresses)


def _failed(reason: str, text: str) -> problems.Problem:
    return problems.invalid(f"{reason}: {text}")


def create_webhook(api: Api, call: Call) -> Reply:
    """Register an address, if it answers the challenge."""
    body = call.body()
    check_schema(body, {"url": str})
    url = body.get("url", "")
    if not acceptable(url):
        raise _failed("UrlValidationFailed", "the URL does not meet the requirements")
    with api.state.lock:
        if any(webhook.url == url for webhook in api.activity.webhooks.values()):
            raise _failed("DuplicateUrlFailed", "a webhook is already registered for this URL")
        if len(api.activity.webhooks) >= MOST_WEBHOOKS:
            raise _failed("WebhookLimitExceeded", "the maximum number of webhooks is reached")
    if not api.activity.challenge(url):
        raise _failed("CrcValidationFailed", "the URL did not respond correctly to the CRC check")
    with api.state.lock:
        webhook = Webhook(id=api.state.next_id(), url=url, created_at=api.clock())
        api.activity.webhooks[webhook.id] = webhook
    return Reply(data={"data": webhook_object(webhook)})


def list_webhooks(api: Api, call: Call) -> Reply:
    """Return the addresses."""
    found = [webhook_object(webhook) for webhook in api.activity.webhooks.values()]
    return Reply(data={"data": found, "meta": {"result_count": len(found)}})


def _webhook(api: Api, webhook_id: str) -> Webhook:
    webhook = api.activity.webhooks.get(webhook_id)
    if webhook is None:
        raise _failed("WebhookIdInvalid", "the webhook was not found or is not associated with your app")
    return webhook


def validate_webhook(api: Api, call: Call) -> Reply:
    """Challenge an address again."""
    webhook = _webhook(api, call.params["webhook_id"])
    webhook.valid = api.activity.challenge(webhook.url)
    return Reply(data={"data": {"valid": webhook.valid}})


def delete_webhook(api: Api, call: Call) -> Reply:
    """Forget an address."""
    del api.activity.webhooks[_webhook(api, call.params["webhook_id"]).id]
    return Reply(data={"data": {"deleted": True}})


def create_subscription(api: Api, call: Call) -> Reply:
    """Subscribe to one kind of event about one user; private kinds need that this user let the app in."""
    body = call.body()
    check_schema(body, SUBSCRIPTION_BODY)
    event_type, user_id = body.get("event_type", ""), body.get("filter", {}).get("user_id", "")
    if event_type not in EVENT_TYPES:
        raise problems.invalid("$.event_type: does not have a value in the enumeration", "event_type", event_type)
    if user_id not in api.state.users:
        raise problems.invalid("$.filter.user_id: is missing but it is required", "filter.user_id", user_id)
    if event_type not in PUBLIC_EVENTS and not api.keyring.has_authorized(user_id):
        raise problems.forbidden("The user has not authorized your app for this event.")
    _check_webhook(api, body)
    if _double(api, event_type, user_id, body.get("webhook_id")):
        raise problems.invalid("DuplicateSubscriptionFailed: a subscription like this exists already")
    if len(api.activity.subscriptions) >= MOST_SUBSCRIPTIONS:
        raise problems.forbidden("The maximum number of subscriptions is reached.")
    subscription = Subscription(
        id=api.state.next_id(),
        event_type=event_type,
        user_id=user_id,
        created_at=api.clock(),
        updated_at=api.clock(),
        tag=body.get("tag", ""),
        webhook_id=body.get("webhook_id"),
    )
    api.activity.subscriptions[subscription.id] = subscription
    return Reply(data={"data": [subscription_object(subscription)], "meta": _total(api)})


def _check_webhook(api: Api, body: dict[str, Any]) -> None:
    if "webhook_id" in body and body["webhook_id"] not in api.activity.webhooks:
        raise problems.invalid("WebhookIdInvalid: the webhook was not found", "webhook_id", body["webhook_id"])


def _double(api: Api, event_type: str, user_id: str, webhook_id: str | None) -> bool:
    wanted = (event_type, user_id, webhook_id)
    return any((one.event_type, one.user_id, one.webhook_id) == wanted for one in api.activity.subscriptions.values())


def _total(api: Api) -> dict[str, int]:
    return {"total_subscriptions": len(api.activity.subscriptions)}


def list_subscriptions(api: Api, call: Call) -> Reply:
    """Return the subscriptions."""
    found = [subscription_object(one) for one in api.activity.subscriptions.values()]
    return Reply(data={"data": found, "meta": _total(api)})


def _subscription(api: Api, call: Call) -> Subscription:
    found = api.activity.subscriptions.get(call.params["subscription_id"])
    if found is None:
        raise problems.not_found()
    return found


def update_subscription(api: Api, call: Call) -> Reply:
    """Change the tag or the webhook of a subscription."""
    subscription = _subscription(api, call)
    body = call.body()
    check_schema(body, {"tag": str, "webhook_id": str})
    _check_webhook(api, body)
    subscription.tag = body.get("tag", subscription.tag)
    subscription.webhook_id = body.get("webhook_id", subscription.webhook_id)
    subscription.updated_at = api.clock()
    return Reply(data={"data": subscription_object(subscription), "meta": _total(api)})


def delete_subscription(api: Api, call: Call) -> Reply:
    """End a subscription."""
    del api.activity.subscriptions[_subscription(api, call).id]
    return Reply(data={"data": {"deleted": True}, "meta": _total(api)})
