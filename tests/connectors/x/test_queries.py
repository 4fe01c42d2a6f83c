"""X's search language, written from the parts of a search; the sandbox reads it as X documents it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.connectors.x.queries import build_query
from social_care.core.errors import Refused
from social_care.core.listening import Condition, SearchParts, read_terms
from social_care.sandbox.x import XSandbox
from social_care.sandbox.x.search import parse_query
from tests.connectors.x.office import ACCOUNT


def query(**parts: object) -> str:
    given = {key: read_terms(value) if isinstance(value, str) else value for key, value in parts.items()}
    return build_query(SearchParts(**given), ACCOUNT).query  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"all_of": "late\nlost bag"}, 'late "lost bag" -is:retweet'),
        ({"any_of": "late"}, "late -is:retweet"),
        ({"any_of": "late\n#nw204\n@northwind\nfrom:ada"}, "(late OR #nw204 OR @northwind OR from:ada) -is:retweet"),
        (
            {"all_of": "nw204", "any_of": "late\nlost", "none_of": "job\nwe are hiring\nfrom:northwind"},
            'nw204 (late OR lost) -job -"we are hiring" -from:northwind -is:retweet',
        ),
        ({"all_of": "late", "languages": ("pl",)}, "late lang:pl -is:retweet"),
        ({"all_of": "late", "languages": ("pl", "sr"), "without_reposts": False}, "late (lang:pl OR lang:sr)"),
        ({"all_of": "OR\nlang:pl\n-late\n(late)"}, '"OR" "lang:pl" "-late" "(late)" -is:retweet'),
        ({"all_of": 'late" OR "everything'}, '"late OR everything" -is:retweet'),
        ({"all_of": "zażalenie\n✈"}, 'zażalenie "✈" -is:retweet'),
    ],
)
def test_parts_become_a_query(parts: dict[str, object], expected: str):
    assert query(**parts) == expected


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"none_of": "late"}, "needs a word"),
        ({"all_of": "@ada@far.example"}, "no handle of X"),
        ({"all_of": "from:much.too.long.a.handle"}, "no handle of X"),
        ({"all_of": "!?"}, "no letters"),
        ({"any_of": "\n".join(f"word{number}" for number in range(100))}, "X takes 512"),
    ],
)
def test_what_x_cannot_look_for_is_refused(parts: dict[str, object], why: str):
    with pytest.raises(Refused, match=why):
        query(**parts)


def test_enterprise_takes_longer_queries():
    enterprise = replace(ACCOUNT, options={"x_reply_rule": "Enterprise"})
    words = read_terms("\n".join(f"word{number}" for number in range(100)))
    assert len(build_query(SearchParts(any_of=words), enterprise).query) > 512


def test_followers_are_checked_after_fetching():
    assert build_query(SearchParts(all_of=read_terms("late")), ACCOUNT).left == {Condition.FOLLOWERS}


def test_the_sandbox_finds_what_is_meant():
    with XSandbox() as x:
        x.add_user("northwind", "Northwind Air")
        x.add_user("ada", "Ada Osei")
        found = x.post("ada", "@northwind the OR train was late, lost bag")
        others = [x.post("ada", text) for text in ("late bag lost OR", "OR lost bag", "everything OR late, lost bag hiring")]
        fits = parse_query(x.state, query(all_of="OR\nlost bag\nlate", none_of='"hiring" OR "x"\nhiring'))
        assert [fits(post) for post in (found, *others)] == [True, False, False, False]
