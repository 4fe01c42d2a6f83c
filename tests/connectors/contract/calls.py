"""What calls cost, and what their failures mean."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from social_care.core.accounts import Account
from social_care.core.errors import RateLimited, SocialCareError
from social_care.core.ports import CountsUnits
from tests.connectors.contract.proof import Proof, connected

STATUSES = [302, 400, 401, 402, 403, 404, 408, 409, 410, 413, 418, 422, 429, 500, 502, 503, 504, 599]
BODIES: list[object] = [None, "", "words", [], [1], {}, {"errors": 7}, {"errors": [None, 7, {"code": "x"}]}, {"error": "x"}]


class FullMeter:
    """A meter of an app that has used all of its units."""

    WHEN = "nine o'clock"

    def add_units(self, pool: str, day: str, units: int) -> int:
        assert pool.strip(":")
        assert day
        return 10**9

    def local_time(self, when: datetime) -> str:
        return self.WHEN


class CallsPromises:
    """Units of a day, errors as sentences."""

    def test_units_are_refused_before_they_are_used(self, proof: Proof, account: Account) -> None:
        connection = connected(proof, account, proof.connector.required_credentials[0])
        connection.close()
        if not isinstance(connection, CountsUnits):
            pytest.skip(f"{proof.connector.title} does not count calls")
        full = FullMeter()
        connection.count_with(full)
        today = connection.allowance()
        assert today.left == today.spare == 0
        assert 0 < (today.resets_at - datetime.now(timezone.utc)).total_seconds() <= 25 * 3600
        with pytest.raises(RateLimited) as refused:
            connection.fetch(proof.connector.capabilities.feeds[0], "")
        assert refused.value.retry_after_s is not None
        assert FullMeter.WHEN in str(refused.value), "people want to know until when, in their own time"

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_means_something(self, proof: Proof, status: int) -> None:
        for body in BODIES:
            for headers in ({}, {"retry-after": "x"}, {"Retry-After": "5"}):
                error = proof.connector.classify(status, headers, body)
                assert isinstance(error, SocialCareError), f"{status} {body} is no error"
                assert str(error).endswith("."), "an agent reads this: it has to be a sentence"

    def test_a_success_is_no_error(self, proof: Proof) -> None:
        assert proof.connector.classify(200, {}, {}) is None
        assert proof.connector.classify(201, {}, None) is None
