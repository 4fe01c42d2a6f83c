"""Counting, limits, refusals and errors of Mastodon: tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.connectors.mastodon.errors import classify
from social_care.connectors.mastodon.limits import media_rule, read_limits, software_of, text_rule
from social_care.connectors.mastodon.text import addressed, fingerprint, length, mentions, shortened
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.events import Audience
from tests.connectors.contract.proof import stored

URL = "https://example.com/a/very/long/path?with=many&parameters=inside"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 5),
        ("機内", 2),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽🇩🇪", 2),
        ("e\u0301", 1),
        (URL, 23),
        (f"see {URL}.", 28),
        ("http://a.io", 23),
        ("example.com", 11),
        ("@ada@far.example hi", 7),
        ("@ada hi", 7),
        ("mail ada@far.example", 20),
    ],
)
def test_length_is_counted_as_mastodon_counts(text: str, expected: int) -> None:
    assert length(text) == expected


@given(st.text(max_size=40))
def test_any_text_has_a_length_and_a_fingerprint(text: str) -> None:
    assert length(text) >= 0
    assert fingerprint(fingerprint(text)) == fingerprint(text) or "@" in text


@pytest.mark.parametrize(
    ("text", "acct", "expected"),
    [
        ("@ada hi", "ada", True),
        ("hi @Ada!", "ada", True),
        ("@adam hi", "ada", False),
        ("@ada@far.example hi", "ada", False),
        ("@ada hi", "ada@far.example", False),
        ("x@ada hi", "ada", False),
        ("@ada-x", "ada", False),
        ("thanks @ada.", "ada", True),
    ],
)
def test_a_mention_is_seen_where_there_is_one(text: str, acct: str, expected: bool) -> None:
    assert mentions(text, acct) is expected
    assert mentions(addressed(text, acct), acct)


def account(**options: str) -> Account:
    return Account(
        name="Ours", platform="mastodon", external_id="u", options={f"mastodon_{k}": v for k, v in options.items()}
    )


def test_the_mention_and_the_warning_take_their_room() -> None:
    target = stored(Audience.PUBLIC)
    target.route.update(acct="ada@far.example", spoiler_text="travel")  # type: ignore[attr-defined]
    assert text_rule(account(max_characters="500", software="mastodon"), target).limit == 500 - len("@ada ") - len("travel")
    assert text_rule(account(max_characters="5000", software="akkoma"), target).limit == 5000 - len("@ada@far.example ") - 6
    target.route.update(spoiler_text="x" * 480)  # type: ignore[attr-defined]
    assert text_rule(account(), target).limit == 500 - len("@ada ") - 100, "a long warning is shortened"
    assert len(shortened("x" * 480)) == 100


def test_limits_are_read_from_the_server() -> None:
    instance = {
        "version": "4.3.1",
        "configuration": {
            "statuses": {"max_characters": 1000, "max_media_attachments": 6},
            "media_attachments": {
                "supported_mime_types": ["image/png", "video/mp4", "text/plain", 7],
                "image_size_limit": 100,
                "video_size_limit": 200,
            },
        },
    }
    found = Account(name="Ours", platform="mastodon", external_id="u", options=read_limits(instance))
    assert text_rule(found).limit == 1000
    rule = media_rule(found)
    assert (rule.count, dict(rule.max_bytes)) == (6, {"image/png": 100, "video/mp4": 200})
    assert rule.alone == ("video/mp4",)


@pytest.mark.parametrize("value", [None, [], "x", -1, 0, True, 10**30, {}])
def test_limits_of_any_shape_are_read(value: object) -> None:
    numbers = {"max_characters": value, "max_media_attachments": value}
    instance = {"version": value, "configuration": {"statuses": numbers, "media_attachments": value}}
    found = Account(name="Ours", platform="mastodon", external_id="u", options=read_limits(instance))
    assert text_rule(found).limit == 500
    assert media_rule(found).count == 4


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"version": "4.3.1+glitch"}, "mastodon"),
        ({"version": "2.7.2 (compatible; Pleroma 2.5.0)"}, "pleroma"),
        ({"version": "4.2.0 (compatible; Akkoma 3.13.2-0-g)"}, "akkoma"),
        ({"version": "0.17.0", "source_url": "https://codeberg.org/superseriousbusiness/gotosocial"}, "gotosocial"),
        ({}, ""),
    ],
)
def test_the_software_is_known(instance: dict[str, str], expected: str) -> None:
    assert software_of(instance) == expected


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (401, {}, {"error": "The access token was revoked"}, e.AccountNeedsLogin),
        (403, {}, {"error": "This action is outside the authorized scopes"}, e.ConfigurationError),
        (403, {"WWW-Authenticate": 'Bearer error="invalid_scope"'}, {"error": "…"}, e.ConfigurationError),
        (403, {}, {"error": "Your login is currently disabled"}, e.AccountNeedsLogin),
        (403, {}, {"error": "This action is not allowed"}, e.NotAllowed),
        (404, {}, {"error": "Record not found"}, e.TargetGone),
        (410, {}, {}, e.TargetGone),
        (413, {}, "", e.Refused),
        (422, {}, {"error": "Validierung fehlgeschlagen"}, e.Refused),
        (301, {}, "", e.ConfigurationError),
        (503, {}, "<html>", e.Retryable),
    ],
)
def test_errors_are_named_by_what_has_to_happen_next(
    status: int, headers: dict[str, str], body: object, expected: type[e.SocialCareError]
) -> None:
    assert type(classify(status, headers, body)) is expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "2026-11-02T12:05:00.000000Z", "Date": "Mon, 02 Nov 2026 12:00:00 GMT"}, 300),
        ({"X-RateLimit-Reset": "1793621100", "Date": "Mon, 02 Nov 2026 12:00:00 GMT"}, 300),
        ({"X-RateLimit-Reset": "2020-01-01T00:00:00Z", "Date": "Mon, 02 Nov 2026 12:00:00 GMT"}, 1),
        ({"Retry-After": "42"}, 42),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
def test_the_servers_own_time_is_waited_for(headers: dict[str, str], seconds: float | None) -> None:
    error = classify(429, headers, {})
    assert isinstance(error, e.RateLimited)
    assert error.retry_after_s == seconds
