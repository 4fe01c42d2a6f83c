"""What comes after a message on a real site: names, the words of a mention, files while they exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frappe
import pytest
import responses

from social_care import jobs
from social_care.core.errors import TargetGone
from social_care.core.ports import Download
from tests.site.meta import (
    ANA_PRIVATE,
    FACEBOOK,
    GRAPH,
    INSTAGRAM,
    NOW,
    NUMBER,
    ON_INSTAGRAM,
    WHATSAPP,
    private,
    stored,
    whatsapp,
)
from tests.site.office import communications, ticket

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def graph(site: Any) -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def fetch(message_id: str) -> Any:
    """Run the job that was queued with a message; return the message's row."""
    jobs.fetch_attachments(stored(message_id).name)
    return stored(message_id)


def test_a_name_is_shown_wherever_only_an_id_was_known(graph: Any):
    FACEBOOK.insert()
    FACEBOOK.deliver(private(FACEBOOK.us, "m_1", attachments=[{"type": "location", "payload": {}}]))
    name = stored("m_1").ticket
    assert ticket(name).subject == "Facebook: message from somebody"
    asked = graph.get(f"{GRAPH}/{ANA_PRIVATE}", json={"first_name": "Ana", "last_name": "Flies"})
    assert fetch("m_1").missing == ""
    assert ticket(name).subject == "Facebook: message from Ana Flies"
    assert communications(name)[0].sender_full_name == "Ana Flies"
    assert frappe.db.get_value("Contact", ticket(name).contact, "first_name") == "Ana Flies"
    FACEBOOK.deliver(private(FACEBOOK.us, "m_2", "Hello?", at=NOW + 1))
    fetch("m_2")
    assert asked.call_count == 1, "a name that is known is not asked for again"


@pytest.mark.parametrize(("status", "code", "left"), [(500, 2, "author"), (400, 100, "")])
def test_a_look_up_that_fails_costs_nothing(graph: Any, status: int, code: int, left: str):
    FACEBOOK.insert()
    FACEBOOK.deliver(private(FACEBOOK.us, "m_1", "Hello"))
    graph.get(f"{GRAPH}/{ANA_PRIVATE}", status=status, json={"error": {"code": code}})
    row = fetch("m_1")
    assert (row.missing, row.look_ups, bool(row.ticket)) == (left, 1, True)


def test_the_words_of_a_mention_are_looked_up(graph: Any):
    ON_INSTAGRAM.insert(instagram_login="Facebook")
    value = {"media_id": "800", "comment_id": "801"}
    ON_INSTAGRAM.deliver({"id": INSTAGRAM, "time": NOW, "changes": [{"field": "mentions", "value": value}]})
    name = stored("801").ticket
    found = {"id": "801", "text": "@northwind is late again", "timestamp": "2026-11-01T10:00:00+0000", "username": "ana"}
    graph.get(f"{GRAPH}/{INSTAGRAM}", json={"id": INSTAGRAM, "mentioned_comment": {**found, "media": {"id": "800"}}})
    row = fetch("801")
    assert (row.text, row.missing) == ("@northwind is late again", "")
    assert "told only that" not in row.notes
    assert ticket(name).subject == "@northwind is late again"
    assert communications(name)[0].content == "<p>@northwind is late again</p>"
    assert stored("801").ticket == name


def test_the_media_of_a_story_mention_is_kept_as_context(graph: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "social_care.connectors.meta.connection.download",
        lambda url, limits: Download(name="story.png", mime="image/png", content=PNG),
    )
    ON_INSTAGRAM.insert(instagram_login="Facebook")
    graph.get(f"{GRAPH}/{ANA_PRIVATE}", json={"username": "ana", "name": "Ana"})
    story = {"type": "story_mention", "payload": {"url": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"}}
    ON_INSTAGRAM.deliver(private(INSTAGRAM, "d_1", attachments=[story]))
    row = fetch("d_1")
    [media] = frappe.parse_json(row.media)
    assert frappe.db.get_value("File", media["file"], "attached_to_doctype") == "Communication"
    assert "mentions the account in a story" in row.notes
    assert ticket(row.ticket).social_handle == "@ana"


def test_a_story_that_is_gone_never_costs_the_message(graph: Any, monkeypatch: pytest.MonkeyPatch):
    def gone(url: str, limits: object) -> Download:
        raise TargetGone("The file is no longer there.")

    monkeypatch.setattr("social_care.connectors.meta.connection.download", gone)
    ON_INSTAGRAM.insert(instagram_login="Facebook")
    story = {"type": "story_mention", "payload": {"url": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"}}
    ON_INSTAGRAM.deliver(private(INSTAGRAM, "d_1", attachments=[story]))
    row = fetch("d_1")
    [media] = frappe.parse_json(row.media)
    assert (media["error"], bool(row.ticket)) == ("The file is no longer there.", True)


def test_a_file_of_whatsapp_is_fetched_by_its_id(graph: Any):
    WHATSAPP.insert()
    image = {"from": "48500100200", "id": "wamid.1", "timestamp": str(NOW), "type": "image", "image": {"id": "77001"}}
    WHATSAPP.deliver(whatsapp(image))
    address = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77001"
    graph.get(f"{GRAPH}/77001", json={"url": address, "mime_type": "image/png", "id": "77001"})
    graph.get(address, body=PNG, content_type="image/png")
    [media] = frappe.parse_json(fetch("wamid.1").media)
    file = frappe.get_doc("File", media["file"])
    assert Path(file.get_full_path()).read_bytes() == PNG
    assert f"phone_number_id={NUMBER}" in graph.calls[0].request.url


def test_what_is_missing_is_tried_again_every_hour_for_a_while(graph: Any, monkeypatch: pytest.MonkeyPatch):
    FACEBOOK.insert()
    FACEBOOK.deliver(private(FACEBOOK.us, "m_1", "Hello"))
    graph.get(f"{GRAPH}/{ANA_PRIVATE}", status=500, json={"error": {"code": 2}})
    asked: list[str] = []
    monkeypatch.setattr(jobs, "enqueue", lambda job, queue, message: asked.append(message))
    for _ in range(7):
        asked.clear()
        jobs.fetch_missing_attachments()
        for one in asked:
            jobs.fetch_attachments(one)
    assert asked == []
    assert stored("m_1").look_ups == 5
