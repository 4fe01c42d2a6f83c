"""Reading is done before anything is decided, and can never cost the message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.insight import Reading, Reason, Sentiment, Spam
from social_care.core.routing import RoutingRule, Verdict
from social_care.engine.intake import handle_event, open_by_person
from social_care.engine.outcomes import Action
from tests.fakes import US, message

BAD = Reading(
    language="pl",
    sentiment=Sentiment.NEGATIVE,
    urgent=True,
    spam=Spam.POSSIBLE,
    reasons=(Reason("urgency", "legal", "adwokat"),),
)
LONG = "They lost my dog and do not care at all"


class FakeInsight:
    """Tells what it is told to."""

    def __init__(self, reading=BAD):
        self.reading, self.asked = reading, []

    def read(self, event, *, same_text=0):
        self.asked.append((event.message_id, same_text))
        if isinstance(self.reading, Exception):
            raise self.reading
        return self.reading


@pytest.fixture
def read(office):
    return replace(office, insight=FakeInsight())


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"sentiments": frozenset({"negative"})}, True),
        ({"sentiments": frozenset({"positive", "neutral"})}, False),
        ({"urgent": True}, True),
        ({"languages": frozenset({"pl"})}, True),
        ({"spam": Spam.POSSIBLE}, True),
        ({"spam": Spam.LIKELY}, False),
    ],
)
def test_rules_ask_for_what_was_told(read, condition, fits):
    read.desk.rules = (RoutingRule(name="r", verdict=Verdict.COLLECT, **condition),)
    assert (handle_event(message("1"), read).ticket is None) is fits
    unread = replace(read, insight=None)
    assert handle_event(message("2", thread="t2"), unread).ticket, "a message that nobody read fitted"


@pytest.mark.parametrize("error", [ImportError("gone"), MemoryError(), RecursionError(), ValueError("x")])
def test_a_failure_costs_nothing_but_the_reading(office, error):
    outcome = handle_event(message("1", language="de"), replace(office, insight=FakeInsight(error)))
    assert outcome.action is Action.OPEN
    assert (outcome.event.reading, outcome.event.language) == (None, "de")


def test_a_failing_look_up_costs_nothing_either(read, monkeypatch):
    def fail(*given):
        raise OSError("the database is gone for a moment")

    monkeypatch.setattr(type(read.desk.tickets), "writers_of", fail)
    assert handle_event(message("1", LONG), read).action is Action.OPEN


def test_the_same_text_of_others_is_counted(read):
    for number in range(3):
        handle_event(message(str(number), LONG, author=f"c{number}", thread=f"t{number}"), read)
    handle_event(message("again", LONG, author="c0", thread="t9"), read)
    assert read.insight.asked == [("0", 0), ("1", 1), ("2", 2), ("again", 2)]
    read.clock.forward(days=2)
    handle_event(message("later", LONG, author="c9", thread="t8"), read)
    assert read.insight.asked[-1] == ("later", 0)


def test_our_own_messages_are_not_read(read):
    handle_event(message("1", author=US), read)
    assert read.insight.asked == []


def test_a_message_opened_by_a_person_keeps_its_reading(read):
    read.desk.rules = (RoutingRule(name="r", verdict=Verdict.COLLECT, urgent=True),)
    handle_event(message("1"), read)
    (row,) = read.desk.rows("select id from message")
    outcome = open_by_person(str(row["id"]), replace(read, insight=None))
    assert replace(outcome.event.reading, text_key="", campaign="") == BAD


def campaigns(office):
    found = office.desk.rows("select message_id, campaign from message order by message_id")
    return {row["message_id"]: row["campaign"] for row in found}


def test_texts_with_small_changes_and_the_same_link_are_one_campaign(read):
    texts = {
        "a": "Boycott Northwind Air, they lost my dog in Oslo and they do not even care about it!",
        "b": "BOYCOTT Northwind air: they lost my dog in Bergen and they do not even care about it https://t.example/1",
        "c": "Northwind Air lost my suitcase in Oslo and nobody answers the telephone since Monday morning",
        "d": "Is this true? https://www.news.example/dogs/?utm_source=x",
        "e": "Shame on you https://news.example/dogs",
        "f": "ok",
    }
    for number, text in texts.items():
        handle_event(message(number, text, author=f"c{number}", thread=f"t{number}"), read)
    found = campaigns(read)
    assert found["a"] == found["b"]
    assert found["d"] == found["e"]
    assert len({found["a"], found["c"], found["d"]}) == 3
    assert found["f"] is None
    read.clock.forward(days=2)
    handle_event(message("g", texts["b"], author="cg", thread="tg"), read)
    assert campaigns(read)["g"] != found["a"], "after two days it is a new campaign"
