"""One automatic word per conversation outside the support hours, and never a second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.approvals import Circumstances
from social_care.core.errors import Retryable
from social_care.engine.acknowledging import text_for
from social_care.engine.delivery import deliver
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from tests.fakes import ACCOUNT, US, message

TEXTS = {"": "We are closed.", "pl": "Zamknięte.", "sr": "Затворено."}
ON = replace(ACCOUNT, acknowledgements=TEXTS, signature="^JK", automatic_signature="🤖")


@pytest.fixture
def night(desk, connector, clock):
    desk.works_at = lambda now: False
    return Office(desk, connector, ON, clock)


def said(office):
    return [row["text"] for row in office.desk.rows("select text from message where automatic = 1 order by id")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pl", "Zamknięte."),
        ("sr-Cyrl", "Затворено."),
        ("PL_pl", "Zamknięte."),
        ("de", "We are closed."),
        (None, "We are closed."),
    ],
)
def test_the_language_decides(language, text):
    assert text_for(language, ON) == text


def test_without_a_text_for_all_others_silence():
    assert text_for("de", replace(ON, acknowledgements={"pl": "Zamknięte."})) == ""


def test_once_a_conversation_and_said_to_be_automatic(night):
    handle_events((message("1", language="pl"), message("2"), message("3", author="c2", thread="t2")), night)
    assert said(night) == ["Zamknięte. 🤖", "We are closed. 🤖"]


def test_it_stops_no_clock(night, platform):
    handle_events((message("1"),), night)
    [part] = night.desk.outbox.due(night.clock())
    deliver(part, desk=night.desk, connect=platform.connect, clock=night.clock)
    assert [text for _, text in platform.posts] == ["We are closed. 🤖"]
    assert night.desk.row("select first_response_at from ticket")["first_response_at"] is None


def test_nothing_while_the_team_works(night):
    night.desk.works_at = lambda now: True
    handle_events((message("1"),), night)
    assert said(night) == []


@pytest.mark.parametrize(
    "event",
    [
        message("1", addresses_us=False),
        message("1", author=US),
        message("1", sent_at=None, author="loud"),
    ],
)
def test_nobody_else_is_answered(night, event):
    night.desk.circumstances["loud"] = Circumstances(muted=True)
    handle_events((event,), night)
    assert said(night) == []


def test_an_old_message_is_not_answered(night):
    handle_events((message("1", sent_at=night.clock() - timedelta(hours=2)),), night)
    assert said(night) == []


def test_a_rule_of_the_platform_is_kept(night):
    night.connector.forbidden = "The customer has not asked."
    [outcome], trouble = handle_events((message("1"),), night)
    assert (said(night), trouble) == ([], [])
    assert outcome.ticket


def test_whatever_goes_wrong_the_message_stays(night, monkeypatch):
    def broken(*given, **named):
        raise Retryable("the database was busy")

    monkeypatch.setattr(night.desk.outbox, "add", broken)
    [outcome], trouble = handle_events((message("1"),), night)
    assert (outcome.ticket is not None, trouble) == (True, [])
