"""Keys: never shared by two messages, never made of a missing part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.core.ids import is_later, make_case_key, make_event_key, make_payload_digest

PARTS = ("x", "900", "t1", "m1", "message", "")


def test_the_key_depends_on_every_part():
    keys = {make_event_key(*PARTS)}
    for index in range(len(PARTS)):
        changed = list(PARTS)
        changed[index] += "2"
        keys.add(make_event_key(*changed))
    assert len(keys) == len(PARTS) + 1


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("missing", ["", None])
def test_a_missing_part_makes_no_key(index, missing):
    parts = list(PARTS)
    parts[index] = missing
    with pytest.raises(ValueError, match="needs"):
        make_event_key(*parts)


@given(st.lists(st.text(min_size=1), min_size=5, max_size=5), st.lists(st.text(min_size=1), min_size=5, max_size=5))
def test_no_two_messages_share_a_key_and_keys_fit_a_column(one, other):
    assert (make_event_key(*one) == make_event_key(*other)) == (one == other)
    assert len(make_event_key("instagram", *one[1:4], "message")) <= 140


@given(st.text(), st.text(min_size=1), st.one_of(st.none(), st.text(min_size=1)))
def test_case_keys_fit_a_column(account, thread, author):
    assert len(make_case_key(account, thread, author)) <= 140
    assert make_case_key(account, thread, author) != make_case_key(account, thread + "x", author)


def test_the_same_body_of_two_feeds_is_two_payloads():
    assert make_payload_digest("mentions", b"{}") != make_payload_digest("direct_messages", b"{}")


def test_revisions_are_ordered():
    assert is_later("9", "")
    assert is_later("10", "9")
    assert is_later("2026-03-01T12:00:01Z", "2026-03-01T12:00:00Z")
    assert not is_later("", "1")
    assert not is_later("5", "5")
