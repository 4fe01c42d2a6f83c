"""A post that X indexes late is still seen: young cursors reach back a little, old ones do not."""

from datetime import datetime, timedelta, timezone

import pytest

from social_care.connectors.x.cursor import EPOCH_MS, TIME_BITS, with_overlap

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
OVERLAP = timedelta(seconds=90)


def id_of(moment: datetime) -> str:
    return str((int(moment.timestamp() * 1000) - EPOCH_MS) << TIME_BITS)


@pytest.mark.parametrize("age_s", [0, 30, 299])
def test_a_young_cursor_reaches_back(age_s):
    newest = NOW - timedelta(seconds=age_s)
    assert with_overlap(id_of(newest), NOW, OVERLAP) == id_of(newest - OVERLAP)


@pytest.mark.parametrize("age_s", [301, 86_400])
def test_an_old_cursor_stands(age_s):
    since = id_of(NOW - timedelta(seconds=age_s))
    assert with_overlap(since, NOW, OVERLAP) == since


@pytest.mark.parametrize("since", ["5001", "1", "not a number"])
def test_odd_ids_stay_ids(since):
    assert with_overlap(since, NOW, OVERLAP) == since
