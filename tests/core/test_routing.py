"""The team's rules: which words fit, and which rule decides."""

import pytest

from social_care.core.events import Audience
from social_care.core.routing import Facts, RoutingRule, Verdict, first_match, has_word


def facts(text="My flight is late", **more):
    return Facts(**{"platform": "x", "account": "A", "audience": Audience.PUBLIC, "text": text, **more})


@pytest.mark.parametrize(
    ("text", "word", "fits"),
    [
        ("Where is my REFUND?", "refund", True),
        ("refunds take weeks", "refund", False),
        ("refunds take weeks", "refund*", True),
        ("prerefund", "refund*", False),
        ("Mój lot jest OPÓŹNIONY!", "opóźni*", True),
        ("Кашњење лета", "кашњење", True),
        ("my lost\n  bag", "lost bag", True),
        ("my lost old bag", "lost bag", False),
        ("100% (sure)", "(sure)", True),
        ("anything", "", False),
        ("anything", "*", False),
        ("#delayed again", "#delayed", True),
    ],
)
def test_words(text, word, fits):
    assert has_word(text, (word,)) is fits, f"{word!r} in {text!r}"


@pytest.mark.parametrize(
    ("condition", "fits", "does_not"),
    [
        ({"platform": "x"}, {}, {"platform": "facebook"}),
        ({"account": "A"}, {}, {"account": "B"}),
        ({"audience": Audience.PRIVATE}, {"audience": Audience.PRIVATE}, {}),
        ({"languages": frozenset({"pl"})}, {"language": "pl-PL"}, {}),
        ({"lists": frozenset({"vip"})}, {"lists": frozenset({"vip", "old"})}, {"lists": frozenset({"press"})}),
        ({"followers_at_least": 100}, {"followers": 100}, {"followers": None}),
        ({"words": ("late",)}, {}, {"text": "lately"}),
        ({"without_words": ("joke", "late")}, {"text": "lost"}, {}),
    ],
)
def test_each_condition_must_hold(condition, fits, does_not):
    rule = RoutingRule(name="r", **condition)
    assert rule.fits(facts(**fits))
    assert not rule.fits(facts(**does_not))


def test_the_first_that_fits_decides():
    rules = [RoutingRule(name="never", words=("zebra",)), RoutingRule(name="one"), RoutingRule(name="two")]
    assert first_match(rules, facts()) is rules[1]
    assert first_match(rules[:1], facts()) is None


def test_the_explanation_says_which_and_why():
    rule = RoutingRule(name="Jobs", verdict=Verdict.IGNORE, reason="applications go elsewhere")
    assert rule.explanation() == "Ignored by the rule “Jobs”: applications go elsewhere"
