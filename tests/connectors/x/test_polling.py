"""Polling X: chains of pages, cursors, costs. The network is a double; nothing sleeps."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import responses

from social_care.core import errors as e
from tests.connectors.x.office import ACCOUNT, API, US, connect


def page(ids: list[int], token: str | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"meta": {"result_count": len(ids), **({"next_token": token} if token else {})}, **more}
    return found | ({"data": [{"id": str(one), "text": "t"} for one in ids]} if ids else {})


def test_the_first_poll_reaches_back_a_day_only(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([]))
    connect().fetch("mentions", "")
    asked = x.calls[0].request.params
    assert asked["start_time"] == "2026-08-31T12:00:00Z"
    assert "since_id" not in asked
    assert "note_tweet" in asked["tweet.fields"]
    assert "receives_your_dm" in asked["user.fields"]


def test_a_chain_moves_its_beginning_only_when_it_is_finished(x: responses.RequestsMock) -> None:
    url = f"{API}/2/users/{US}/mentions"
    x.get(url, json=page([90, 80], "t1"))
    x.get(url, json=page([70, 60], "t2"))
    x.get(url, json=page([]))
    old = json.dumps({"since": "50"})
    first = connect().fetch("mentions", old)
    second = connect().fetch("mentions", first.cursor)
    third = connect().fetch("mentions", second.cursor)
    assert [one.more for one in (first, second, third)] == [True, True, False]
    assert [json.loads(one.cursor).get("since") for one in (first, second, third)] == ["50", "50", "90"]
    assert [call.request.params.get("pagination_token") for call in x.calls] == [None, "t1", "t2"]
    assert {call.request.params["since_id"] for call in x.calls} == {"50"}


def test_ids_are_compared_as_numbers(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([9, 100, 20]))
    assert json.loads(connect().fetch("mentions", "").cursor)["since"] == "100"


def test_a_page_without_news_keeps_the_beginning(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([]))
    found = connect().fetch("mentions", json.dumps({"since": "50"}))
    assert json.loads(found.cursor)["since"] == "50"
    assert (found.more, found.count, found.cost) == (False, 0, Decimal(0))


def test_a_quiet_account_never_falls_behind(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([]))
    found = json.loads(connect().fetch("mentions", "").cursor)
    assert found["start"] == "2026-09-01T11:55:00Z"


def test_a_token_that_ran_out_restarts_the_chain(x: responses.RequestsMock) -> None:
    url = f"{API}/2/users/{US}/mentions"
    x.get(url, status=400, json={"type": "https://api.x.com/2/problems/invalid-request"})
    x.get(url, json=page([90]))
    cursor = json.dumps({"since": "50", "next": "old", "newest": "95", "seen": ["old"]})
    found = connect().fetch("mentions", cursor)
    assert "pagination_token" not in x.calls[1].request.params
    assert x.calls[1].request.params["since_id"] == "50"
    assert json.loads(found.cursor)["since"] == "95"


@pytest.mark.parametrize("seen", [["t1"], ["t1", "t2"]])
def test_a_repeated_token_ends_the_visit_and_loses_nothing(x: responses.RequestsMock, seen: list[str]) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([90], "t1"))
    cursor = json.dumps({"since": "50", "next": seen[-1], "newest": "95", "seen": seen})
    found = connect().fetch("mentions", cursor)
    assert not found.more
    assert json.loads(found.cursor) == {"since": "50", "newest": "95", "restarts": 1, "day": "2026-09-01"}


def test_a_chain_that_always_repeats_itself_is_ended_some_time(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([90], "t1"))
    cursor, calls = json.dumps({"since": "50"}), 0
    while json.loads(cursor)["since"] == "50":
        cursor = connect().fetch("mentions", cursor).cursor
        calls += 1
        assert calls < 20, "the account never sees anything newer"
    assert json.loads(cursor)["since"] == "90"


def test_an_id_too_old_for_search_starts_at_its_reach(x: responses.RequestsMock) -> None:
    url = f"{API}/2/tweets/search/recent"
    x.get(url, status=400, json={})
    x.get(url, json=page([]))
    found = connect().fetch("search:brand", json.dumps({"since": "50"}))
    asked = x.calls[1].request.params
    assert asked["start_time"] == "2026-08-25T12:05:00Z"
    assert "since_id" not in asked
    assert json.loads(found.cursor)["since"] == "50"


def test_a_bad_query_is_refused_and_stops_nothing_else(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/tweets/search/recent", status=400, json={})
    with pytest.raises(e.Refused, match="query"):
        connect().fetch("search:brand", "")
    with pytest.raises(e.Refused, match="no search"):
        connect().fetch("search:other", "")


def test_direct_messages_stop_at_what_is_known(x: responses.RequestsMock) -> None:
    url = f"{API}/2/dm_events"
    x.get(url, json=page([90, 80], "t1"))
    x.get(url, json=page([70, 50, 40], "t2"))
    first = connect().fetch("direct_messages", json.dumps({"since": "50"}))
    assert first.more
    second = connect().fetch("direct_messages", first.cursor)
    assert not second.more
    assert json.loads(second.cursor)["since"] == "90"


def test_the_first_poll_of_direct_messages_stops_at_the_back_fill(x: responses.RequestsMock) -> None:
    body = page([90, 80], "t1")
    body["data"][1]["created_at"] = "2026-08-30T00:00:00.000Z"
    x.get(f"{API}/2/dm_events", json=body)
    assert not connect().fetch("direct_messages", "").more


@pytest.mark.parametrize("body", ["{half", "[]", "7", ""])
def test_an_unreadable_page_moves_nothing(x: responses.RequestsMock, body: str) -> None:
    x.get(f"{API}/2/users/{US}/mentions", body=body)
    with pytest.raises(e.Retryable):
        connect().fetch("mentions", "")


def test_an_unreadable_cursor_begins_anew(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/{US}/mentions", json=page([5]))
    assert json.loads(connect().fetch("mentions", '{"since": [1], "next": 7, "seen": 3').cursor)["since"] == "5"


def test_pages_tell_their_cost(x: responses.RequestsMock) -> None:
    users = {"users": [{"id": "1"}], "tweets": [{"id": "2"}]}
    x.get(f"{API}/2/users/{US}/mentions", json=page([9, 8], includes=users))
    x.get(f"{API}/2/dm_events", json=page([9, 8, 7]))
    assert connect().fetch("mentions", "").cost == Decimal("0.025")
    cheap = replace(ACCOUNT, options={"x_owned_reads": "1", "x_bill_expansions": "0"})
    assert connect(account=cheap).fetch("mentions", "").cost == Decimal("0.002")
    first = connect().fetch("direct_messages", "")
    assert first.cost == Decimal("0.030")
    assert connect().fetch("direct_messages", first.cursor).cost == 0, "X charges once a UTC day for the same message"
