"""Calls to Instagram through either login: where they go, what they ask, how answers are sent and found. No network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import responses

from social_care.connectors.instagram.client import InstagramConnection
from social_care.connectors.registry import load
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.replies import Upload
from tests.connectors.meta.calls import NOW, make_comment, make_part, sent

INSTAGRAM, FACEBOOK = "https://graph.instagram.com/v25.0", "https://graph.facebook.com/v25.0"
US, ANA = "17841400000000900", "720"
ACCOUNT = Account(name="Northwind", platform="instagram", external_id=US, handle="northwind")
COMMENT = make_comment("501", "1800", ANA, reply_to="500", media_id="1800")
PART = make_part(COMMENT, "20 euros")
DM = replace(
    PART, audience=Audience.PRIVATE, target=replace(COMMENT, audience=Audience.PRIVATE, thread_id=ANA, route={"person": ANA})
)
PRIVATE_REPLY = replace(PART, audience=Audience.PRIVATE)


def connect(bearer: str = "IGAA-x", account: Account = ACCOUNT) -> InstagramConnection:
    credentials = {"access_token": bearer, "client_secret": "s"}
    return InstagramConnection(account, credentials, lambda _: None, lambda _: b"", clock=lambda: NOW)


def test_each_login_has_its_host_and_its_way_to_say_who_we_are(graph: responses.RequestsMock) -> None:
    graph.get(f"{INSTAGRAM}/me", json={"user_id": US, "username": "northwind", "name": "N", "id": "3"})
    graph.get(f"{FACEBOOK}/me", json={"id": "900", "instagram_business_account": {"id": US, "username": "northwind"}})
    for host in (INSTAGRAM, FACEBOOK):
        graph.get(f"{host}/me/subscribed_apps", json={"data": [{"subscribed_fields": ["messages", "comments"]}]})
    by_instagram, by_page = connect().check(), connect("EAA-x").check()
    assert by_instagram.account_id == by_page.account_id == US
    assert by_page.problems == ()
    assert "live_comments" in by_instagram.problems[0]
    assert "appsecret_proof" in graph.calls[2].request.params
    chosen = replace(ACCOUNT, options={"instagram_login": "Facebook"})
    connect("IGAA-x", chosen).check()
    assert graph.calls[4].request.url.startswith(FACEBOOK)


def test_a_page_without_an_account_is_told(graph: responses.RequestsMock) -> None:
    graph.get(f"{FACEBOOK}/me", json={"id": "900"})
    with pytest.raises(e.Retryable, match="linked"):
        connect("EAA-x").check()


def test_a_visit_reads_posts_then_tags(graph: responses.RequestsMock) -> None:
    post = {"id": "1800", "timestamp": "2026-09-01T10:00:00+0000", "comments": {"data": [{"id": "1"}]}}
    graph.get(f"{INSTAGRAM}/{US}/media", json={"data": [post]})
    graph.get(f"{INSTAGRAM}/{US}/tags", json={"data": [{"id": "9"}]})
    first = connect().fetch("mentions", "")
    second = connect().fetch("mentions", first.cursor)
    assert [(one.count, one.more) for one in (first, second)] == [(2, True), (1, False)]


def test_conversations_are_those_of_me_in_both_logins(graph: responses.RequestsMock) -> None:
    for host, token in ((INSTAGRAM, "IGAA-x"), (FACEBOOK, "EAA-x")):
        graph.get(f"{host}/me/conversations", json={"data": []})
        assert connect(token).fetch("direct_messages", "").count == 0
    assert {call.request.params["platform"] for call in graph.calls} == {"instagram"}


def test_through_the_page_goes_a_files_content(graph: responses.RequestsMock) -> None:
    graph.post(f"{FACEBOOK}/me/messages", json={"message_id": "d9", "recipient_id": ANA})
    part = replace(DM, text="", media=(Upload(reference="f", name="Рачун.pdf", mime="application/pdf", size=3),))
    assert connect("EAA-x").send(part).external_id == "d9"
    body = graph.calls[0].request.body
    assert b'filename="file.pdf"' in body, "Meta takes only ASCII in names of files"
    assert b'"type": "file"' in body


def test_through_instagram_login_goes_the_address_of_a_file(graph: responses.RequestsMock) -> None:
    graph.post(f"{INSTAGRAM}/me/messages", json={"message_id": "d9", "recipient_id": ANA})
    upload = Upload(reference="f", name="map.png", mime="image/png", size=3)
    part = replace(DM, text="", media=(upload,))
    with pytest.raises(e.Refused, match="this desk has none"):
        connect().send(part)
    connection = connect()
    connection.fetch_with(lambda asked, file: f"https://help.northwind.example/{asked.id}/{file.reference}")
    assert connection.send(part).external_id == "d9"
    message = sent(graph.calls[0])["message"]
    address = f"https://help.northwind.example/{part.id}/f"
    assert message == {"attachment": {"type": "image", "payload": {"url": address}}}


@pytest.mark.parametrize(("login", "by_address"), [("", False), ("Facebook", False), ("Instagram", True)])
def test_the_login_says_how_files_go(login: str, by_address: bool) -> None:
    rule = load("instagram").media_rule(replace(ACCOUNT, options={"instagram_login": login}), Audience.PRIVATE)
    assert (rule.count, rule.by_address) == (5, by_address)


def test_a_file_that_instagram_could_not_fetch_is_certainly_not_sent(graph: responses.RequestsMock) -> None:
    error = {"message": "(#100) …", "code": 100, "error_subcode": 2018008}
    graph.post(f"{INSTAGRAM}/me/messages", status=400, json={"error": error})
    connection = connect()
    connection.fetch_with(lambda part, upload: "https://help.northwind.example/f")
    with pytest.raises(e.Refused, match="could not fetch the file from this site") as caught:
        connection.send(replace(DM, text="", media=(Upload(reference="f", name="a.png", mime="image/png", size=3),)))
    assert "northwind.example" not in str(caught.value), "the address opens the file"


def test_answers(graph: responses.RequestsMock) -> None:
    graph.post(f"{INSTAGRAM}/500/replies", json={"id": "600"})
    graph.post(f"{INSTAGRAM}/me/messages", json={"message_id": "d9", "recipient_id": ANA})
    graph.post(f"{INSTAGRAM}/{US}/mentions", json={"id": "601"})
    mention = replace(COMMENT, route={"elsewhere": "1", "media_id": "77", "comment_id": "78"})
    found = [connect().send(part).external_id for part in (PART, DM, PRIVATE_REPLY, replace(PART, target=mention))]
    assert found == ["600", "d9", "d9", "601"]
    assert sent(graph.calls[0]) == {"message": "20 euros"}
    assert sent(graph.calls[1]) == {
        "recipient": {"id": ANA},
        "messaging_type": "RESPONSE",
        "message": {"text": "20 euros"},
    }
    assert sent(graph.calls[2]) == {"recipient": {"comment_id": "501"}, "message": {"text": "20 euros"}}
    assert sent(graph.calls[3]) == {"media_id": "77", "comment_id": "78", "message": "20 euros"}


def test_the_length_of_comments_can_be_lowered(graph: responses.RequestsMock) -> None:
    short = replace(ACCOUNT, options={"comment_limit": "5"})
    with pytest.raises(e.Refused, match="5 characters"):
        connect(account=short).send(PART)
    assert len(graph.calls) == 0


def test_a_private_reply_that_was_used_up(graph: responses.RequestsMock) -> None:
    graph.post(f"{INSTAGRAM}/me/messages", status=400, json={"error": {"code": 100, "error_subcode": 2534025}})
    with pytest.raises(e.Refused):
        connect().send(PRIVATE_REPLY)
    assert len(graph.calls) == 1


def test_our_answer_is_found_by_id_or_handle(graph: responses.RequestsMock) -> None:
    stamp = "2026-09-01T12:00:00+0000"
    listed = [
        {"id": "1", "text": "20 euros", "timestamp": stamp, "username": "ana"},
        {"id": "2", "text": "20 euros", "timestamp": "2026-09-01T11:00:00+0000", "username": "northwind"},
        {"id": "3", "text": "20 euros", "timestamp": stamp, "username": "northwind"},
    ]
    graph.get(f"{INSTAGRAM}/500/replies", json={"data": listed})
    found = connect().find_sent(PART, lambda _: False)
    assert found is not None
    assert found.external_id == "3"
    assert connect().find_sent(PART, lambda identity: identity == "3") is None
    elsewhere = replace(PART, target=replace(COMMENT, route={"elsewhere": "1"}))
    assert connect().find_sent(elsewhere, lambda _: False) is None


def test_our_private_reply_is_found_with_its_person_only(graph: responses.RequestsMock) -> None:
    def talk(person: str, identity: str) -> dict[str, Any]:
        mine = {"id": identity, "from": {"id": US}, "to": {"data": [{"id": person}]}, "message": "20 euros"}
        return {"messages": {"data": [mine | {"created_time": "2026-09-01T12:00:00+0000"}]}}

    graph.get(f"{INSTAGRAM}/me/conversations", json={"data": [talk("721", "d1"), talk(ANA, "d2")]})
    found = connect().find_sent(PRIVATE_REPLY, lambda _: False)
    assert found is not None
    assert (found.external_id, found.thread_id) == ("d2", ANA)


def test_subscribing_and_what_is_gone(graph: responses.RequestsMock) -> None:
    graph.get(f"{INSTAGRAM}/me/subscribed_apps", json={"data": []})
    graph.post(f"{INSTAGRAM}/me/subscribed_apps", json={"success": True})
    assert "comments" in connect().subscribe("https://help.example/hook")[0]
    graph.get(f"{INSTAGRAM}/1", status=400, json={"error": {"code": 100, "error_subcode": 33}})
    graph.get(f"{INSTAGRAM}/2", json={"id": "2"})
    assert connect().gone(["1", "2", "d1"]) == {"1"}
