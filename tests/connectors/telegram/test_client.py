"""Calls to Telegram: polling, sending, refusals, files, and the token that stands in the address. No network."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.telegram.client import TelegramConnection
from social_care.connectors.telegram.cursor import NUMBERS_LAST
from social_care.connectors.telegram.parse import READERS
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import DeliveryState, Part, StoredMessage, Upload
from social_care.doctor import setup_steps
from tests.connectors.telegram.reading import TELEGRAM, US

TOKEN = f"{US}:AAsecret-token_1"
API = f"https://api.telegram.org/bot{TOKEN}"
NOW = datetime(2026, 9, 21, 14, 30, tzinfo=timezone.utc)
ACCOUNT = Account(name="Northwind", platform="telegram", external_id=US, handle="NorthwindBot")
PUSHED = replace(ACCOUNT, options={"telegram_receive_by": "Webhook"})
PRIVATE = StoredMessage(
    id="m",
    account="Northwind",
    message_id="5001:10",
    thread_id="5001",
    audience=Audience.PRIVATE,
    direction="in",
    kind="direct_message",
    text="hi",
    author_id="5001",
    route={"chat": "5001", "message": "10"},
)
GROUP = replace(
    PRIVATE,
    message_id="-1001:80",
    thread_id="-1001/90",
    audience=Audience.PUBLIC,
    kind="post",
    route={"chat": "-1001", "message": "80", "topic": "90"},
)
BUSINESS = replace(PRIVATE, thread_id="5001@c", route={"chat": "5001", "message": "10", "business": "c"})
SENT = {"message_id": 170, "date": 1790000170, "chat": {"id": 5001, "type": "private"}, "text": "On it"}


def make_part(target: StoredMessage = PRIVATE, **more: Any) -> Part:
    part = Part(
        id="17",
        account="Northwind",
        ticket="1",
        reply="r",
        audience=target.audience,
        index=1,
        of=1,
        text="On it",
        state=DeliveryState.SENDING,
        target=target,
        first_attempt_at=NOW,
    )
    return replace(part, **more)


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connect(account: Account = ACCOUNT, **more: str) -> TelegramConnection:
    return TelegramConnection(account, {"access_token": TOKEN, **more}, lambda upload: b"file", clock=lambda: NOW)


def answer(mock: responses.RequestsMock, method: str, result: Any, **more: Any) -> None:
    mock.post(f"{API}/{method}", json={"ok": True, "result": result}, **more)


def refuse(mock: responses.RequestsMock, method: str, code: int, words: str, **parameters: Any) -> None:
    body = {"ok": False, "error_code": code, "description": words, "parameters": parameters}
    mock.post(f"{API}/{method}", json=body, status=code)


def asked(call: Any) -> Any:
    return json.loads(call.request.body)


# --- receiving ------------------------------------------------------------------------------------------------------
def test_a_page_is_confirmed_only_by_the_call_after_it_was_stored(api: responses.RequestsMock) -> None:
    answer(api, "getUpdates", [{"update_id": 7, "message": SENT}, {"update_id": 9}])
    first = connect().fetch("direct_messages", "")
    assert "offset" not in asked(api.calls[0]), "the first call must not confirm anything"
    assert {"message", "business_message", "message_reaction"} <= set(asked(api.calls[0])["allowed_updates"])
    assert (first.count, first.more) == (2, False)
    assert [type(one).__name__ for one in TELEGRAM.parse(first.body)] == ["MessageReceived", "Unknown"]
    connect().fetch("direct_messages", first.cursor)
    assert asked(api.calls[1])["offset"] == 10


def test_an_old_position_asks_for_whatever_waits(api: responses.RequestsMock) -> None:
    """After a quiet week Telegram may go on with smaller numbers, which an offset would throw away."""
    answer(api, "getUpdates", [{"update_id": 900}])
    cursor = connect().fetch("direct_messages", "").cursor
    api.reset()
    answer(api, "getUpdates", [])
    late = TelegramConnection(ACCOUNT, {"access_token": TOKEN}, lambda one: b"", clock=lambda: NOW + NUMBERS_LAST)
    page = late.fetch("direct_messages", cursor)
    assert "offset" not in asked(api.calls[0])
    assert page.cursor == cursor


@pytest.mark.parametrize("stored", ["[", "7", '{"offset": "x"}', '{"offset": 5}'])
def test_an_unreadable_cursor_leads_back_not_past(api: responses.RequestsMock, stored: str) -> None:
    answer(api, "getUpdates", [])
    connect().fetch("direct_messages", stored)
    assert "offset" not in asked(api.calls[0])


def test_a_webhook_beside_the_poll_is_told(api: responses.RequestsMock) -> None:
    refuse(api, "getUpdates", 409, "Conflict: can't use getUpdates method while webhook is active")
    with pytest.raises(e.Retryable, match="a webhook is set"):
        connect().fetch("direct_messages", "")


def test_an_account_with_a_webhook_never_polls(api: responses.RequestsMock) -> None:
    answer(api, "getWebhookInfo", {"url": "https://help.example/hook"})
    assert connect(PUSHED).fetch("direct_messages", "kept").cursor == "kept"
    api.reset()
    answer(api, "getWebhookInfo", {"url": ""})
    with pytest.raises(e.Refused, match="nothing is received"):
        connect(PUSHED).fetch("direct_messages", "")
    assert not [call for call in api.calls if "getUpdates" in call.request.url]


def test_the_webhook_is_set_with_its_secret_and_kinds(api: responses.RequestsMock) -> None:
    answer(api, "setWebhook", True)
    assert connect(PUSHED, webhook_secret="s3cret_-").subscribe("https://help.example/hook")
    body = asked(api.calls[0])
    assert (body["url"], body["secret_token"]) == ("https://help.example/hook", "s3cret_-")
    assert "deleted_business_messages" in body["allowed_updates"]
    assert not body.get("drop_pending_updates")


@pytest.mark.parametrize(("account", "secret"), [(ACCOUNT, "good"), (PUSHED, ""), (PUSHED, "with blanks"), (PUSHED, "ż")])
def test_a_webhook_that_would_not_work_is_not_set(api: responses.RequestsMock, account: Account, secret: str) -> None:
    with pytest.raises(e.ConfigurationError):
        connect(account, webhook_secret=secret).subscribe("https://help.example/hook")
    assert not api.calls


def test_checking_tells_who_we_are_and_what_is_wrong(api: responses.RequestsMock) -> None:
    answer(api, "getMe", {"id": 1, "first_name": "Other", "username": "OtherBot", "can_read_all_group_messages": False})
    answer(api, "getWebhookInfo", {"url": "https://x.example", "pending_update_count": 3})
    found = connect().check()
    assert (found.account_id, found.handle, found.name) == ("1", "OtherBot", "Other")
    assert len(found.problems) == 2
    assert found.permissions == ()
    assert found.limits[0] == "waiting at Telegram: 3 updates"
    assert "privacy mode" in found.limits[1]


HOOK = "https://help.example/hook"
FRESH = int((NOW - timedelta(minutes=5)).timestamp())
OLD = int((NOW - timedelta(hours=3)).timestamp())


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"url": HOOK, "allowed_updates": list(READERS)}, ""),
        ({"url": HOOK}, ""),
        ({"url": ""}, "No webhook is set"),
        ({}, "No webhook is set"),
        ({"url": "https://other.example/hook"}, "another address"),
        ({"url": HOOK, "allowed_updates": ["message", "callback_query"]}, "edited_message"),
        ({"url": HOOK, "allowed_updates": [one for one in READERS if one != "guest_message"]}, ""),
        ({"url": HOOK, "pending_update_count": 3, "last_error_date": FRESH}, "cannot reach"),
        ({"url": HOOK, "pending_update_count": 3, "last_error_date": OLD}, ""),
        ({"url": HOOK, "pending_update_count": 0, "last_error_date": FRESH}, ""),
    ],
)
def test_what_is_wrong_with_the_webhook_is_told(api: responses.RequestsMock, told: Any, found: str) -> None:
    answer(api, "getWebhookInfo", told)
    lines = connect(PUSHED).not_pushed(HOOK)
    assert (found in lines[0]) if found else (lines == ())


def test_removing_a_webhook_drops_nothing(api: responses.RequestsMock) -> None:
    with pytest.raises(e.ConfigurationError):
        connect(PUSHED).unsubscribe()
    answer(api, "getWebhookInfo", {"url": HOOK, "pending_update_count": 3})
    answer(api, "deleteWebhook", True)
    assert connect().unsubscribe() == ("Telegram pushes to no address any more; what waits there is polled.",)
    assert asked(api.calls[-1]) == {"drop_pending_updates": False}
    api.reset()
    answer(api, "getWebhookInfo", {"url": ""})
    assert connect().unsubscribe() == ("No webhook was set at Telegram.",)


def test_the_steps_of_the_set_up_are_those_of_the_chosen_way() -> None:
    given, nothing = {"access_token": TOKEN}, SimpleNamespace(secrets={}, state="")
    polled = setup_steps(ACCOUNT, TELEGRAM.connector, given, nothing)
    assert [step.what for step in polled] == ["the credentials are complete", "the platform knows the account"]
    pushed = setup_steps(PUSHED, TELEGRAM.connector, given, nothing)
    assert [step.advice for step in pushed if step.bad] == [
        "fill in Webhook Secret or Verify Token",
        "press Register webhook",
    ]
    done = SimpleNamespace(secrets={"webhook_secret": "s"}, state="Pushes")
    assert not [step for step in setup_steps(PUSHED, TELEGRAM.connector, given, done) if step.bad]
    in_the_way = setup_steps(ACCOUNT, TELEGRAM.connector, given, done)
    assert [step.advice for step in in_the_way if step.bad] == ["press Remove webhook"]


# --- sending --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (make_part(), {"chat_id": 5001, "reply_parameters": {"message_id": 10, "allow_sending_without_reply": True}}),
        (
            make_part(GROUP),
            {
                "chat_id": -1001,
                "message_thread_id": 90,
                "reply_parameters": {"message_id": 80, "allow_sending_without_reply": False},
            },
        ),
        (make_part(GROUP, audience=Audience.PRIVATE), {"chat_id": 5001}),
        (
            make_part(BUSINESS),
            {
                "chat_id": 5001,
                "business_connection_id": "c",
                "reply_parameters": {"message_id": 10, "allow_sending_without_reply": True},
            },
        ),
    ],
    ids=["private", "topic", "private answer to a group", "business"],
)
def test_a_part_goes_where_the_message_stands(api: responses.RequestsMock, part: Part, expected: dict[str, Any]) -> None:
    answer(api, "sendMessage", SENT)
    sent = connect().send(part)
    assert asked(api.calls[0]) == {**expected, "text": "On it"}
    assert sent.external_id == "5001:170"
    assert sent.thread_id == ("5001" if part.audience is not part.target.audience else None)


@pytest.mark.parametrize(
    ("mime", "method"),
    [
        ("image/png", "sendPhoto"),
        ("video/mp4", "sendVideo"),
        ("audio/ogg", "sendVoice"),
        ("application/pdf", "sendDocument"),
    ],
)
def test_a_file_is_sent_by_its_kind(api: responses.RequestsMock, mime: str, method: str) -> None:
    answer(api, method, SENT)
    upload = Upload(name="a.bin", mime=mime, size=4, reference="r")
    assert connect().send(make_part(media=(upload,), text="")).external_id == "5001:170"
    assert b'"message_id": 10' in api.calls[0].request.body
    assert b"a.bin" in api.calls[0].request.body


def test_a_group_that_became_a_supergroup_is_answered_there(api: responses.RequestsMock) -> None:
    refuse(api, "sendMessage", 400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009)
    answer(api, "sendMessage", {**SENT, "chat": {"id": -1009, "type": "supergroup"}})
    sent = connect().send(make_part(GROUP))
    assert sent.external_id == "-1009:170"
    assert asked(api.calls[1]) == {"chat_id": -1009, "text": "On it"}


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (400, "Bad Request: message is too long", e.Refused),
        (400, "Bad Request: message to be replied not found", e.TargetGone),
        (400, "Bad Request: chat not found", e.NotAllowed),
        (400, "Bad Request: not enough rights to send text messages to the chat", e.NotAllowed),
        (400, "Bad Request: BUSINESS_PEER_USAGE_MISSING", e.WindowClosed),
        (400, "Bad Request: BUSINESS_CONNECTION_INVALID", e.NotAllowed),
        (400, "Bad Request: TOPIC_CLOSED", e.NotAllowed),
        (400, "Bad Request: something new", e.Refused),
        (401, "Unauthorized", e.AccountNeedsLogin),
        (403, "Forbidden: bot was blocked by the user", e.NotAllowed),
        (403, "Forbidden: bot can't initiate conversation with a user", e.NotAllowed),
        (404, "Not Found", e.ConfigurationError),
        (429, "Too Many Requests: retry after 7", e.RateLimited),
        (500, "Internal Server Error", e.OutcomeUnknown),
        (502, "Bad Gateway", e.OutcomeUnknown),
    ],
)
def test_what_refusals_mean(api: responses.RequestsMock, code: int, words: str, kind: type[Exception]) -> None:
    refuse(api, "sendMessage", code, words, **({"retry_after": 7} if code == 429 else {}))
    with pytest.raises(e.SocialCareError) as found:
        connect().send(make_part())
    assert type(found.value) is kind
    if isinstance(found.value, e.RateLimited):
        assert found.value.retry_after_s == 7


def test_a_message_that_telegram_shows_later_is_not_yet_known(api: responses.RequestsMock) -> None:
    answer(api, "sendMessage", {**SENT, "message_id": 0})
    with pytest.raises(e.OutcomeUnknown, match="shows it later"):
        connect().send(make_part())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"ok": true}', b'{"ok": true, "result": {}}', b"{}"])
def test_a_success_that_cannot_be_read_is_unknown(api: responses.RequestsMock, body: bytes) -> None:
    api.post(f"{API}/sendMessage", body=body)
    with pytest.raises(e.OutcomeUnknown):
        connect().send(make_part())


def test_the_window_of_a_business_chat_ends_before_the_call(api: responses.RequestsMock) -> None:
    with pytest.raises(e.WindowClosed):
        connect().send(make_part(replace(BUSINESS, reply_until=NOW)))
    assert not api.calls


def test_only_business_chats_have_a_window() -> None:
    events = {case["name"]: TELEGRAM.events_of(case) for case in TELEGRAM.cases()}
    found = {
        (name, TELEGRAM.connector.reply_until(event, ACCOUNT) is not None)
        for name, several in events.items()
        for event in several
        if isinstance(event, MessageReceived)
    }
    assert {name for name, limited in found if limited} == {"business", "business_more"}


@pytest.mark.parametrize(
    ("target", "audience", "refused"),
    [
        (PRIVATE, Audience.PRIVATE, False),
        (PRIVATE, Audience.PUBLIC, True),
        (GROUP, Audience.PUBLIC, False),
        (GROUP, Audience.PRIVATE, False),
        (replace(GROUP, author_id="-1001"), Audience.PRIVATE, True),
        (replace(GROUP, author_id=None), Audience.PRIVATE, True),
        (replace(GROUP, route={**GROUP.route, "guest": "1"}), Audience.PUBLIC, True),
        (replace(PRIVATE, route={**PRIVATE.route, "guest": "1"}), Audience.PRIVATE, True),
    ],
)
def test_who_can_be_answered(target: StoredMessage, audience: Audience, refused: bool) -> None:
    assert bool(TELEGRAM.connector.refusal(target, ACCOUNT, audience, NOW)) is refused


def test_a_public_answer_says_who_reads_it() -> None:
    assert "Everybody" in TELEGRAM.connector.price("hi", Audience.PUBLIC, GROUP)[1]
    assert TELEGRAM.connector.price("hi", Audience.PRIVATE, PRIVATE)[1] == ""


def test_lengths_are_utf_16_units() -> None:
    assert [TELEGRAM.connector.measure(words, Audience.PRIVATE) for words in ("abc", "é", "🧳")] == [3, 1, 2]


def quoted(**more: Any) -> MessageReceived:
    case = next(case for case in TELEGRAM.cases() if case["name"] == "answer_to_us")
    event = TELEGRAM.events_of(case)[0]
    assert isinstance(event, MessageReceived)
    return replace(event, **more)


def test_what_a_customer_quotes_is_known_again() -> None:
    part = make_part(text=" Your bag is in Oslo. ", first_attempt_at=quoted().sent_at)
    knows = TELEGRAM.connector.is_echo_of
    assert knows(part, quoted())
    assert not knows(replace(part, text="Another"), quoted())
    assert not knows(replace(part, first_attempt_at=NOW + timedelta(days=1)), quoted())
    assert not knows(replace(part, target=BUSINESS), quoted()), "the same customer in another chat"
    assert not knows(replace(part, first_attempt_at=None), quoted())
    assert not knows(replace(part, text=""), quoted(text="")), "a file without words looks like any other"


# --- files ----------------------------------------------------------------------------------------------------------
def test_a_file_is_fetched_by_its_id(api: responses.RequestsMock) -> None:
    answer(api, "getFile", {"file_id": "f", "file_size": 4, "file_path": "voice/file_1.oga"})
    api.get(f"https://api.telegram.org/file/bot{TOKEN}/voice/file_1.oga", body=b"OggS")
    found = connect().download("f")
    assert (found.name, found.mime, found.content) == ("file_1.oga", "audio/ogg", b"OggS")


@pytest.mark.parametrize(
    ("path", "size"),
    [("documents/a.exe", 4), ("documents/a.pdf", 21_000_000), ("../a.pdf", 4), ("//evil.example/a.pdf", 4), ("", 4), (7, 4)],
)
def test_a_file_that_is_not_kept_is_not_fetched(api: responses.RequestsMock, path: Any, size: int) -> None:
    answer(api, "getFile", {"file_id": "f", "file_size": size, "file_path": path})
    with pytest.raises(e.Refused):
        connect().download("f")
    assert len(api.calls) == 1


def test_a_file_that_grew_is_cut_off(api: responses.RequestsMock) -> None:
    answer(api, "getFile", {"file_id": "f", "file_path": "photos/a.jpg"})
    api.get(f"https://api.telegram.org/file/bot{TOKEN}/photos/a.jpg", body=b"x" * 20_000_001)
    with pytest.raises(e.Refused, match="20 MB"):
        connect().download("f")


# --- the token ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("error", [requests.ConnectionError, requests.ReadTimeout, requests.exceptions.InvalidURL])
def test_the_token_is_in_no_error(api: responses.RequestsMock, error: type[Exception]) -> None:
    for path in ("sendMessage", "getUpdates"):
        api.post(f"{API}/{path}", body=error(f"HTTPSConnectionPool: {API}/{path}"))
    connection = connect()
    for call, kind in ((lambda: connection.send(make_part()), e.OutcomeUnknown), (connection.check, None)):
        with pytest.raises(e.SocialCareError) as found:
            call()
        assert kind is None or type(found.value) is kind
        assert "secret" not in "".join(traceback.format_exception(found.value))
        assert found.value.__context__ is None, "its context would name the address"


def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("urllib3.connectionpool")
    with caplog.at_level(logging.DEBUG, "urllib3.connectionpool"):
        logger.debug(
            '%s://%s:%s "%s %s %s" %s %s', "https", "api.telegram.org", 443, "POST", f"/bot{TOKEN}/getMe", "H", 200, 9
        )
        logger.debug("%s", f"/file/bot{TOKEN}/photos/a.jpg")
    assert "secret" not in caplog.text
    assert "/bot…/getMe" in caplog.text
