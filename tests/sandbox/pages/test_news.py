"""What the sandbox pushes: to whom, signed how, and in the published form."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from social_care.sandbox.pages import Ours
from tests.sandbox.conftest import Receiver, published_folder
from tests.sandbox.pages.conftest import VERIFY_TOKEN, World


def listen(world: World, receiver: Receiver, ours: Ours) -> None:
    receiver.verify_token = VERIFY_TOKEN
    world.sandbox.connect_webhook(ours, receiver.url, VERIFY_TOKEN)


def pushed(world: World, receiver: Receiver) -> list[dict[str, Any]]:
    world.sandbox.flush()
    return [json.loads(body) for body in receiver.bodies]


def test_an_address_has_to_know_the_verify_token(world: World, receiver: Receiver) -> None:
    receiver.verify_token = "right"
    app, token = world.sandbox.keyring.app_id, f"{world.sandbox.keyring.app_id}|{world.sandbox.keyring.app_secret}"
    body = {"object": "page", "callback_url": receiver.url, "fields": "feed,messages"}

    def subscribe(bearer: str, word: str) -> dict[str, Any]:
        address = f"{world.sandbox.base_url}/v25.0/{app}/subscriptions"
        found: dict[str, Any] = world.session.post(
            address, data=body | {"access_token": bearer, "verify_token": word}
        ).json()
        return found

    assert subscribe(token, "wrong")["error"]["code"] == 2200
    assert subscribe(token, "right") == {"success": True}
    world.sandbox.keyring.require_proof = False
    assert subscribe(world.sandbox.credentials(world.page).access_token, "right")["error"]["code"] == 200
    with pytest.raises(ValueError, match="validated"):
        world.sandbox.connect_webhook(world.page, "http://127.0.0.1:9/nobody", "right")


def test_nothing_is_pushed_that_nobody_subscribed(world: World, receiver: Receiver) -> None:
    listen(world, receiver, world.page)
    assert world.call("POST", "me/subscribed_apps", subscribed_fields=["messages"]).json() == {"success": True}
    world.sandbox.comment(world.ada, world.sandbox.post(world.page, "Hello"), "words")
    world.sandbox.message(world.ada, world.page, "private words")
    world.sandbox.webhooks.uninstall(world.page.id)
    world.sandbox.message(world.ada, world.page, "more of them")
    (body,) = pushed(world, receiver)
    assert body["entry"][0]["messaging"][0]["message"]["text"] == "private words"
    assert world.get("me/subscribed_apps") == {"data": []}
    assert world.refusal("POST", "me/subscribed_apps", subscribed_fields="messages,nonsense") == (400, 100, 0)


def test_an_instagram_account_hears_through_its_page(world: World, receiver: Receiver) -> None:
    receiver.verify_token = VERIFY_TOKEN
    world.sandbox.webhooks.subscribe("instagram", receiver.url, VERIFY_TOKEN)
    world.sandbox.message(world.ada, world.instagram, "too early")
    world.call("POST", "me/subscribed_apps", subscribed_fields="feed")
    world.sandbox.message(world.ada, world.instagram, "in time")
    (body,) = pushed(world, receiver)
    assert (body["object"], body["entry"][0]["id"]) == ("instagram", world.instagram.id)


def test_bodies_are_signed_over_what_is_sent(world: World, receiver: Receiver) -> None:
    listen(world, receiver, world.page)
    world.sandbox.message(world.ada, world.page, "Grüße, 你好 / 👋")
    world.sandbox.flush()
    (raw,), (headers,) = receiver.bodies, receiver.headers
    right = hmac.new(world.sandbox.keyring.app_secret.encode(), raw, sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={right}"
    assert raw.isascii()
    assert json.loads(raw)["entry"][0]["messaging"][0]["message"]["text"] == "Grüße, 你好 / 👋"


def test_a_batch_holds_many_entries_newest_first(world: World, receiver: Receiver) -> None:
    listen(world, receiver, world.page)
    world.sandbox.fault("batch_delivery", "page messages", 2)
    for number in range(3):
        world.sandbox.message(world.ada, world.page, str(number))
    (body,) = pushed(world, receiver)
    assert [one["messaging"][0]["message"]["text"] for one in body["entry"]] == ["2", "1", "0"]


def test_a_batch_that_nothing_follows_is_not_lost(world: World, receiver: Receiver) -> None:
    listen(world, receiver, world.page)
    world.sandbox.fault("batch_delivery")
    world.sandbox.message(world.ada, world.page, "alone")
    assert len(pushed(world, receiver)) == 1


def test_echoes_tell_which_app_wrote(world: World, receiver: Receiver) -> None:
    world.sandbox.message(world.ada, world.page, "Hello?")
    listen(world, receiver, world.page)
    world.sandbox.answer(world.page, world.ada, "by hand")
    body = {"recipient": {"id": world.psid()}, "message": {"text": "by app", "metadata": "mark"}}
    sent = world.call("POST", "me/messages", **body).json()
    told = [one["entry"][0]["messaging"][0] for one in pushed(world, receiver)]
    by_hand, _, by_app, delivered = told
    assert by_hand["message"]["app_id"] != by_app["message"]["app_id"] == int(world.sandbox.keyring.app_id)
    assert (by_app["message"]["mid"], by_app["message"]["metadata"]) == (sent["message_id"], "mark")
    assert by_app["recipient"]["id"] == world.psid()
    assert delivered["delivery"]["mids"] == [sent["message_id"]]


def page_comment(world: World) -> Any:
    return world.sandbox.comment(world.ada, world.sandbox.post(world.page, "Hello"), "words")


def page_message(world: World) -> Any:
    return world.sandbox.message(world.ada, world.page, "words")


def instagram_message(world: World) -> Any:
    return world.sandbox.message(world.ada, world.instagram, "words")


STORY = {"id": "17890000000000003", "url": "https://example.com/story"}
PUBLISHED: list[tuple[str, str, Callable[[World], Any], Callable[[World, Any], Any]]] = [
    (
        "facebook",
        "webhook_feed_comment_add",
        lambda w: w.sandbox.post(w.page, "Hi"),
        lambda w, it: w.sandbox.comment(w.ada, it, "x"),
    ),
    ("facebook", "webhook_feed_comment_reply_add", page_comment, lambda w, it: w.sandbox.comment(w.ben, it, "x")),
    ("facebook", "webhook_feed_comment_edited", page_comment, lambda w, it: w.sandbox.edit(it, "other words")),
    ("facebook", "webhook_feed_comment_remove", page_comment, lambda w, it: w.sandbox.delete(it)),
    ("facebook", "webhook_feed_comment_hide", page_comment, lambda w, it: w.sandbox.hide(it)),
    ("facebook", "webhook_feed_own_status_add", lambda w: None, lambda w, it: w.sandbox.post(w.page, "x")),
    ("facebook", "webhook_feed_post_add", lambda w: None, lambda w, it: w.sandbox.post(w.ada, "x", on=w.page)),
    ("facebook", "webhook_feed_post_remove", lambda w: w.sandbox.post(w.page, "x"), lambda w, it: w.sandbox.delete(it)),
    ("facebook", "messenger_text", lambda w: None, lambda w, it: page_message(w)),
    (
        "facebook",
        "messenger_attachment_image",
        lambda w: None,
        lambda w, it: w.sandbox.message(w.ada, w.page, "", ["image"]),
    ),
    ("facebook", "messenger_reply_to", page_message, lambda w, it: w.sandbox.message(w.ada, w.page, "x", reply_to=it)),
    ("facebook", "messenger_message_edit", page_message, lambda w, it: w.sandbox.edit(it, "other words")),
    ("facebook", "messenger_reaction", page_message, lambda w, it: w.sandbox.react(w.ada, it)),
    ("facebook", "messenger_postback", lambda w: None, lambda w, it: w.sandbox.press(w.ada, w.page, "Yes")),
    (
        "facebook",
        "messenger_read",
        lambda w: w.sandbox.answer(w.page, w.ada, "x"),
        lambda w, it: w.sandbox.read(w.ada, w.page),
    ),
    ("instagram", "message_text", lambda w: None, lambda w, it: instagram_message(w)),
    ("instagram", "message_echo", lambda w: None, lambda w, it: w.sandbox.answer(w.instagram, w.ada, "x")),
    ("instagram", "message_edit", instagram_message, lambda w, it: w.sandbox.edit(it, "other words")),
    ("instagram", "message_unsend", instagram_message, lambda w, it: w.sandbox.delete(it)),
    ("instagram", "message_reaction", instagram_message, lambda w, it: w.sandbox.react(w.ada, it)),
    ("instagram", "message_unreact", instagram_message, lambda w, it: w.sandbox.react(w.ada, it, "")),
    (
        "instagram",
        "message_story_reply",
        lambda w: None,
        lambda w, it: w.sandbox.message(w.ada, w.instagram, "x", story=STORY),
    ),
    (
        "instagram",
        "message_story_mention",
        lambda w: None,
        lambda w, it: w.sandbox.message(w.ada, w.instagram, "", story={**STORY, "mention": "1"}),
    ),
    (
        "instagram",
        "messaging_seen",
        lambda w: w.sandbox.answer(w.instagram, w.ada, "x"),
        lambda w, it: w.sandbox.read(w.ada, w.instagram),
    ),
    (
        "instagram",
        "comments_field_reference_form",
        lambda w: w.sandbox.comment(w.ada, w.sandbox.post(w.instagram, "Hi"), "x"),
        lambda w, it: w.sandbox.comment(w.ben, it, "x"),
    ),
    ("instagram", "mentions_media", lambda w: None, lambda w, it: w.sandbox.post(w.ada, "x", mentions=[w.instagram])),
]
UNCOMPARED = {"self_ig_scoped_id", "referral", "is_self_reply"}
"""What depends on the person or the case shown."""


def keys(data: Any, path: str = "") -> set[str]:
    """Return the paths of all keys with the kind of their values."""
    if isinstance(data, list):
        return set().union(*(keys(one, f"{path}[]") for one in data)) if data else set()
    if not isinstance(data, dict):
        return {f"{path}: {type(data).__name__}"}
    kept = {key: value for key, value in data.items() if key not in UNCOMPARED}
    return set().union(*(keys(value, f"{path}.{key}") for key, value in kept.items()))


@pytest.mark.skipif(not published_folder().is_dir(), reason="the published payloads are not at hand (SOCIAL_CARE_FIXTURES)")
@pytest.mark.parametrize(("platform", "name", "before", "act"), PUBLISHED, ids=[one[1] for one in PUBLISHED])
def test_news_have_the_published_form(
    world: World,
    receiver: Receiver,
    platform: str,
    name: str,
    before: Callable[[World], Any],
    act: Callable[[World, Any], Any],
) -> None:
    made = before(world)
    listen(world, receiver, world.page if platform == "facebook" else world.instagram)
    act(world, made)
    (body,) = pushed(world, receiver)
    published = json.loads((published_folder().parent / platform / f"{name}.json").read_text(encoding="utf-8"))
    published = published[0] if isinstance(published, list) else published
    assert sorted(keys(body)) == sorted(keys(published))
