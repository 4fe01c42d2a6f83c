"""Only what is new is kept of a listing, with the frame it stands in."""

from __future__ import annotations

from typing import Any

import pytest

from social_care.connectors.meta.listing import keep_new

SINCE = 1_788_256_800.0  # 2026-09-01T10:00:00Z
NEW, OLD = "2026-09-01T10:00:00+0000", "2026-09-01T09:59:59+0000"


def at(identity: str, when: str | None, **more: Any) -> dict[str, Any]:
    return {"id": identity, **({"created_time": when} if when else {}), **more}


@pytest.mark.parametrize(
    ("node", "kept", "count"),
    [
        (at("1", NEW, message="a"), at("1", NEW, message="a"), 1),
        (at("1", OLD, message="a"), None, 0),
        (at("1", None, message="a"), at("1", None, message="a"), 1),
        (
            at("1", OLD, message="old post", comments={"data": [at("2", NEW), at("3", OLD)], "paging": {"next": "token"}}),
            {"id": "1", "comments": {"data": [at("2", NEW)]}},
            1,
        ),
        (at("1", OLD, comments={"data": [at("3", OLD)]}), None, 0),
        (
            {"id": "t", "updated_time": OLD, "participants": {}, "messages": {"data": [at("m", NEW), at("n", OLD)]}},
            {"id": "t", "participants": {}, "messages": {"data": [at("m", NEW)]}},
            1,
        ),
        ({"id": "t", "updated_time": NEW, "participants": {}, "messages": {"data": [at("n", OLD)]}}, None, 0),
        (
            {"id": "1", "timestamp": NEW, "comments": {"data": [{"id": "2", "timestamp": OLD}]}},
            {"id": "1", "timestamp": NEW, "comments": {"data": []}},
            1,
        ),
        (
            {"id": "1", "comments": {"data": [at("2", OLD, replies={"data": [at("3", NEW)]})]}},
            {"id": "1", "comments": {"data": [at("2", OLD, replies={"data": [at("3", NEW)]})]}},
            1,
        ),
    ],
)
def test_only_what_is_new_is_kept(node: dict[str, Any], kept: dict[str, Any] | None, count: int) -> None:
    listed = {"data": [node, 7], "paging": {"next": "https://x?access_token=SECRET"}}
    assert keep_new(listed, SINCE, SINCE) == ({"data": [kept] if kept else []}, count)
    assert keep_new(node, SINCE, SINCE) == (kept or {"data": []}, count)
