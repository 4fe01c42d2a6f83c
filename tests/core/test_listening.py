"""What a search looks for, read from lines, and which hits are none after all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.events import Author
from social_care.core.listening import Condition, SearchParts, Term, TermKind, misfit, read_terms
from tests.fakes import message

EVERYTHING = frozenset(Condition)


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("late", TermKind.WORDS, "late"),
        ("  lost   my bag ", TermKind.WORDS, "lost my bag"),
        ("@northwind", TermKind.MENTION, "northwind"),
        ("@ada@far.example", TermKind.MENTION, "ada@far.example"),
        ("#NW204", TermKind.HASHTAG, "NW204"),
        ("from:@ada", TermKind.AUTHOR, "ada"),
        ("FROM: ada", TermKind.AUTHOR, "ada"),
        ("#late train", TermKind.WORDS, "#late train"),
        ("from:ada late", TermKind.WORDS, "from:ada late"),
        ('a" OR "b', TermKind.WORDS, "a OR b"),
        ("“late”\x00*", TermKind.WORDS, "late"),
    ],
)
def test_a_line_is_one_term(line: str, kind: TermKind, text: str):
    assert read_terms(line) == (Term(kind=kind, text=text),)


def test_empty_lines_are_nothing():
    assert read_terms('\n  \n"""\n') == ()


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (SearchParts(all_of=read_terms("late\nflight")), ""),
        (SearchParts(all_of=read_terms("late\nbag")), "it does not have “bag”"),
        (SearchParts(all_of=read_terms("flight is")), "it does not have “flight is”"),
        (SearchParts(any_of=read_terms("bag\n#nw204")), ""),
        (SearchParts(any_of=read_terms("bag\n#nw20")), "it has none of the words"),
        (SearchParts(any_of=read_terms("from:@ADA")), ""),
        (SearchParts(any_of=read_terms("@northwind")), ""),
        (SearchParts(none_of=read_terms("@north\nfrom:@bob\nbag")), ""),
        (SearchParts(none_of=read_terms("@Northwind")), "it has “Northwind”"),
        (SearchParts(languages=("en", "pl")), ""),
        (SearchParts(languages=("pl",)), "its language is en"),
        (SearchParts(followers_at_least=12), ""),
        (SearchParts(followers_at_least=13), "its author has 12 followers"),
    ],
)
def test_what_a_hit_is_checked_for(parts: SearchParts, why: str):
    event = message("1", "@northwind My flight #NW204: LATE again", language="en-GB")
    event = replace(event, author=Author(id="1", handle="ada", followers=12))
    assert misfit(parts, EVERYTHING, event) == why
    assert misfit(parts, (), event) == "", "what the platform has checked is not checked again"


def test_what_is_unknown_does_not_fit():
    event = replace(message("1"), author=None)
    assert misfit(SearchParts(languages=("pl",)), EVERYTHING, event) == "its language is unknown"
    assert misfit(SearchParts(followers_at_least=1), EVERYTHING, event) == "its author has an unknown number of followers"
    assert misfit(SearchParts(), EVERYTHING, event) == ""
