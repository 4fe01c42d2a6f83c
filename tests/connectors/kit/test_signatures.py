"""Signatures: right ones pass, everything else is refused in one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.connectors.kit.signatures import check_base64_sha256, header, sign_base64_sha256
from social_care.core.errors import UnverifiedWebhook

RAW = b'{"a": 1}'


def test_any_of_several_secrets_is_good() -> None:
    for secret in ("new", "old"):
        check_base64_sha256(RAW, sign_base64_sha256(secret, RAW), ["new", "", "old"])


@pytest.mark.parametrize(
    "given_",
    ["", "sha256=", "sha256=AAAA", "ключ", "\x00", sign_base64_sha256("s", RAW)[7:], sign_base64_sha256("s", RAW + b" ")],
)
def test_anything_else_is_refused(given_: str) -> None:
    with pytest.raises(UnverifiedWebhook):
        check_base64_sha256(RAW, given_, ["s"])


def test_without_a_secret_nothing_is_verified() -> None:
    with pytest.raises(UnverifiedWebhook):
        check_base64_sha256(RAW, sign_base64_sha256("", RAW), ["", ""])


@given(st.text(max_size=60), st.text(max_size=10))
def test_no_header_and_no_secret_escapes_as_another_error(given_: str, secret: str) -> None:
    with pytest.raises(UnverifiedWebhook):
        check_base64_sha256(RAW, given_, [secret])


def test_header_names_have_no_case() -> None:
    assert header({"X-Signature": "a"}, "x-signature") == "a"
    assert header({}, "x-signature") == ""
