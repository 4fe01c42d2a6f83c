"""A list that shows a message again: news only where it differs from what is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.events import MessageEdited, MessageReceived
from social_care.core.ids import make_revision
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.engine.outcomes import Action
from tests.fakes import ACCOUNT, message


@pytest.fixture
def listed(office: Office) -> MessageReceived:
    """A message as a list showed it a first time, which is handled."""
    event = replace(message("1", "My bag is lost"), listed=True, hidden=False)
    assert handle_event(event, office).action is Action.OPEN
    return event


def later(office: Office, minutes: int = 1) -> Office:
    return replace(office, told_at=office.clock() + timedelta(minutes=minutes))


def text_of(office: Office) -> str:
    found = office.desk.tickets.find_message(ACCOUNT.name, "1")
    assert found is not None
    return found.text


def test_the_same_again_is_no_news(office, listed):
    again = replace(listed, text="My bag  is lost\x1f\r\n")
    assert handle_event(again, later(office)).reason == "handled already"


def test_other_words_are_an_edit_once(office, listed):
    edited = replace(listed, text="My bag is found")
    assert handle_event(edited, later(office, 1)).action is Action.EDIT
    assert text_of(office) == "My bag is found"
    assert handle_event(edited, later(office, 2)).reason == "handled already"
    assert handle_event(listed, later(office, 3)).action is Action.EDIT
    assert text_of(office) == "My bag is lost", "it was edited back"


def test_an_older_list_undoes_no_edit(office, listed):
    office.clock.forward(minutes=10)
    seen = (office.clock() - timedelta(minutes=5)).timestamp()
    edit = MessageEdited(**{name: getattr(listed, name) for name in ("message_id", "thread", "author")}, text="It is found",
                         revision=make_revision(seen, "It is found"))  # fmt: skip
    assert handle_event(edit, office).action is Action.EDIT
    assert handle_event(listed, later(office, -8)).reason == "handled already"
    assert text_of(office) == "It is found"


def test_the_webhook_of_an_edit_that_a_list_showed_is_no_second_edit(office, listed):
    edited = replace(listed, text="It is found")
    assert handle_event(edited, later(office)).action is Action.EDIT
    webhook = replace(edited, listed=False, hidden=None, revision=make_revision(office.clock().timestamp(), "It is found"))
    assert handle_event(webhook, office).reason == "handled already"


def test_a_list_tells_hiding_and_showing(office, listed):
    hidden = replace(listed, hidden=True)
    assert handle_event(hidden, later(office, 1)).action is Action.VISIBILITY
    assert handle_event(hidden, later(office, 2)).reason == "handled already"
    assert handle_event(replace(listed, hidden=None), later(office, 3)).reason == "handled already"
    assert handle_event(listed, later(office, 0)).reason == "handled already", "an older list undid a newer one"
    assert handle_event(listed, later(office, 4)).action is Action.VISIBILITY
    assert not office.desk.tickets.find_message(ACCOUNT.name, "1").hidden


def test_what_is_hidden_when_it_comes_is_kept_as_hidden(office):
    event = replace(message("1", "You are thieves"), hidden=True)
    assert handle_event(event, office).action is Action.OPEN
    assert office.desk.tickets.find_message(ACCOUNT.name, "1").hidden
