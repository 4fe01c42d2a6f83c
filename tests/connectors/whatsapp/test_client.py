"""Calls to WhatsApp's Cloud API: sending, windows, files behind our login. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.whatsapp.client import WhatsAppConnection
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.events import Audience, DeliveryReported, MessageDeleted, MessageEdited
from social_care.core.replies import DeliveryState, Part, StoredMessage, Upload
from tests.connectors.whatsapp.expected import WHATSAPP

API = "https://graph.facebook.com/v25.0"
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=timezone.utc)
US, ANA = "900000000000001", "48500100200"
ACCOUNT = Account(name="Northwind", platform="whatsapp", external_id=US)
TARGET = StoredMessage(
    id="m",
    account="Northwind",
    message_id="wamid.1",
    thread_id=ANA,
    audience=Audience.PRIVATE,
    direction="in",
    kind="direct_message",
    text="hi",
    author_id=ANA,
    sent_at=NOW - timedelta(hours=1),
    reply_until=NOW + timedelta(hours=23),
    route={"phone": ANA},
)
PART = Part(
    id="17",
    account="Northwind",
    ticket="1",
    reply="r",
    audience=Audience.PRIVATE,
    index=1,
    of=1,
    text="See https://example.com",
    state=DeliveryState.SENDING,
    target=TARGET,
    first_attempt_at=NOW,
)


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connect(account: Account = ACCOUNT) -> WhatsAppConnection:
    return WhatsAppConnection(account, {"access_token": "SECRET"}, lambda _: None, lambda _: b"file", clock=lambda: NOW)


def sent(call: Any) -> Any:
    return json.loads(call.request.body)


def test_a_text_is_sent_with_what_comes_back_in_its_statuses(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{US}/messages", json={"messages": [{"id": "wamid.o1"}], "contacts": [{"wa_id": ANA}]})
    assert connect().send(PART).external_id == "wamid.o1"
    assert sent(graph.calls[0]) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": ANA,
        "biz_opaque_callback_data": "17",
        "type": "text",
        "text": {"body": "See https://example.com", "preview_url": True},
    }
    status = {"id": "wamid.o1", "status": "sent", "timestamp": "1", "biz_opaque_callback_data": "17"}
    value = {"metadata": {"phone_number_id": US}, "statuses": [status]}
    (event,) = WHATSAPP.parse({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
    assert isinstance(event, DeliveryReported)
    assert event.reference == PART.id


def test_a_customer_who_hides_the_number_is_answered_by_user_id(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{US}/messages", json={"messages": [{"id": "wamid.o1"}]})
    connect().send(replace(PART, target=replace(TARGET, thread_id="PL.7", route={"user_id": "PL.7"})))
    connect().send(replace(PART, target=replace(TARGET, thread_id="PL.7", route={"user_id": "PL.7", "phone": ANA})))
    assert (sent(graph.calls[0])["recipient"], "to" in sent(graph.calls[0])) == ("PL.7", False)
    assert sent(graph.calls[1])["to"] == ANA


def test_a_closed_window_is_seen_before_anything_is_sent(graph: responses.RequestsMock) -> None:
    with pytest.raises(e.WindowClosed, match="templates"):
        connect().send(replace(PART, target=replace(TARGET, reply_until=NOW)))
    assert len(graph.calls) == 0
    graph.post(f"{API}/{US}/messages", status=400, json={"error": {"code": 131047}})
    with pytest.raises(e.WindowClosed, match="templates"):
        connect().send(replace(PART, target=replace(TARGET, reply_until=None)))


def test_a_file_is_uploaded_first_and_a_lost_answer_stays_unknown(graph: responses.RequestsMock) -> None:
    graph.post(f"{API}/{US}/media", body=requests.ConnectionError("reset"))
    graph.post(f"{API}/{US}/media", json={"id": "61"})
    graph.post(f"{API}/{US}/messages", body=requests.ConnectionError("reset"))
    upload = Upload(name="t.pdf", mime="application/pdf", size=4, reference="r")
    part = replace(PART, text="", media=(upload,))
    with pytest.raises(e.Retryable):
        connect().send(part)
    with pytest.raises(e.OutcomeUnknown):
        connect().send(part)
    assert sent(graph.calls[2])["document"] == {"id": "61", "filename": "t.pdf"}
    assert connect().find_sent(part, lambda _: False) is None, "WhatsApp lists nothing: a person has to look"


def test_check_needs_to_know_the_number(graph: responses.RequestsMock) -> None:
    with pytest.raises(e.ConfigurationError, match="phone number"):
        connect(replace(ACCOUNT, external_id="")).check()
    graph.get(f"{API}/5", json={"id": "5", "verified_name": "N", "display_phone_number": "+48 22", "quality_rating": "RED"})
    found = connect(replace(ACCOUNT, external_id="", options={"whatsapp_phone_number_id": "5"})).check()
    assert (found.account_id, found.name, found.handle, len(found.problems)) == ("5", "N", "+48 22", 1)


def test_check_says_that_the_number_itself_is_not_its_id(graph: responses.RequestsMock) -> None:
    options = {"whatsapp_phone_number_id": "+49 151 1234567"}
    with pytest.raises(e.ConfigurationError, match="not the phone number itself"):
        connect(replace(ACCOUNT, external_id="", options=options)).check()
    graph.get(f"{API}/me", status=400, json={"error": {"code": 100}})
    graph.get(f"{API}/491511234567", status=400, json={"error": {"code": 100, "error_subcode": 33}})
    with pytest.raises(e.ConfigurationError, match="not the number itself"):
        connect(replace(ACCOUNT, external_id="", options={"whatsapp_phone_number_id": "491511234567"})).check()
    graph.replace("GET", f"{API}/491511234567", status=400, json={"error": {"code": 100}})
    with pytest.raises(e.ConfigurationError, match="app secret"):
        connect(replace(ACCOUNT, external_id="", options={"whatsapp_phone_number_id": "491511234567"})).check()


def test_nothing_can_be_polled() -> None:
    with pytest.raises(e.Refused):
        connect().fetch("direct_messages", "")
    assert connect().gone(["wamid.1"]) == frozenset()


def test_a_file_is_fetched_with_our_token_from_metas_hosts_only(graph: responses.RequestsMock) -> None:
    url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=61"
    graph.get(f"{API}/61", json={"url": url, "mime_type": "image/jpeg"})
    graph.get(url, body=b"picture")
    graph.get(f"{API}/62", json={"url": "https://evil.example/x", "mime_type": "image/jpeg"})
    graph.get(f"{API}/63", json={"url": url, "mime_type": "text/html"})
    graph.get(f"{API}/64", status=400, json={"error": {"code": 100, "error_subcode": 33}})
    for reference in ("61", url):  # messages may name the address, too, which wants our token and soon ends
        found = connect().download(reference)
        assert (found.content, found.mime, found.name) == (b"picture", "image/jpeg", "image-61.jpeg")
        assert graph.calls[-1].request.headers["Authorization"] == "Bearer SECRET"
    for reference, expected in (("62", e.NotAllowed), ("63", e.Refused), ("64", e.TargetGone), ("../61", e.Refused)):
        with pytest.raises(expected):
            connect().download(reference)
    assert "evil.example" not in [call.request.url for call in graph.calls]


def test_edits_and_withdrawals_are_read_in_case_they_come() -> None:
    """Meta tells them of numbers only that the WhatsApp Business app uses, too."""
    metadata = {"phone_number_id": US}
    edit = {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "new"}}}
    messages = [
        {"from": ANA, "id": "wamid.2", "timestamp": "1788256800", "type": "edit", "edit": edit},
        {"from": ANA, "id": "wamid.3", "timestamp": "1788256801", "type": "revoke", "revoke": {"original_message_id": "w"}},
    ]
    value = {"metadata": metadata, "messages": messages}
    edited, deleted = WHATSAPP.parse({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
    assert isinstance(edited, MessageEdited)
    assert (edited.message_id, edited.text, edited.revision) == ("wamid.1", "new", "1788256800")
    assert isinstance(deleted, MessageDeleted)
    assert deleted.message_id == "w"
