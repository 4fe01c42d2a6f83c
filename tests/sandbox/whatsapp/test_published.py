"""What the connector sends, what the sandbox answers and what it pushes, against Meta's published OpenAPI document."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from social_care.core.templates import FilledTemplate
from tests.sandbox.whatsapp.conftest import PDF, WhatsAppOffice
from tests.sandbox.whatsapp.published import SKIPPED, Document, document, path

pytestmark = pytest.mark.skipif(path() is None, reason=SKIPPED)


@dataclass
class Recorder:
    """Every call that was made, and its answer."""

    calls: list[tuple[requests.PreparedRequest, requests.Response]] = field(default_factory=list)


@pytest.fixture
def published() -> Document:
    file = path()
    assert file is not None
    return document(file)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    send = requests.Session.send

    def record(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        answer = send(self, request, **more)
        recorder.calls.append((request, answer))
        return answer

    monkeypatch.setattr(requests.Session, "send", record)
    return recorder


def wrong_calls(recorder: Recorder, published: Document) -> list[str]:
    """Return what does not fit of every recorded call and its answer."""
    found = []
    for request, answer in recorder.calls:
        address = (request.url or "").split("/", 3)[3]
        if address.startswith("whatsapp_business/"):
            continue  # the file itself: an address that WhatsApp gave
        template, operation = published.operation(request.method or "", address)
        where = f"{request.method} {template}"
        found += [f"{where} sends {line}" for line in _wrong_request(request, operation, published)]
        answers = operation["responses"]
        if str(answer.status_code) in answers:
            schema = answers[str(answer.status_code)]["content"]["application/json"]["schema"]
            found += [f"{where} answers {line}" for line in published.check(schema, answer.json())]
    return found


def _wrong_request(request: requests.PreparedRequest, operation: dict[str, Any], published: Document) -> list[str]:
    kind = (request.headers.get("content-type") or "").split(";")[0]
    contents = operation.get("requestBody", {}).get("content", {})
    if not request.body:
        return [] if not operation.get("requestBody", {}).get("required") else ["no body"]
    if kind not in contents:
        return [f"a body of the kind {kind}, and {', '.join(contents) or 'none'} is published"]
    return published.check(contents[kind]["schema"], json.loads(request.body)) if kind == "application/json" else []


def test_every_call_fits(office: WhatsAppOffice, recorded: Recorder, published: Document) -> None:
    whatsapp, ada = office.sandbox, office.ada
    whatsapp.add_template(
        "ticket",
        "Dear {{1}}, gate {{2}}.",
        header_format="IMAGE",
        footer="Northwind",
        buttons=[{"type": "URL", "text": "Open", "url": "https://nw.example/{{1}}"}],
    )
    connection = office.local.connect(office.account)
    connection.check()
    connection.subscribe("https://desk.example/hook")
    whatsapp.webhooks.uninstall(whatsapp.state.waba_id)
    connection.subscribe("https://desk.example/hook")
    picture = whatsapp.send_file(ada, "image", b"picture")
    office.work()
    connection.download(picture.content["image"]["id"])
    connection.close()
    office.fetch_templates()
    office.reply("Words", media=(PDF,))
    values = {"header.IMAGE": "https://nw.example/p.png", "body.1": "Ada", "body.2": "7", "button.0": "x"}
    office.reply(template=FilledTemplate(name="ticket", language="en_US", values=values))
    office.work()
    whatsapp.refuse(131047)
    office.reply("Refused")
    office.work()
    sent = [request.url for request, _ in recorded.calls if request.method == "POST"]
    assert sum("/messages" in (url or "") for url in sent) == 4
    assert wrong_calls(recorded, published) == []


def test_every_webhook_fits(office: WhatsAppOffice, published: Document) -> None:
    """Those of the field `messages`: the document has no others. Customers without a number are newer than it."""
    whatsapp, ada = office.sandbox, office.ada
    whatsapp.write(ada, "Hello")
    office.work()
    office.reply("Hello")
    office.work()
    [ours] = whatsapp.sent_to(ada)
    whatsapp.send_file(ada, "image", b"picture", "this one")
    whatsapp.send_file(ada, "audio", b"sound")
    whatsapp.send_file(ada, "document", b"%PDF")
    whatsapp.share_place(ada, 52.5, 13.4, "Gate 12", "Airport")
    whatsapp.share_contact(ada, "Ben", "+491700000000")
    whatsapp.choose(ada, "Call me", ours)
    whatsapp.choose(ada, "Monday", ours, kind="list_reply")
    whatsapp.press(ada, "Thanks", ours)
    whatsapp.send_unsupported(ada)
    whatsapp.react(ada, ours, "👍")
    whatsapp.change_number(ada, "4915199999999")
    whatsapp.fail(ours, 131047)
    whatsapp.read(ada)
    office.work()
    schema = published.content["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    bodies = [json.loads(one.body) for one in whatsapp.deliveries]
    assert len(bodies) >= 15
    wrong = [(line, body) for body in bodies for line in published.check(schema, body)]
    assert wrong == []


def test_the_documents_own_examples_fit(published: Document) -> None:
    """But those of groups, which fit none of its schemas and are no matter of ours."""
    content = published.content["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]
    examples = {name: one["value"] for name, one in content["examples"].items() if not name.startswith("Group")}
    wrong = {name: published.check(content["schema"], one) for name, one in examples.items()}
    assert len(examples) >= 13
    assert {name: lines for name, lines in wrong.items() if lines} == {}


def test_the_check_can_fail(published: Document) -> None:
    _, operation = published.operation("POST", "v25.0/200/messages")
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    good = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "1"}
    good |= {"type": "text", "text": {"body": "x"}}
    assert published.check(schema, good) == []
    for bad in ({**good, "txt": 1}, {**good, "text": "x"}, {name: value for name, value in good.items() if name != "to"}):
        assert published.check(schema, bad) != [], f"{bad} passed"
