"""Calls to a Mastodon server that mastodon-mock does not make possible. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.mastodon.client import MastodonConnection
from social_care.connectors.mastodon.matching import key_of
from social_care.connectors.registry import load
from social_care.core import errors as e
from social_care.core.accounts import Account, Search
from social_care.core.events import Audience, MessageReceived, Thread
from social_care.core.replies import DeliveryState, Part, StoredMessage, Upload

API = "https://social.example"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=timezone.utc)
US, ADA = f"{API}/@northwind", "https://far.example/@ada"
ACCOUNT = Account(name="Northwind", platform="mastodon", external_id=US, options={"mastodon_software": "mastodon"})
TARGET = StoredMessage(
    id="m",
    account="Northwind",
    message_id="60",
    thread_id="60",
    audience=Audience.PUBLIC,
    direction="in",
    kind="post",
    text="hi",
    author_id=ADA,
    route={"acct": "ada@far.example", "visibility": "public"},
)
PART = Part(
    id="17",
    account="Northwind",
    ticket="1",
    reply="r",
    audience=Audience.PUBLIC,
    index=1,
    of=1,
    text="Sorry.",
    state=DeliveryState.SENDING,
    target=TARGET,
    idempotency_key="k1",
    first_attempt_at=NOW,
)
VIDEO = Upload(name="way.mp4", mime="video/mp4", size=4, reference="f1", alt="the way")
ME = {"id": "900", "acct": "northwind", "url": US, "display_name": "Northwind Air", "source": {}}


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connect(account: Account = ACCOUNT) -> MastodonConnection:
    keys = {"api_base_url": API + "/", "access_token": "SECRET"}
    return MastodonConnection(account, keys, lambda _: b"file", clock=lambda: NOW)


def posted(server: responses.RequestsMock, part: Part, account: Account = ACCOUNT) -> dict[str, Any]:
    server.post(f"{API}/api/v1/statuses", json={"id": "61", "url": f"{US}/61"})
    connect(account).send(part)
    found: dict[str, Any] = json.loads(server.calls[-1].request.body or "{}")
    return found


# --- sending --------------------------------------------------------------------------------------------------------
def test_a_server_of_another_kind_is_named_as_the_trouble(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/accounts/verify_credentials", status=404, body="<h1>Not found</h1>")
    with pytest.raises(e.ConfigurationError, match="API address"):
        connect().check()


def test_an_answer_mentions_whom_it_is_for(server: responses.RequestsMock) -> None:
    assert posted(server, PART) == {"status": "@ada@far.example Sorry.", "in_reply_to_id": "60", "visibility": "public"}


def test_a_mention_that_is_there_is_not_doubled(server: responses.RequestsMock) -> None:
    assert posted(server, replace(PART, text="Dear @Ada@far.example, sorry."))["status"] == "Dear @Ada@far.example, sorry."


@pytest.mark.parametrize(
    ("audience", "given", "option", "expected"),
    [
        (Audience.PUBLIC, "public", "", "public"),
        (Audience.PUBLIC, "public", "Unlisted", "unlisted"),
        (Audience.PUBLIC, "unlisted", "", "unlisted"),
        (Audience.PUBLIC, "local", "Unlisted", "local"),
        (Audience.PUBLIC, "", "", "unlisted"),
        (Audience.PRIVATE, "public", "", "direct"),
        (Audience.PRIVATE, "private", "", "direct"),
        (Audience.PRIVATE, "mutuals_only", "", "direct"),
    ],
)
def test_nobody_sees_an_answer_who_could_not_read_the_message(
    server: responses.RequestsMock, audience: Audience, given: str, option: str, expected: str
) -> None:
    target = replace(TARGET, audience=audience, route={**TARGET.route, "visibility": given})
    account = replace(ACCOUNT, options={"mastodon_reply_visibility": option})
    assert posted(server, replace(PART, audience=audience, target=target), account)["visibility"] == expected


def test_the_key_is_the_same_for_every_attempt_and_for_nothing_else() -> None:
    again = replace(PART, attempts=4, checks=2, state=DeliveryState.UNKNOWN, first_attempt_at=NOW + timedelta(hours=1))
    assert key_of(again) == key_of(PART)
    others = [replace(PART, text="Sorry!"), replace(PART, idempotency_key="k2"), replace(PART, previous_id="61")]
    assert len({key_of(PART), *map(key_of, others)}) == 4


@pytest.mark.parametrize(
    ("software", "option", "after", "expected"),
    [
        ("mastodon", "", timedelta(minutes=5), True),
        ("akkoma", "Automatic", timedelta(minutes=5), True),
        ("gotosocial", "", timedelta(minutes=5), False),
        ("", "", timedelta(minutes=5), False),
        ("gotosocial", "Yes", timedelta(minutes=5), True),
        ("mastodon", "No", timedelta(minutes=5), False),
        ("mastodon", "", timedelta(seconds=10), False),
        ("mastodon", "", timedelta(minutes=55), False),
    ],
)
def test_a_part_is_repeated_only_while_the_server_surely_knows_its_key(
    software: str, option: str, after: timedelta, expected: bool
) -> None:
    account = replace(ACCOUNT, options={"mastodon_software": software, "mastodon_idempotency": option})
    assert connect(account).may_repeat(PART, NOW + after) is expected
    assert not connect(account).may_repeat(replace(PART, first_attempt_at=None), NOW + after)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 503, "json": {"error": "x"}}, e.OutcomeUnknown),
        ({"status": 500, "body": "<html>"}, e.OutcomeUnknown),
        ({"status": 200, "body": "<html>"}, e.OutcomeUnknown),
        ({"body": requests.ReadTimeout()}, e.OutcomeUnknown),
        ({"body": requests.ConnectionError()}, e.OutcomeUnknown),
        ({"body": requests.ConnectTimeout()}, e.Retryable),
        ({"status": 302, "headers": {"location": "https://else.example"}}, e.ConfigurationError),
        ({"status": 404, "json": {"error": "Record not found"}}, e.TargetGone),
        ({"status": 429, "json": {}}, e.RateLimited),
    ],
)
def test_a_failed_post_is_certain_or_unknown(server: responses.RequestsMock, answer: Any, error: type[Exception]) -> None:
    server.post(f"{API}/api/v1/statuses", **answer)
    with pytest.raises(error) as raised:
        connect().send(PART)
    assert type(raised.value) is error
    assert "SECRET" not in str(raised.value)


# --- files ----------------------------------------------------------------------------------------------------------
def test_a_video_is_waited_for_across_attempts_and_uploaded_once(server: responses.RequestsMock) -> None:
    server.post(f"{API}/api/v2/media", status=202, json={"id": "5", "url": None})
    server.get(f"{API}/api/v1/media/5", status=206, json={"id": "5", "url": None})
    server.get(f"{API}/api/v1/media/5", status=200, json={"id": "5", "url": "https://files.example/5"})
    part = replace(PART, media=(VIDEO,))
    for _ in range(2):
        with pytest.raises(e.Retryable) as raised:
            connect().send(part)
        part = replace(part, progress=raised.value.progress or {})
    assert posted(server, part)["media_ids"] == ["5"]
    assert [call.request.method for call in server.calls].count("POST") == 2, "the file was uploaded again"


def test_a_file_that_the_server_threw_away_is_uploaded_anew(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/media/5", status=404, json={"error": "Record not found"})
    server.post(f"{API}/api/v2/media", json={"id": "6"})
    assert posted(server, replace(PART, media=(VIDEO,), progress={"uploaded": "5"}))["media_ids"] == ["6"]


def test_a_file_that_the_server_cannot_use_fails_plainly(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/media/5", status=422, json={"error": "Error processing thumbnail"})
    with pytest.raises(e.Refused):
        connect().send(replace(PART, media=(VIDEO,), progress={"uploaded": "5"}))


def test_trouble_with_an_upload_is_certain(server: responses.RequestsMock) -> None:
    for answer in ({"status": 503}, {"body": requests.ReadTimeout()}, {"status": 200, "body": "?"}):
        server.reset()
        server.post(f"{API}/api/v2/media", **answer)
        with pytest.raises(e.Retryable):
            connect().send(replace(PART, media=(VIDEO,)))


# --- looking up -----------------------------------------------------------------------------------------------------
def test_a_lost_part_is_the_same_words_in_the_same_place(server: responses.RequestsMock) -> None:
    ours = {
        "id": "61",
        "account": ME,
        "in_reply_to_id": "60",
        "visibility": "public",
        "created_at": NOW.isoformat(),
        "content": '<p><span class="h-card"><a href="x" class="u-url mention">@<span>ada</span></a></span> Sorry.</p>',
    }
    others = [
        {**ours, "id": "71", "content": "<p>@ada Something else.</p>"},
        {**ours, "id": "72", "in_reply_to_id": "59"},
        {**ours, "id": "73", "account": {"id": "7", "acct": "ada", "url": ADA}},
        {**ours, "id": "74", "visibility": "direct"},
        {**ours, "id": "75", "created_at": "2026-11-02T11:00:00Z"},
        {**ours, "id": "76"},
    ]
    server.get(f"{API}/api/v1/statuses/60/context", json={"ancestors": [], "descendants": [*others, ours]})
    found = connect().find_sent(PART, lambda one: one == "76")
    assert found is not None
    assert found.external_id == "61"
    assert connect().find_sent(replace(PART, text="Never said."), lambda _: False) is None


def test_our_message_coming_back_is_known_under_its_warning() -> None:
    target = replace(TARGET, route={**TARGET.route, "spoiler_text": "travel"})
    part = replace(PART, target=target, state=DeliveryState.UNKNOWN)
    echo = MessageReceived(
        message_id="61",
        thread=Thread(id="60", audience=Audience.PUBLIC),
        author=None,
        text="CW: travel\n\n@ada Sorry.",
        parent_id="60",
        sent_at=NOW,
    )
    connector = load("mastodon")
    assert connector.is_echo_of(part, echo)
    assert not connector.is_echo_of(part, replace(echo, parent_id="59"))
    assert not connector.is_echo_of(part, replace(echo, text="@ada Sorry, no."))


def test_gone_is_what_the_server_no_longer_shows(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/statuses/1", json={"id": "1"})
    server.get(f"{API}/api/v1/statuses/2", status=404)
    server.get(f"{API}/api/v1/statuses/a%2Fb", status=410)
    assert connect().gone(["1", "2", "a/b"]) == {"2", "a/b"}


# --- checking -------------------------------------------------------------------------------------------------------
def test_missing_scopes_are_told(server: responses.RequestsMock) -> None:
    server.get(
        f"{API}/api/v1/accounts/verify_credentials",
        json=ME,
        headers={"x-ratelimit-limit": "300", "x-ratelimit-remaining": "299", "x-ratelimit-reset": "2026-11-02T12:05:00Z"},
    )
    server.get(f"{API}/api/v1/apps/verify_credentials", json={"scopes": ["read", "write:statuses"]})
    server.get(f"{API}/api/v2/instance", status=404)
    server.get(f"{API}/api/v1/instance", json={"version": "2.7.2 (compatible; Akkoma 3.13)", "max_toot_chars": 5000})
    found = connect().check()
    assert (found.account_id, found.handle) == (US, "northwind@social.example")
    assert found.problems == ("The token lacks write:media: no files can be sent.",)
    assert found.limits == ("calls: 299 of 300 left, until 12:05 UTC",)
    assert found.options == {"mastodon_max_characters": "5000", "mastodon_software": "akkoma"}


def test_another_accounts_token_is_told(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/accounts/verify_credentials", json={**ME, "id": "7", "acct": "x", "url": f"{API}/@x"})
    server.get(f"{API}/api/v1/apps/verify_credentials", status=401)
    server.get(f"{API}/api/v2/instance", json={})
    assert any("another account" in problem for problem in connect().check().problems)


@pytest.mark.parametrize("address", ["social.example", "http://social.example", "https://a:b@social.example"])
def test_a_server_address_that_would_give_the_token_away_is_refused(address: str) -> None:
    with pytest.raises(e.ConfigurationError):
        load("mastodon").connect(ACCOUNT, {"api_base_url": address, "access_token": "SECRET"}, lambda _: None, lambda _: b"")


# --- polling --------------------------------------------------------------------------------------------------------
def mention(number: str, at: str, **more: Any) -> dict[str, Any]:
    status = {"id": f"s{number}", "content": "hi", "visibility": "public", "created_at": at, **more}
    return {"id": number, "type": "mention", "created_at": at, "account": {}, "status": status}


def test_the_first_visit_leaves_old_messages_alone(server: responses.RequestsMock) -> None:
    recent, old = mention("9", "2026-11-02T11:00:00Z"), mention("8", "2026-10-01T11:00:00Z")
    server.get(f"{API}/api/v1/notifications", json=[recent, old])
    page = connect().fetch("mentions", "")
    assert (json.loads(page.body), page.more, page.count) == ([recent], False, 1)
    server.reset()
    server.get(f"{API}/api/v1/notifications", json=[])
    connect().fetch("mentions", page.cursor)
    assert server.calls[0].request.params["min_id"] == "9"


def test_a_first_visit_that_dies_half_way_goes_on_and_ends_at_the_newest(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/notifications", json=[mention("10", "2026-11-02T11:00:00Z")])
    first = connect().fetch("mentions", "")
    assert first.more
    server.reset()
    server.get(f"{API}/api/v1/notifications", json=[])
    second = connect().fetch("mentions", first.cursor)
    assert server.calls[0].request.params["max_id"] == "10"
    assert json.loads(second.cursor)["since"] == "10"


def test_ids_that_are_no_numbers_go_on_too(server: responses.RequestsMock) -> None:
    ulids = ("01HE7XJ1CG84TBKH5V9XKBVGF6", "01HE7XJ1CG84TBKH5V9XKBVGF5")
    server.get(f"{API}/api/v1/notifications", json=[mention(one, "2026-11-02T11:00:00Z") for one in ulids])
    page = connect().fetch("mentions", json.dumps({"since": "01HE7XJ1CG84TBKH5V9XKBVGF4"}))
    assert json.loads(page.cursor)["since"] == ulids[0]
    assert page.more


def test_each_feed_keeps_its_own(server: responses.RequestsMock) -> None:
    public = mention("8", "2026-11-02T11:00:00Z")
    private = mention("9", "2026-11-02T11:01:00Z", visibility="direct")
    server.get(f"{API}/api/v1/notifications", json=[private, public])
    cursor = json.dumps({"since": "7", "looked": NOW.isoformat()})
    for feed, expected in (("mentions", public), ("direct_messages", private)):
        page = connect().fetch(feed, cursor)
        assert json.loads(page.body) == [expected]
        assert json.loads(page.cursor)["since"] == "9"


def test_a_late_post_from_another_server_is_found_by_a_search(server: responses.RequestsMock) -> None:
    account = replace(ACCOUNT, searches=(Search(name="tag", query="#Northwind #late"),))
    newest, late = "113400000000000900", "113400000000000800"

    def hit(identity: str) -> dict[str, Any]:
        return {"id": identity, "content": "x", "visibility": "public", "created_at": "2026-11-02T11:00:00Z"}

    place = f"{API}/api/v1/timelines/tag/Northwind"
    server.get(place, json=[hit(newest)])
    server.get(place, json=[])
    page = connect(account).fetch("search:tag", "")
    page = connect(account).fetch("search:tag", page.cursor)
    assert server.calls[0].request.params["any[]"] == "late"
    server.reset()
    server.get(place, json=[hit(newest), hit(late), hit("1")])
    page = connect(account).fetch("search:tag", page.cursor)
    assert [one["id"] for one in json.loads(page.body)] == [late], "what was kept before came again, or the late one did not"
    page = connect(account).fetch("search:tag", page.cursor)
    assert page.count == 0


def test_a_search_that_is_gone_is_refused(server: responses.RequestsMock) -> None:
    with pytest.raises(e.Refused):
        connect().fetch("search:none", "")


def test_a_page_that_is_no_page_is_asked_for_again(server: responses.RequestsMock) -> None:
    server.get(f"{API}/api/v1/notifications", json={"error": "?"})
    with pytest.raises(e.Retryable):
        connect().fetch("mentions", "")
