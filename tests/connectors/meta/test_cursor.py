"""A visit through several lists: nothing between two visits is skipped, and nothing makes it go round for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.connectors.meta.cursor import Cursor, Step

FIRST = (Step(kind="feed"), Step(kind="tagged"))


def test_a_visit_moves_its_beginning_only_when_all_lists_are_read() -> None:
    cursor = Cursor(since=50).begun(100, FIRST)
    seen = []
    for token, more in (("t1", ()), ("", (Step(kind="comments", of="p", after="c1"),)), ("", ()), ("c2", ()), ("", ())):
        seen.append((cursor.steps[0].kind, cursor.steps[0].after, cursor.since))
        cursor = Cursor.read(cursor.after(token, more).dump()).begun(200, FIRST) if cursor.steps else cursor
    assert seen == [("feed", "", 50), ("feed", "t1", 50), ("tagged", "", 50), ("comments", "c1", 50), ("comments", "c2", 50)]
    assert cursor.since == 100, "the beginning of the visit, not its end: what came meanwhile is new"


def test_a_list_that_repeats_itself_ends_and_is_read_again_some_times() -> None:
    cursor, visits = Cursor(since=50), 0
    while cursor.since == 50:
        cursor = cursor.begun(100, [Step(kind="feed")])
        for _ in range(10):
            if not cursor.steps:
                break
            cursor = cursor.after("t1")
        visits += 1
        assert visits < 9, "it goes round for ever"
    assert visits == 4
    assert cursor == Cursor(since=100)


def test_the_same_list_is_not_queued_twice() -> None:
    more = Step(kind="comments", of="p", after="c1")
    cursor = Cursor().begun(1, FIRST).after("", [more])
    assert cursor.after("", [more]).steps == (more,)


@pytest.mark.parametrize("stored", ["", "x", "[]", "7", '{"steps": [[1]]}', '{"since": "x", "steps": 7}'])
def test_a_text_that_is_no_cursor_begins_anew(stored: str) -> None:
    assert Cursor.read(stored) == Cursor()


@given(st.text(), st.integers(0, 10**10))
def test_any_cursor_survives_storing(token: str, since: int) -> None:
    cursor = Cursor(since=since, started=1, steps=(Step(kind="feed", after=token),), seen=("a",), broken=True, restarts=2)
    assert Cursor.read(cursor.dump()) == cursor
