"""Tokens that open one file for an hour, and addresses that nobody outside can reach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.core.offered_files import LIFETIME, OfferedFile, make_token, obstacle_of, read_token
from tests.fakes import StillClock

NOW = StillClock().now
FILE = OfferedFile(part="p1", file="f1")
KEY = b"key of the site"
TOKEN = make_token(FILE, KEY, NOW)


def test_a_token_opens_its_file_until_its_time_is_over():
    assert read_token(TOKEN, KEY, NOW + LIFETIME - timedelta(seconds=1)) == FILE
    assert read_token(TOKEN, KEY, NOW + LIFETIME) is None


def test_another_sites_token_opens_nothing():
    assert read_token(make_token(FILE, b"other key", NOW), KEY, NOW) is None


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="utf-8"))
def test_a_changed_token_opens_nothing_else(place: int, character: str):
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert read_token(changed, KEY, NOW) in (None, FILE), "what opens at all must be the very file"


@given(st.text())
def test_any_text_is_an_answer(text: str):
    assert read_token(text, KEY, NOW) is None


@pytest.mark.parametrize(
    "address",
    [
        *("http://help.northwind.com", "https://localhost", "https://site.localhost:8000", "https://helpdesk"),
        *("https://127.0.0.1", "https://10.0.0.7", "https://[::1]", "https://desk.internal", "help.northwind.com", ""),
    ],
)
def test_where_nobody_can_fetch_the_sentence_says_so(address: str):
    assert address in obstacle_of(address)
    assert "https address that is open to the internet" in obstacle_of(address)


@pytest.mark.parametrize("address", ["https://help.northwind.com", "https://help.northwind.com:8443", "https://8.8.8.8"])
def test_a_public_address_is_no_obstacle(address: str):
    assert obstacle_of(address) == ""
