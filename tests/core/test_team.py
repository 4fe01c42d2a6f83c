"""Initials are unique, and stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from social_care.core.team import Named, assign_initials


def initials(*names: str) -> list[str]:
    return list(assign_initials(Named(id=name + str(n), name=name) for n, name in enumerate(names)).values())


def test_from_the_name():
    assert initials("Jan Kowalski", "Ана Петровић", "Cher", "Mary Ann Smith-Jones") == ["JK", "АП", "C", "MJ"]


def test_two_of_the_same_initials():
    assert initials("Jan Kowalski", "Jo King", "Jim Kowal", "Jan Kowalski") == ["JK", "JKI", "JKO", "JKOW"]


def test_those_set_by_hand_go_first():
    people = [Named(id="a", name="Jan Kowalski"), Named(id="b", name="Bo Ek", chosen="JK")]
    assert assign_initials(people) == {"b": "JK", "a": "JKO"}


@given(st.lists(st.text(max_size=12), max_size=30))
def test_unique_whatever_people_are_called(names):
    people = [Named(id=f"user{n}", name=name) for n, name in enumerate(names)]
    found = assign_initials(people)
    assert len({one.casefold() for one in found.values()}) == len(people), found
    assert all(found.values())


@given(st.lists(st.text(max_size=8), max_size=15), st.integers(0, 15))
def test_who_comes_later_changes_nobodys(names, until):
    people = [Named(id=f"user{n}", name=name) for n, name in enumerate(names)]
    before = assign_initials(people[:until])
    after = assign_initials(people)
    assert {one: after[one] for one in before} == before
