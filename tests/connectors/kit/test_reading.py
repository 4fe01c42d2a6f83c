"""Reading JSON of strangers: no value makes a reader fail."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.connectors.kit import reading
from social_care.core.errors import UnreadablePayload

ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.lists(st.integers())
    | st.just({"a": 1})
)
READERS = (
    reading.mapping,
    reading.items,
    reading.text,
    reading.identifier,
    reading.number,
    reading.flag,
    reading.moment,
    reading.moment_from_ms,
)


@given(ANYTHING)
def test_no_reader_raises(value: object) -> None:
    for reader in READERS:
        reader(value)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("5", 7), "5"),
        ((None, 7), "7"),
        ((True, "", " 8 "), "8"),
        ((1.5, -1, "x" * 141), ""),
        ((10**39,), str(10**39)),
        ((10**5000,), ""),
        (("a\ud800",), "a\ufffd"),
    ],
)
def test_ids_are_text(values: tuple[object, ...], expected: str) -> None:
    assert reading.identifier(*values) == expected


@pytest.mark.parametrize(("identity", "expected"), [("12", 12), ("", -1), ("a1", -1), ("٣", -1), ("9" * 200, -1)])
def test_ids_are_compared_as_numbers(identity: str, expected: int) -> None:
    assert reading.rank(identity) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-09-01T10:00:00.000Z", datetime(2026, 9, 1, 10, tzinfo=timezone.utc)),
        ("2026-09-01T10:00:00+02:00", datetime(2026, 9, 1, 8, tzinfo=timezone.utc)),
        ("2026-09-01T10:00:00", datetime(2026, 9, 1, 10, tzinfo=timezone.utc)),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
    ],
)
def test_times_are_utc(value: str, expected: datetime | None) -> None:
    assert reading.moment(value) == expected


@pytest.mark.parametrize("value", ["1788256800000", 1788256800000])
def test_milliseconds_are_text_or_numbers(value: object) -> None:
    assert reading.moment_from_ms(value) == datetime(2026, 9, 1, 10, tzinfo=timezone.utc)
    assert reading.moment_from_ms(10**19) is None


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        reading.load_json(raw)
