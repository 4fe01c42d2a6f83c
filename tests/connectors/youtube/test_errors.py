"""Every refusal that YouTube and Google document leads to what has to happen next."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from social_care.connectors.youtube.errors import REASONS, classify, used_up
from social_care.core import errors as e


def body(reason: str, code: int = 403, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": "Vendor text", "errors": [{"reason": reason, "message": "Vendor"}], **more}}


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (401, "authError", e.AccountNeedsLogin),
        (401, "authorizationRequired", e.AccountNeedsLogin),
        (401, "youtubeSignupRequired", e.ConfigurationError),
        (403, "authenticatedUserAccountSuspended", e.AccountNeedsLogin),
        (403, "channelSuspended", e.AccountNeedsLogin),
        (403, "ineligibleAccount", e.ConfigurationError),
        (403, "accessNotConfigured", e.ConfigurationError),
        (403, "insufficientPermissions", e.ConfigurationError),
        (403, "quotaExceeded", e.RateLimited),
        (403, "dailyLimitExceeded", e.RateLimited),
        (403, "rateLimitExceeded", e.RateLimited),
        (403, "userRateLimitExceeded", e.RateLimited),
        (429, "rateLimitExceeded", e.RateLimited),
        (403, "commentsDisabled", e.NotAllowed),
        (403, "forbidden", e.NotAllowed),
        (403, "something new", e.NotAllowed),
        (403, "SERVICE_UNAVAILABLE", e.NotAllowed),
        (400, "operationNotSupported", e.NotAllowed),
        (400, "parentCommentIsPrivate", e.NotAllowed),
        (400, "processingFailure", e.Refused),
        (400, "commentTextTooLong", e.Refused),
        (400, "commentTextRequired", e.Refused),
        (400, "invalidPageToken", e.Refused),
        (400, "keyInvalid", e.ConfigurationError),
        (404, "commentNotFound", e.TargetGone),
        (404, "parentCommentNotFound", e.TargetGone),
        (404, "videoNotFound", e.TargetGone),
        (404, "channelNotFound", e.ConfigurationError),
        (500, "backendError", e.Retryable),
        (503, "quotaExceeded", e.Retryable),
    ],
)
def test_a_reason_decides(status: int, reason: str, kind: type[Exception]) -> None:
    error = classify(status, {}, body(reason, status))
    assert type(error) is kind
    assert "Vendor" not in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_grant", e.AccountNeedsLogin),
        ("invalid_client", e.ConfigurationError),
        ("unauthorized_client", e.ConfigurationError),
        ("invalid_scope", e.ConfigurationError),
        ("temporarily_unavailable", e.Refused),
    ],
)
def test_oauth_names_its_errors_in_one_word(code: str, kind: type[Exception]) -> None:
    assert type(classify(400, {}, {"error": code, "error_description": "Vendor"})) is kind


def test_the_gateways_details_count_too() -> None:
    told = {
        "error": {"code": 403, "status": "PERMISSION_DENIED", "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}
    }
    assert isinstance(classify(403, {}, told), e.ConfigurationError)
    daily = {
        "error": {
            "code": 429,
            "details": [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "defaultPerDayPerProject"}}],
        }
    }
    minute = {
        "error": {
            "code": 429,
            "details": [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "defaultPerMinutePerProject"}}],
        }
    }
    assert used_up(429, daily)
    assert not used_up(429, minute)


def test_a_client_that_google_does_not_know_is_named_as_the_trouble() -> None:
    assert "client id" in str(classify(401, {}, {"error": "invalid_client"}))
    assert "return address" in str(classify(400, {}, {"error": "redirect_uri_mismatch"}))


def test_a_used_up_day_ends_at_midnight_in_california_by_youtubes_own_clock() -> None:
    wrong = datetime(2027, 1, 1, tzinfo=timezone.utc).timestamp()
    error = classify(403, {"Date": "Fri, 20 Nov 2026 07:00:00 GMT"}, body("quotaExceeded"), now=wrong)
    assert isinstance(error, e.RateLimited)
    assert error.retry_after_s == 3600


def test_a_short_limit_waits_as_long_as_youtube_says() -> None:
    for given, wait_s in (("30", 30.0), ("x", None), ("0", 1.0), ("999999", 86_400.0)):
        error = classify(429, {"Retry-After": given}, None)
        assert isinstance(error, e.RateLimited)
        assert error.retry_after_s == wait_s


def test_every_sentence_is_one() -> None:
    for kind, sentence in REASONS.values():
        assert issubclass(kind, e.SocialCareError)
        assert sentence.endswith(".")
