"""Comments of which the account's own name tells more: who is meant, and who wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.events import MessageReceived
from tests.connectors.instagram.expected import INSTAGRAM


def read(text: str, *, username: str = "ben", handle: str = "@northwind.air") -> MessageReceived:
    """Return an answer below another customer's comment, as it is read when our name is known."""
    value = {"id": "1", "parent_id": "2", "from": {"id": "721", "username": username}, "text": text, "media": {"id": "3"}}
    entry = {"id": INSTAGRAM.us, "time": 1788257000, "changes": [{"field": "comments", "value": value}]}
    payload = INSTAGRAM.payload({"object": "instagram", "entry": [entry]}, account_id=INSTAGRAM.us)
    [event] = INSTAGRAM.connector.parse(replace(payload, handle=handle))
    assert isinstance(event, MessageReceived)
    return event


@pytest.mark.parametrize("text", ["@northwind.air same here", "Same, @Northwind.Air.", "(@northwind.air)"])
def test_an_answer_that_names_us_turns_to_us(text: str) -> None:
    assert read(text).addresses_us


@pytest.mark.parametrize("text", ["Same", "@northwind.air.lost", "@northwind", "me@northwind.air", "@northwind.airline", ""])
def test_one_that_does_not_is_a_bystanders(text: str) -> None:
    assert not read(text).addresses_us


def test_nobody_is_named_while_our_name_is_unknown() -> None:
    assert not read("@northwind.air @", handle="").addresses_us


def test_our_name_tells_our_own_comment_under_whatever_id_it_comes() -> None:
    own = read("We look into it, @ana and @northwind.air", username="northwind.air")
    assert own.author is not None
    assert (own.author.id, own.addresses_us) == (INSTAGRAM.us, False)
