"""Every refusal Meta documents leads to what has to happen next, whatever language its text is in."""

from __future__ import annotations

import json

import pytest

from social_care.connectors.meta.errors import (
    CODES,
    PAIRS,
    RANGES,
    STATUSES,
    SUBCODES,
    certainly_refused,
    classify,
    verdict_of,
)
from social_care.connectors.meta.usage import percent_used
from social_care.core import errors as e


def body(code: int, subcode: int | None = None, **more: object) -> dict[str, object]:
    error: dict[str, object] = {
        "message": "(#1) words of the vendor 1234567890",
        "type": "OAuthException",
        "code": code,
        **more,
    }
    return {"error": error | ({} if subcode is None else {"error_subcode": subcode})}


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        *[(400, body(190, subcode), e.AccountNeedsLogin) for subcode in (None, 458, 459, 460, 463, 464, 467, 492)],
        (401, body(190, 463), e.AccountNeedsLogin),
        (400, body(102), e.AccountNeedsLogin),
        (400, body(10, 2018278), e.WindowClosed),
        (400, body(10, 2534022), e.WindowClosed),
        (400, body(200, 1545041), e.WindowClosed),
        (400, body(131047), e.WindowClosed),
        (400, body(10900), e.PrivateReplyUsed),
        (400, body(10903), e.PrivateReplyUsed),
        (400, body(12), e.NotAllowed),
        (400, body(2022), e.Refused),
        (400, body(100, 2018008), e.Refused),
        (400, body(100, 2534025), e.PrivateReplyUsed),
        (400, body(551, 1545041), e.NotAllowed),
        (400, body(100, 2018001), e.NotAllowed),
        (400, body(10, 2018108), e.NotAllowed),
        (400, body(100, 33), e.TargetGone),
        (400, body(100, 2534014), e.NotAllowed),
        (400, body(1, 2534001), e.NotAllowed),
        *[(400, body(code), e.RateLimited) for code in (4, 17, 32, 341, 613, *range(80001, 80009), 130429, 131056)],
        (403, body(4, is_transient=True), e.RateLimited),
        (400, body(1), e.Retryable),
        (500, body(2, is_transient=True), e.Retryable),
        (400, body(9999999, is_transient=True), e.Retryable),
        (400, body(100, 1545133), e.Retryable),
        (400, body(10), e.ConfigurationError),
        (403, body(200), e.NotAllowed),
        (403, body(299), e.NotAllowed),
        (400, body(368), e.Refused),
        (400, body(506), e.Refused),
        (400, body(10, 1893063), e.Refused),
        (400, body(100), e.Refused),
        (400, body(100, 2018047), e.Refused),
        (400, body(131026), e.NotAllowed),
        (400, body(131049), e.Refused),
        (400, body(131050), e.OptedOut),
        (400, body(131031), e.ConfigurationError),
        (400, body(131042), e.OutOfCredit),
        (400, body(133010), e.ConfigurationError),
        (404, body(132001), e.Refused),
        (400, body(131999), e.Refused),
        (400, body("100"), e.Refused),  # type: ignore[arg-type]
        (400, {}, e.Refused),
        (400, {"error": "words"}, e.Refused),
        (429, None, e.RateLimited),
        (503, "<html>", e.Retryable),
        (302, None, e.Retryable),
        (200, body(190), e.AccountNeedsLogin),
    ],
)
def test_a_refusal_becomes_what_has_to_happen_next(status: int, answer: object, expected: type) -> None:
    found = classify("Facebook", status, {}, answer)
    assert type(found) is expected, f"{status} {answer} became {found!r}"
    assert "words" not in str(found)
    assert "1234567890" not in str(found)


def test_a_success_is_no_error() -> None:
    assert classify("Facebook", 200, {}, {"id": "1"}) is None
    assert classify("Facebook", 200, {}, {"error": "a post may have a field of this name"}) is None


@pytest.mark.parametrize("title", ["Facebook", "Instagram", "WhatsApp"])
def test_sentences_are_for_people(title: str) -> None:
    tables = [*PAIRS.values(), *SUBCODES.values(), *CODES.values(), *STATUSES.values(), *(verdict for _, verdict in RANGES)]
    for kind, sentence in tables:
        shown = sentence.format(title=title)
        assert issubclass(kind, e.SocialCareError)
        assert shown.endswith("."), shown
        assert "{" not in shown
        assert "_" not in shown


def test_a_private_reply_that_was_used_up_is_never_tried_again() -> None:
    for answer in (body(10900), body(100, 2534025), body(10900, is_transient=True)):
        error = classify("Instagram", 400, {}, answer)
        assert isinstance(error, e.Refused)
        assert "one private answer" in str(error)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Business-Use-Case-Usage": json.dumps({"1": [{"estimated_time_to_regain_access": 19}]})}, 1140.0),
        (
            {
                "x-business-use-case-usage": json.dumps(
                    {"1": [{"estimated_time_to_regain_access": 2}], "2": [{"estimated_time_to_regain_access": "3"}]}
                )
            },
            180.0,
        ),
        ({"x-business-use-case-usage": json.dumps({"1": [{"estimated_time_to_regain_access": 99_999}]})}, 86_400.0),
        ({"x-business-use-case-usage": "nonsense"}, None),
        ({"x-business-use-case-usage": "[1]"}, None),
        ({"Retry-After": "7"}, 7.0),
        ({}, None),
    ],
)
def test_the_wait_is_told_in_minutes(headers: dict[str, str], expected: float | None) -> None:
    found = classify("Facebook", 400, headers, body(613))
    assert isinstance(found, e.RateLimited)
    assert found.retry_after_s == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-App-Usage": '{"call_count":28,"total_time":95,"total_cputime":25}'}, 95),
        ({"x-page-usage": '{"call_count":28}', "x-app-usage": '{"call_count":29}'}, 29),
        ({"x-business-use-case-usage": '{"1":[{"type":"messenger","call_count":77}],"2":[]}'}, 77),
        ({"x-app-usage": "{"}, 0),
        ({}, 0),
    ],
)
def test_the_highest_of_all_percentages_counts(headers: dict[str, str], expected: int) -> None:
    assert percent_used(headers) == expected


def test_only_trouble_at_meta_leaves_open_whether_a_message_was_sent() -> None:
    assert not certainly_refused(e.Retryable("Busy."))
    for error in (e.RateLimited("Wait."), e.Refused("No."), e.AccountNeedsLogin("Log in."), e.ConfigurationError("Set up.")):
        assert certainly_refused(error)


def test_codes_of_reports_are_known_alone() -> None:
    assert verdict_of(131047) is not None
    assert verdict_of(None) is None
    assert verdict_of(7_777_777) is None
