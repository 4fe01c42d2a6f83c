"""Signatures of Standard Webhooks: known answers, time, rotation, and the two directions."""

from __future__ import annotations

import pytest

from social_care.connectors.inbound.signing import answer_challenge, headers_for, sign, verify
from social_care.core.errors import UnverifiedWebhook

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_specification_s_own_example() -> None:
    """Source: the example in the libraries of github.com/standard-webhooks/standard-webhooks."""
    assert sign(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("age", [0, 299, -299])
def test_a_body_of_now_passes(age: int) -> None:
    verify(BODY, headers_for(BODY, "m", [KEY], 1_000_000), [KEY], now=1_000_000 + age)


@pytest.mark.parametrize("age", [301, -301, 86_400])
def test_an_old_body_is_refused(age: int) -> None:
    with pytest.raises(UnverifiedWebhook, match="five minutes"):
        verify(BODY, headers_for(BODY, "m", [KEY], 1_000_000), [KEY], now=1_000_000 + age)


def test_while_a_secret_is_replaced_either_passes() -> None:
    for signed_with, known in (([KEY], ["new", KEY]), (["new", KEY], ["new"]), (["new", KEY], [KEY])):
        verify(BODY, headers_for(BODY, "m", signed_with, 5e8), known, now=5e8)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed_and_signed(name: str) -> None:
    good = headers_for(BODY, "m", [KEY], 5e8)
    for broken in ({**good, name: ""}, {**good, name: "500000001" if name == "webhook-timestamp" else "v1,other"}):
        with pytest.raises(UnverifiedWebhook):
            verify(BODY, broken, [KEY], now=5e8)


def test_a_challenge_is_answered_with_the_secret() -> None:
    assert answer_challenge({"challenge": "abc"}, [KEY]).body != answer_challenge({"challenge": "abc"}, ["other"]).body
