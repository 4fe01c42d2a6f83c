"""The sandbox under the client that the connector is built on: what tweepy makes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter

from social_care.sandbox.x import XSandbox
from tests.sandbox.conftest import World


class ToSandbox(HTTPAdapter):
    """Sends to the sandbox what was signed for X."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:  # type: ignore[override]
        assert request.url is not None
        request.url = request.url.replace("https://api.twitter.com", self._base_url)
        kwargs["timeout"] = 5
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def client(world: World) -> Iterator[tweepy.Client]:
    keys = world.sandbox.credentials(world.team)
    client = tweepy.Client(
        keys.bearer_token, keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret
    )
    client.session.mount("https://api.twitter.com", ToSandbox(world.sandbox.base_url))
    yield client
    client.session.close()


def test_mentions_are_read_and_answered(world: World, x: XSandbox, client: tweepy.Client) -> None:
    question = x.post("ada", "@northwind where is my bag? & when?")
    page = client.get_users_mentions(
        world.team.id,
        tweet_fields=["created_at", "conversation_id"],
        expansions=["author_id"],
        user_fields=["public_metrics"],
    )
    (post,) = page.data
    assert (str(post.id), post.text) == (question.id, "@northwind where is my bag? &amp; when?")
    assert post.created_at == question.created_at
    assert page.includes["users"][0].username == "ada"
    sent = client.create_tweet(text="It is in Oslo & on its way", in_reply_to_tweet_id=post.id)
    assert sent.data["text"] == "@ada It is in Oslo &amp; on its way"
    assert x.posts_by("northwind")[0].id == sent.data["id"]
    assert client.get_users_mentions(world.team.id, since_id=post.id).data is None


def test_messages_are_read_and_answered(world: World, x: XSandbox, client: tweepy.Client) -> None:
    x.dm("ada", "northwind", "booking ABC123")
    page = client.get_direct_message_events(dm_event_fields=["sender_id", "created_at"], expansions=["sender_id"])
    assert str(page.data[0].sender_id) == world.ada.id
    client.create_direct_message(participant_id=world.ada.id, text="Thank you")
    assert [message.text for message in x.dms_between("ada", "northwind")] == ["booking ABC123", "Thank you"]


def test_paging_hiding_deleting_and_search(world: World, x: XSandbox, client: tweepy.Client) -> None:
    for number in range(12):
        x.post("ada", f"@northwind number {number}")
    found = tweepy.Paginator(client.get_users_mentions, world.team.id, max_results=5).flatten()
    assert len(list(found)) == 12
    assert len(client.search_recent_tweets('"number 7" from:ada').data) == 1
    root = x.post("northwind", "hello")
    rude = x.post("ben", "rude", reply_to=root)
    assert client.hide_reply(rude.id).data == {"hidden": True}
    assert client.delete_tweet(root.id).data == {"deleted": True}
    assert client.get_tweet(root.id).errors[0]["title"] == "Not Found Error"
    assert client.get_me().data.username == "northwind"


def test_errors_become_tweepys_own(world: World, x: XSandbox, client: tweepy.Client) -> None:
    with pytest.raises(tweepy.Forbidden, match="not allowed because you have not been mentioned"):
        client.create_tweet(text="hi", in_reply_to_tweet_id=x.post("ben", "late").id)
    with pytest.raises(tweepy.BadRequest):
        client.search_recent_tweets("nonsense:1")
    x.fault("status", "GET /2/users/me", status=429)
    with pytest.raises(tweepy.TooManyRequests) as limited:
        client.get_me()
    assert limited.value.reset_time == int(x.clock().timestamp()) + 900
    x.fault("status", "GET /2/users/me", status=503)
    with pytest.raises(tweepy.TwitterServerError):
        client.get_me()
    x.fault("reset_after", "POST /2/tweets")
    with pytest.raises(requests.ConnectionError):
        client.create_tweet(text="did it arrive?")
    assert [post.text for post in x.posts_by("northwind")] == ["did it arrive?"]
    x.revoke("northwind")
    with pytest.raises(tweepy.Unauthorized):
        client.get_me()
