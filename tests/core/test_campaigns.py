"""Which messages are of one campaign."""

from __future__ import annotations

import pytest

from social_care.core.campaigns import are_alike, is_link, make_campaign_keys

TEXT = "They lost my dog in Oslo and they do not even care about it"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://news.example/dogs", "http://www.news.example/dogs/?utm_source=x&fbclid=1", True),
        ("https://news.example/a?id=1", "https://news.example/a?id=2", False),
        ("see www.news.example/dogs.", "(https://News.example/dogs)", True),
        ("https://news.example/dogs", "https://news.example/cats", False),
    ],
)
def test_links(one: str, other: str, same: bool):
    assert (make_campaign_keys(one) == make_campaign_keys(other)) is same
    assert all(map(is_link, make_campaign_keys(one)))


@pytest.mark.parametrize(
    "text", ["", "ok thanks", "https://news.example", "www.news.example/", "http://[bad/x", "@a @b @c @d @e @f"]
)
def test_nothing_to_tell_it_by(text: str):
    assert make_campaign_keys(text) == ()


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (f"{TEXT.upper()}!!! @northwind https://a.example/x", True),
        (TEXT.replace("Oslo", "Bergen"), True),
        (f"Please share: {TEXT}", True),
        ("They lost my parcel on the way and the driver was rude to me", False),
        ("", False),
    ],
)
def test_texts(other: str, alike: bool):
    assert are_alike(TEXT, other) is alike
    if alike:
        assert set(make_campaign_keys(TEXT)) & set(make_campaign_keys(other)), "the look-up would not find it"


def test_keys_are_few_however_long_the_text_is():
    keys = make_campaign_keys(" ".join(f"word{number} https://a.example/{number}" for number in range(2000)))
    assert len(keys) == 8
    assert max(map(len, keys)) <= 40


def test_a_link_that_is_wrapped_anew_in_each_message_leaves_it_to_the_words():
    one, other = f"{TEXT} https://t.co/4SYJQGAJAC", f"{TEXT} https://t.co/STZFXNEQKH"
    assert not any(map(is_link, make_campaign_keys(one)))
    assert make_campaign_keys(one) == make_campaign_keys(other)
