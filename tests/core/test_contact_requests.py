"""Asking for contact details: the one-time link, and the words around it."""

from __future__ import annotations

import re

import pytest

from social_care.core.contact_requests import digest_of, fill, fits, make_token, with_link


def test_a_token_has_256_bits_and_stands_in_an_address_as_it_is():
    tokens = {make_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in tokens), "43 signs of 6 bits each hold 256 bits"


@pytest.mark.parametrize("other", ["", "x", "ключ", "\ud800", "\x00"])
def test_only_the_token_itself_fits(other: str):
    token = make_token()
    kept = digest_of(token)
    assert token not in kept
    assert fits(token, kept)
    assert not fits(other, kept)
    assert not fits(kept, kept), "who reads the database could answer with what is kept"


@pytest.mark.parametrize(
    ("text", "first_name", "filled"),
    [
        ("Hello {first_name}, until {expires}: {link}", "Ada", "Hello Ada, until Friday: {link}"),
        ("Hello {first_name}, until {expires}: {link}", "", "Hello, until Friday: {link}"),
        ("{first_name}! {braces} {0} stay", "Ada", "Ada! {braces} {0} stay"),
        ("Hello {first_name}: {link}", "{link}", "Hello link: {link}"),
    ],
)
def test_texts_are_filled(text: str, first_name: str, filled: str):
    assert fill(text, first_name=first_name, expires="Friday") == filled


@pytest.mark.parametrize(
    ("text", "link", "filled"),
    [
        ("Write to us: {link}", "https://m.me/acme", "Write to us: https://m.me/acme"),
        ("Write to us: {link}", "", "Write to us."),
        ("Write to us {link}", "", "Write to us"),
        ("Write to us.", "https://m.me/acme", "Write to us."),
    ],
)
def test_a_link_that_is_missing_leaves_no_gap(text: str, link: str, filled: str):
    assert with_link(text, link) == filled
