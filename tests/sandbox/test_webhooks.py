"""Webhooks, subscriptions and what is pushed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from social_care.sandbox.x import XSandbox
from social_care.sandbox.x.activity import sign
from tests.sandbox.conftest import Receiver, World


def subscribe(world: World, receiver: Receiver, *event_types: str) -> str:
    """Register the receiver and subscribe the team; return the webhook's id."""
    receiver.secret = world.sandbox.credentials(world.team).consumer_secret
    app = world.app()
    made = app.post("/2/webhooks", {"url": receiver.url})
    assert made.status_code == 200, made.text
    webhook_id: str = made.json()["data"]["id"]
    for event_type in event_types:
        body = {"event_type": event_type, "filter": {"user_id": world.team.id}, "webhook_id": webhook_id, "tag": "care"}
        answer = app.post("/2/activity/subscriptions", body)
        assert answer.status_code == 200, answer.text
    return webhook_id


def reason(answer: Any) -> str:
    assert answer.status_code == 400
    text: str = answer.json()["errors"][0]["message"]
    return text.partition(":")[0]


def test_a_webhook_is_registered_after_the_challenge(world: World, receiver: Receiver) -> None:
    webhook_id = subscribe(world, receiver)
    listing = world.app().get("/2/webhooks")
    assert listing["meta"] == {"result_count": 1}
    assert listing["data"][0] | {"created_at": ""} == {
        "id": webhook_id,
        "url": receiver.url,
        "valid": True,
        "created_at": "",
    }


def test_a_wrong_answer_to_the_challenge_is_refused(world: World, receiver: Receiver) -> None:
    receiver.secret = "wrong"
    assert reason(world.app().post("/2/webhooks", {"url": receiver.url})) == "CrcValidationFailed"
    assert reason(world.app().post("/2/webhooks", {"url": "http://127.0.0.1:9/hook"})) == "CrcValidationFailed"
    assert world.app().get("/2/webhooks")["data"] == []


@pytest.mark.parametrize("url", ["", "ftp://localhost/x", "http://192.0.2.1/x", "https://192.0.2.1:8443/x", "http://[bad/x"])
def test_an_unfit_address_is_refused(world: World, url: str) -> None:
    assert reason(world.app().post("/2/webhooks", {"url": url})) == "UrlValidationFailed"


def test_the_same_address_twice_is_refused(world: World, receiver: Receiver) -> None:
    subscribe(world, receiver)
    assert reason(world.app().post("/2/webhooks", {"url": receiver.url})) == "DuplicateUrlFailed"


def test_validation_runs_again_and_an_invalid_webhook_gets_nothing(world: World, x: XSandbox, receiver: Receiver) -> None:
    webhook_id = subscribe(world, receiver, "post.mention.create")
    receiver.secret = "rotated"
    assert world.app()("PUT", f"/2/webhooks/{webhook_id}").json() == {"data": {"valid": False}}
    x.post("ada", "@northwind hello")
    x.flush()
    assert not receiver.bodies
    receiver.secret = x.credentials("northwind").consumer_secret
    assert world.app()("PUT", f"/2/webhooks/{webhook_id}").json() == {"data": {"valid": True}}
    assert world.app()("DELETE", f"/2/webhooks/{webhook_id}").json() == {"data": {"deleted": True}}
    assert reason(world.app()("DELETE", f"/2/webhooks/{webhook_id}")) == "WebhookIdInvalid"


def test_webhooks_are_for_the_app_only(world: World, receiver: Receiver) -> None:
    answer = world.oauth1().post("/2/webhooks", {"url": receiver.url})
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/unsupported-authentication")


def test_subscriptions_are_listed_changed_and_ended(world: World, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create", "dm.received")
    app = world.app()
    listing = app.get("/2/activity/subscriptions")
    assert listing["meta"] == {"total_subscriptions": 2}
    first = listing["data"][0]
    assert first["filter"] == {"user_id": world.team.id}
    changed = app("PUT", f"/2/activity/subscriptions/{first['subscription_id']}", json={"tag": "new"})
    assert changed.json()["data"]["tag"] == "new"
    ended = app("DELETE", f"/2/activity/subscriptions/{first['subscription_id']}")
    assert ended.json() == {"data": {"deleted": True}, "meta": {"total_subscriptions": 1}}
    assert app("DELETE", f"/2/activity/subscriptions/{first['subscription_id']}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"event_type": "post.nonsense"}, {"filter": {}}, {"webhook_id": "1"}, {"colour": "red"}, {}],
    ids=["type", "filter", "webhook", "unknown field", "twice"],
)
def test_a_wrong_subscription_is_refused(world: World, receiver: Receiver, change: dict[str, Any]) -> None:
    webhook_id = subscribe(world, receiver, "dm.sent")
    body = {"event_type": "dm.sent", "filter": {"user_id": world.team.id}, "webhook_id": webhook_id} | change
    assert world.app().post("/2/activity/subscriptions", body).status_code == 400


def test_private_events_need_the_users_consent(world: World) -> None:
    body = {"event_type": "dm.received", "filter": {"user_id": world.ada.id}}
    assert world.app().post("/2/activity/subscriptions", body).status_code == 403


def test_deliveries_are_signed_over_the_raw_body(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create")
    keys = x.credentials("northwind")
    x.post("ada", "@northwind ünïcode")
    x.flush()
    assert receiver.headers[0]["x-twitter-webhooks-signature"] == sign(keys.consumer_secret, receiver.bodies[0])
    assert "x-twitter-webhooks-signature-oauth2" not in receiver.headers[0]
    x.activity.signing = "both"
    x.post("ada", "@northwind again")
    x.flush()
    assert receiver.headers[1]["x-twitter-webhooks-signature-oauth2"] == sign(keys.client_secret, receiver.bodies[1])


def test_each_change_pushes_its_event(world: World, x: XSandbox, receiver: Receiver) -> None:
    kinds = ["post.create", "post.delete", "post.mention.create", "post.reply.create", "post.quote.create"]
    subscribe(world, receiver, *kinds, "post.repost.create", "dm.received", "dm.sent", "oauth.revoke")
    ours = x.post("northwind", "good morning")
    x.post("ada", "thanks", reply_to=ours)
    x.post("ada", "look", quote=ours)
    x.post("ada", "", repost_of=ours)
    x.post("ada", "@northwind late", reply_to=ours)
    x.dm("ada", "northwind", "psst")
    x.dm("northwind", "ada", "yes?")
    x.delete(ours)
    x.post("ada", "nothing to do with you")
    x.revoke("northwind")
    x.flush()
    assert [event["event_type"] for event in receiver.events()] == [
        "post.create",
        "post.reply.create",
        "post.quote.create",
        "post.repost.create",
        "post.mention.create",
        "post.reply.create",
        "dm.received",
        "dm.sent",
        "post.delete",
        "oauth.revoke",
    ]
    assert receiver.events()[-1]["filter"] == {}
    assert all(event["tag"] == "care" for event in receiver.events()[:-1])


def test_an_edit_pushes_the_new_version(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create")
    first = x.post("ada", "@northwind lat")
    second = x.edit(first, "@northwind late")
    x.flush()
    assert receiver.events()[1]["payload"]["edit_history_tweet_ids"] == [first.id, second.id]


def test_a_customers_deletion_is_not_pushed_to_us(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.delete")
    x.delete(x.post("ada", "@northwind late"))
    x.flush()
    assert not receiver.bodies


def test_what_nobody_took_can_be_pushed_again(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create")
    receiver.answer = 500
    x.post("ada", "@northwind late")
    x.flush()
    assert [one.status for one in x.deliveries] == [500]
    receiver.answer = 200
    assert x.redeliver() == 1
    x.flush()
    assert receiver.bodies[0] == receiver.bodies[1]
    assert x.redeliver() == 0


UNCOMPARED = (
    *(".affiliation", ".profile_banner_url", ".pinned_tweet_id", ".location", ".edit_controls", ".most_recent_tweet_id"),
    *(".profile_geo_enrichment", "users[].entities", ".data.entities", ".data.url", "users[].url"),
)
"""What depends on the person or the post shown, and differs between the published samples themselves."""


def _keys(data: Any, path: str = "") -> set[str]:
    """Return the paths of all keys; list positions and user ids do not count."""
    if isinstance(data, list):
        return set().union(*(_keys(one, f"{path}[]") for one in data)) if data else set()
    if not isinstance(data, dict):
        return set()
    found = set()
    for key, value in data.items():
        name = f"{path}.{'*' if key.isdigit() else key}"
        found |= {name} | _keys(value, name)
    return found


@pytest.mark.parametrize(
    ("event_type", "file", "act"),
    [
        ("post.create", "xaa_post_create.json", lambda x, ours: x.post("northwind", "hello again")),
        ("post.delete", "xaa_post_delete.json", lambda x, ours: x.delete(ours)),
        ("post.mention.create", "xaa_post_mention_create.json", lambda x, ours: x.post("ada", "hey @northwind")),
        ("post.reply.create", "xaa_post_reply_create.json", lambda x, ours: x.post("ada", "Great", reply_to=ours)),
        ("post.quote.create", "xaa_post_quote_create.json", lambda x, ours: x.post("ada", "Context.", quote=ours)),
        ("post.repost.create", "xaa_post_repost_create.json", lambda x, ours: x.post("ada", "", repost_of=ours)),
        ("dm.received", "xaa_dm_received.json", lambda x, ours: x.dm("ada", "northwind", "hello")),
        ("dm.sent", "xaa_dm_sent.json", lambda x, ours: x.dm("northwind", "ada", "hello")),
        ("oauth.revoke", "xaa_oauth_revoke.json", lambda x, ours: x.revoke("northwind")),
    ],
)
def test_events_have_the_published_shape(
    world: World,
    x: XSandbox,
    receiver: Receiver,
    load: Callable[[str], Any],
    event_type: str,
    file: str,
    act: Callable[[XSandbox, Any], Any],
) -> None:
    ours = x.post("northwind", "hello from us")
    subscribe(world, receiver, event_type)
    act(x, ours)
    x.flush()
    (event,) = receiver.events()
    published = load(file)["data"]
    ours_keys, their_keys = (
        {key for key in _keys(one) if not any(part in key for part in UNCOMPARED)} for one in (event, published)
    )
    assert sorted(ours_keys - their_keys) == []
    assert sorted(their_keys - ours_keys) == []
    assert event["filter"] == ({} if event_type == "oauth.revoke" else {"user_id": world.team.id})
    assert int(event["event_uuid"]) != 0
