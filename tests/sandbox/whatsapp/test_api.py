"""The sandboxed Cloud API on its own: what it takes, what it refuses, and by which code."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import requests

from social_care.sandbox.whatsapp import Customer, WhatsAppSandbox
from tests.fakes import StillClock

TEXT = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "4915",
    "type": "text",
    "text": {"body": "Hi"},
}


class Caller:
    """Calls the sandbox with its token."""

    def __init__(self, sandbox: WhatsAppSandbox) -> None:
        self.sandbox = sandbox
        self.keys = sandbox.credentials()

    def __call__(self, method: str, path: str, *, token: str | None = None, **more: Any) -> requests.Response:
        token = self.keys["access_token"] if token is None else token
        proof = hmac.new(self.keys["client_secret"].encode(), token.encode(), sha256).hexdigest()
        params = {"appsecret_proof": proof, **more.pop("params", {})}
        headers = {"authorization": f"Bearer {token}"}
        return requests.request(
            method, f"{self.sandbox.base_url}/v25.0/{path}", params=params, headers=headers, timeout=5, **more
        )

    def send(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Send a text, with changes; return the refusal's code (0: none) and the body."""
        answer = self("POST", f"{self.sandbox.state.number_id}/messages", json={**TEXT, **changes}).json()
        return answer.get("error", {}).get("code", 0), answer


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def whatsapp(clock: StillClock) -> Iterator[WhatsAppSandbox]:
    with WhatsAppSandbox(clock) as sandbox:
        yield sandbox


@pytest.fixture
def ada(whatsapp: WhatsAppSandbox) -> Customer:
    customer = whatsapp.add_customer("4915", "Ada")
    whatsapp.write(customer, "Hello")
    return customer


@pytest.fixture
def call(whatsapp: WhatsAppSandbox, ada: Customer) -> Caller:
    return Caller(whatsapp)


def test_a_message_is_taken(call: Caller, whatsapp: WhatsAppSandbox, ada: Customer) -> None:
    code, body = call.send(context={"message_id": whatsapp.messages_with(ada)[0].id})
    [sent] = whatsapp.sent_to(ada)
    assert (code, body["messages"], body["contacts"]) == (0, [{"id": sent.id}], [{"input": "4915", "wa_id": "4915"}])
    assert sent.context_id == whatsapp.messages_with(ada)[0].id
    assert sent.statuses == ["sent", "delivered"]
    assert call.send(type="reaction", reaction={"message_id": sent.id, "emoji": "❤"})[0] == 0
    assert call.send(type="image", image={"link": "https://nw.example/p.jpg", "caption": "x"})[0] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"messaging_product": "sms"}, 100),
        ({"to": ""}, 131008),
        ({"to": "15550783881"}, 131021),
        ({"type": "fax", "fax": {}}, 131009),
        ({"type": "image"}, 131008),
        ({"text": {"body": " "}}, 100),
        ({"text": {"body": "x" * 4097}}, 100),
        ({"type": "image", "image": {"id": "1"}}, 131009),
        ({"type": "image", "image": {"id": "1", "link": "https://x"}}, 131009),
        ({"type": "audio", "audio": {"link": "https://x", "caption": "no"}}, 131009),
        ({"type": "reaction", "reaction": {"message_id": "wamid.none", "emoji": "x"}}, 131009),
        ({"type": "template", "template": {"name": "none", "language": {"code": "en"}}}, 132001),
        ({"biz_opaque_callback_data": "x" * 513}, 131009),
        ({"recipient": "US.1", "to": None}, 131009),
        ({"recipient_type": "group"}, 131009),
    ],
)
def test_what_is_wrong_is_refused_by_its_code(call: Caller, changes: dict[str, Any], code: int) -> None:
    assert call.send(**changes)[0] == code
    assert call.sandbox.sent_to("4915") == []


def test_the_window(call: Caller, whatsapp: WhatsAppSandbox, ada: Customer, clock: StillClock) -> None:
    clock.forward(hours=24)
    assert call.send()[0] == 0, "WhatsApp mostly accepts first"
    assert whatsapp.sent_to(ada)[-1].statuses == ["failed"]
    whatsapp.options.window_at_once = True
    assert call.send()[0] == 131047
    whatsapp.write(ada, "Still there?")
    assert call.send()[0] == 0
    assert whatsapp.sent_to(ada)[-1].statuses == ["sent", "delivered"]


def test_limits_allow_lists_and_the_unreachable(call: Caller, whatsapp: WhatsAppSandbox, clock: StillClock) -> None:
    whatsapp.options.pair_burst, whatsapp.options.pair_period = 2, timedelta(seconds=60)
    assert [call.send()[0] for _ in range(3)] == [0, 0, 131056]
    clock.forward(seconds=61)
    assert call.send()[0] == 0
    whatsapp.options.throughput = 1
    assert call.send(to="4999")[0] == 130429
    clock.forward(seconds=61)
    assert call.send(to="+49 99")[0] == 0
    assert whatsapp.sent_to("4999")[0].statuses == ["failed"], "nobody has this number"
    whatsapp.options.allowed = frozenset({"4915"})
    clock.forward(seconds=61)
    assert call.send(to="4999")[0] == 131030


def test_templates(call: Caller, whatsapp: WhatsAppSandbox, ada: Customer) -> None:
    template = whatsapp.add_template("hello", "Hi {{1}} and {{2}}", header="To {{1}}")
    whatsapp.add_template("dear", "Dear {{name}}")

    def send(name: str, *components: dict[str, Any]) -> int:
        content = {"name": name, "language": {"policy": "deterministic", "code": "en_US"}, "components": list(components)}
        return call.send(type="template", template=content)[0]

    def words(kind: str, *values: str, **more: Any) -> dict[str, Any]:
        return {"type": kind, "parameters": [{"type": "text", "text": value, **more} for value in values]}

    assert send("hello", words("header", "A"), words("body", "B", "C")) == 0
    assert whatsapp.sent_to(ada)[-1].text == "To A\nHi B and C"
    assert send("hello", words("header", "A"), words("body", "B")) == 132000
    assert send("hello", words("header", "A"), words("body", "B", "C"), words("footer", "D")) == 132000
    assert send("hello", words("header", "A"), words("body", "B", "C\nD")) == 132012
    assert send("dear", words("body", "Ada")) == 132012, "a named blank needs its name"
    assert send("dear", words("body", "Ada", parameter_name="name")) == 0
    for status, code in (("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)):
        template.status = status
        assert send("hello", words("header", "A"), words("body", "B", "C")) == code


def test_templates_are_listed_in_pages(call: Caller, whatsapp: WhatsAppSandbox) -> None:
    for number in range(5):
        whatsapp.add_template(f"t{number}", "Hi", category="MARKETING" if number % 2 else "UTILITY")
    path = f"{whatsapp.state.waba_id}/message_templates"
    first = call("GET", path, params={"limit": 3, "fields": "name,status"}).json()
    second = call("GET", path, params={"limit": 3, "after": first["paging"]["cursors"]["after"]}).json()
    assert [one["name"] for one in first["data"] + second["data"]] == ["t0", "t1", "t2", "t3", "t4"]
    assert set(first["data"][0]) == {"name", "status", "id"}
    assert ("next" in first["paging"], "next" in second["paging"]) == (True, False)
    assert len(call("GET", path, params={"category": "MARKETING"}).json()["data"]) == 2


def test_files_go_up_and_come_down_while_their_link_lives(
    call: Caller, whatsapp: WhatsAppSandbox, clock: StillClock
) -> None:
    number = whatsapp.state.number_id
    form = {"messaging_product": "whatsapp", "type": "application/pdf"}
    good = call("POST", f"{number}/media", data=form, files={"file": ("a.pdf", b"%PDF", "application/pdf")}).json()
    assert call.send(type="document", document={"id": good["id"], "filename": "a.pdf"})[0] == 0
    bad = call("POST", f"{number}/media", data=form, files={"file": ("a.exe", b"MZ", "application/x-msdownload")})
    assert bad.json()["error"]["code"] == 100
    large = call("POST", f"{number}/media", data=form, files={"file": ("a.webp", b"x" * 500_001, "image/webp")})
    assert large.json()["error"]["code"] == 131053
    found = call("GET", good["id"], params={"phone_number_id": number}).json()
    headers = {"authorization": f"Bearer {call.keys['access_token']}"}
    assert requests.get(found["url"], headers=headers, timeout=5).content == b"%PDF"
    assert requests.get(found["url"], timeout=5).status_code == 401
    clock.forward(minutes=6)
    assert requests.get(found["url"], headers=headers, timeout=5).status_code == 404
    assert call("DELETE", good["id"]).json() == {"success": True}
    assert call("GET", good["id"]).json()["error"]["code"] == 100


def test_who_may_call(call: Caller, whatsapp: WhatsAppSandbox) -> None:
    number = whatsapp.state.number_id
    assert call("GET", number, token="EAAwrong").json()["error"]["code"] == 190
    assert call("GET", number, params={"appsecret_proof": "0"}).json()["error"]["code"] == 100
    assert call("GET", "999").json()["error"]["error_subcode"] == 33
    assert call("POST", "999/messages", json=TEXT).json()["error"]["error_subcode"] == 33
    assert call("GET", f"{number}/nothing").json()["error"]["code"] == 2500
    whatsapp.keyring.deny(whatsapp.state.waba_id, "whatsapp_business_messaging")
    assert call.send()[0] == 10
    whatsapp.revoke()
    assert call("GET", number).json()["error"]["error_subcode"] == 458


def test_faults_have_whatsapps_bodies(call: Caller, whatsapp: WhatsAppSandbox) -> None:
    whatsapp.fault("status", "POST /*/messages", shape="131016")
    assert call.send()[0] == 131016
    whatsapp.refuse(131000, times=2)
    assert [call.send()[0] for _ in range(3)] == [131000, 131000, 0]
    with pytest.raises(ValueError, match="no error 42"):
        whatsapp.refuse(42)


def test_by_hand_over_http(whatsapp: WhatsAppSandbox) -> None:
    def do(path: str, **fields: Any) -> requests.Response:
        return requests.post(f"{whatsapp.base_url}/_sandbox/{path}", json=fields, timeout=5)

    def look(path: str) -> requests.Response:
        return requests.get(f"{whatsapp.base_url}{path}", timeout=5)

    ben = do("customers", phone="4477", name="<Ben>", hidden=True).json()
    for who, text in (("4477", "<b>Hi</b>"), (ben["user_id"], "again")):
        assert do("messages", **{"from": who, "text": text}).status_code == 200
    for action, status in (("read", 200), ("stop", 200), ("resume", 200), ("unsupported", 200), ("dance", 400)):
        assert do(f"customers/4477/{action}").status_code == status, action
    assert do("templates", name="t", body="Hi").json()["status"] == "APPROVED"
    assert do("refuse", code=131049, later=True).status_code == 200
    state = look("/_sandbox/state").json()
    assert [one["text"] for one in state["messages"]] == ["<b>Hi</b>", "again", ""]
    assert look("/_sandbox/credentials").json()["access_token"] not in str(state)
    page = look("/").text
    assert "&lt;b&gt;Hi&lt;/b&gt;" in page
    assert all(action in page for action in ("/_sandbox/webhook", "/_sandbox/faults", "/_sandbox/clock"))
    assert "<Ben>" not in page
    do("reset")
    assert look("/_sandbox/state").json()["customers"] == []
