"""What looks personal in a text that everybody will read."""

from __future__ import annotations

import pytest

from social_care.privacy import find_personal_data, phone_number, warn

EMAIL, IBAN, CARD = "an e-mail address", "a bank account number", "a card number"
PHONE, BOOKING = "a phone number", "a booking code"


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("Write to ada.o+nw@mail.example.co, please.", EMAIL, "ada.o+nw@mail.example.co"),
        ("Paid to DE89 3704 0044 0532 0130 00 THANKS", IBAN, "DE89 3704 0044 0532 0130 00"),
        ("gb82west12345698765432.", IBAN, "gb82west12345698765432"),
        ("The card 4111-1111-1111-1111 was charged", CARD, "4111-1111-1111-1111"),
        ("Call +49 30 901820 today", PHONE, "+49 30 901820"),
        ("Your booking X7K2PQ is fine", BOOKING, "X7K2PQ"),
    ],
)
def test_it_is_found_once_as_what_it_is(text: str, kind: str, found: str):
    assert [(one.kind, one.text) for one in find_personal_data(text)] == [(kind, found)]


@pytest.mark.parametrize(
    "text",
    [
        "Flight BA2490 leaves at 15:10 from gate B42, we are sorry!",
        "Thanks @ada@social.example, see https://example.com/X7K2PQ?mail=a@b.example",
        "Your order 4111 1111 1111 1112 is not a card, 20261122 is a day",
        "DE00 3704 0044 0532 0130 00 has a wrong check sum",
        "SORRY, THANKS",
        "",
    ],
)
def test_what_is_nobody_s_is_left_alone(text: str):
    assert find_personal_data(text) == ()


def test_numbers_without_the_country_s_code_need_the_country():
    assert find_personal_data("Call 030 901820") == ()
    assert [one.kind for one in find_personal_data("Call 030 901820", "DE")] == [PHONE]


def test_everything_is_named_in_a_sentence():
    said = warn("ada@example.com or +49 30 901820")
    assert said == (
        "Everybody can read this reply, and it holds what looks like an e-mail address: ada@example.com",
        "Everybody can read this reply, and it holds what looks like a phone number: +49 30 901820",
    )


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+48 500 100 200", None, "+48500100200"),
        ("030 901820", "DE", "+4930901820"),
        ("030 901820", None, ""),
        ("+48 12", None, ""),
        ("call me", "DE", ""),
        ("", "DE", ""),
    ],
)
def test_a_phone_number_in_its_one_form(text: str, region: str | None, number: str):
    assert phone_number(text, region) == number
