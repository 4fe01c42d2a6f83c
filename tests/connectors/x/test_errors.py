"""Every refusal X documents leads to what has to happen next."""

from __future__ import annotations

import pytest

from social_care.connectors.x.errors import CODES, DETAILS, PROBLEMS, STATUSES, classify
from social_care.core import errors as e

NOW = 1_665_183_000.0
TYPE = "https://api.x.com/2/problems/"


def problem(slug: str, host: str = "https://api.x.com") -> dict[str, object]:
    return {"type": f"{host}/2/problems/{slug}", "title": "t", "detail": "vendor words 12345"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, problem("invalid-request"), e.Refused),
        (400, {}, e.Refused),
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}, e.AccountNeedsLogin),
        (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, e.AccountNeedsLogin),
        (402, {"title": "CreditsDepleted", "type": TYPE + "credits"}, e.OutOfCredit),
        (402, None, e.OutOfCredit),
        (403, {"detail": "You are not allowed to create a Tweet with duplicate content.", "type": "about:blank"}, e.Refused),
        (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, e.Refused),
        (403, {"detail": "You can only reply to or quote posts where you are mentioned or are the author."}, e.NotAllowed),
        (403, {"detail": "You do not have permission to DM one or more participants."}, e.NotAllowed),
        (403, {"detail": "You attempted to reply to a Tweet that is deleted or not visible to you."}, e.TargetGone),
        (403, {"detail": "ganz andere Worte"}, e.NotAllowed),
        (403, problem("client-forbidden"), e.ConfigurationError),
        (403, problem("unsupported-authentication", "https://api.twitter.com"), e.ConfigurationError),
        (403, {"errors": [{"code": 261}]}, e.ConfigurationError),
        (403, {"errors": [{"code": 326}]}, e.AccountNeedsLogin),
        (403, {"errors": [{"code": 64}]}, e.AccountNeedsLogin),
        (403, {"errors": [{"code": 433}]}, e.NotAllowed),
        (403, {"errors": [{"code": 385}]}, e.TargetGone),
        (403, {"errors": [{"code": "349"}]}, e.NotAllowed),
        (403, {"code": 87, "message": "Client is not permitted"}, e.ConfigurationError),
        (404, problem("resource-not-found"), e.TargetGone),
        (404, None, e.TargetGone),
        (429, {"errors": [{"code": 88}]}, e.RateLimited),
        (429, problem("usage-capped"), e.OutOfCredit),
        (429, {**problem("usage-capped"), "period": "Daily"}, e.RateLimited),
        (418, "not even an object", e.Refused),
        (302, None, e.Retryable),
        (500, [], e.Retryable),
        (503, {"errors": [{"code": 187}]}, e.Retryable),
    ],
)
def test_a_refusal_becomes_what_has_to_happen_next(status: int, body: object, expected: type) -> None:
    found = classify(status, {}, body, now=NOW)
    assert type(found) is expected, f"{status} {body} became {found!r}"


def test_a_success_is_no_error_whatever_its_body_says() -> None:
    assert classify(200, {}, {"errors": [{"code": 88}]}) is None
    assert classify(201, {}, None) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Rate-Limit-Reset": "1665183228"}, 228.0),
        ({"x-rate-limit-reset": "1665182000"}, 1.0),
        ({"x-rate-limit-reset": "99999999999999"}, 86_400.0),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"retry-after": "30"}, 30.0),
        ({}, None),
        (
            {
                "x-rate-limit-reset": "1665183228",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": "1665190000",
            },
            7000.0,
        ),
    ],
)
def test_the_wait_is_until_xs_own_reset_time(headers: dict[str, str], expected: float | None) -> None:
    found = classify(429, headers, None, now=NOW)
    assert isinstance(found, e.RateLimited)
    assert found.retry_after_s == expected


def test_sentences_are_for_people() -> None:
    tables = [*CODES.values(), *PROBLEMS.values(), *STATUSES.values(), *(verdict for _, verdict in DETAILS)]
    for kind, sentence in tables:
        assert issubclass(kind, e.SocialCareError)
        assert sentence.endswith("."), sentence
        assert "_" not in sentence, f"{sentence} is not for people"
    shown = str(classify(402, {}, {"account_id": 2051096097834344448, "detail": "account [2051096097834344448]"}))
    assert "2051096097834344448" not in shown, "an id of an account is shown to agents"
