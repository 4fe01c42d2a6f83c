"""What is told of a message, and why."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from social_care.core.events import Author
from social_care.core.insight import InsightOptions, Reason, Sentiment, Spam, make_text_key
from social_care.insight import reader as room
from social_care.insight.language import name_language
from social_care.insight.reader import Reader
from social_care.insight.sentiment import name_sentiment
from social_care.wiring import load_insight
from tests.fakes import message
from tests.insight.measure import NONE, held_out, samples, topic

ALL = Reader(InsightOptions(urgent_words=("recall*", "Zimt"), urgent_followers=10_000))


def share(right: list[bool]) -> float:
    return sum(right) / len(right)


@pytest.fixture(scope="module")
def told():
    return [(one, ALL.read(one.message)) for one in samples()]


# --- as good as the documents say -----------------------------------------------------------------------------------
def test_languages_of_short_texts(told):
    right = [(reading.language or NONE) == one.language for one, reading in told]
    assert len(right) >= 120
    assert share(right) >= 0.94
    wrong = [one.text for one, reading in told if reading.language and one.language == NONE]
    assert not wrong, f"a language was guessed of {wrong}"


@pytest.mark.parametrize(("language", "least"), [("en", 0.68), ("pl", 0.93)])
def test_sentiment_of_the_samples(told, language, least):
    right = [reading.sentiment.value == one.sentiment for one, reading in told if one.language == language]
    assert share(right) >= least, f"{share(right):.2f} of the {language} texts"


def test_sentiment_without_a_model_is_unknown_but_for_emoji(told):
    for one, reading in told:
        if reading.language[:2] not in ("en", "pl") and reading.sentiment is not Sentiment.UNKNOWN:
            assert "emoji" in one.traits, f"a sentiment was guessed of {one.text!r} in {reading.language!r}"


def test_urgency_of_the_samples(told):
    assert share([topic(reading) == one.urgency for one, reading in told]) >= 0.97


def test_spam_of_the_samples(told):
    for one, reading in told:
        assert bool(reading.spam.value) == ("spam" in one.traits), one.text


# --- language -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "tag", "language", "why"),
    [
        ("Where is my parcel?", "en-GB", "en-GB", "platform"),
        ("ok", "nb", "nb", "platform"),
        ("Где моја торба, чекам већ недељу дана", "en", "sr", "text"),
        ("Where is my parcel?", "und", "en", "text"),
        ("Where is my parcel?", "qme", "en", "text"),
        ("Where is my parcel?", "English!", "en", "text"),
        ("Where is my parcel?", None, "en", "text"),
        ("返品はどうすればいいですか。", "pl", "ja", "text"),
        ("@northwind #help https://example.com/where-is-the-parcel", None, "", ""),
        ("", None, "", ""),
        ("12345 😡", None, "", ""),
    ],
)
def test_the_platform_is_believed_where_it_can_be_right(text, tag, language, why):
    assert name_language(text, tag) == (language, why)


# --- sentiment ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "language", "sentiment"),
    [
        ("Great service, thank you!", "en", "positive"),
        ("Not good at all.", "en", "negative"),
        ("Great 🙄", "en", "neutral"),
        ("świetna obsługa", "pl-PL", "positive"),
        ("nie jestem zadowolona", "pl", "negative"),
        ("Dzień dobry, mam pytanie", "pl", "neutral"),
        ("niemiła pani", "pl", "negative"),
        ("nieprofesjonalna obsługa", "pl", "negative"),
        ("super jedzenie, ale fatalna obsługa", "pl", "negative"),
        ("FATALNIE!!!", "pl", "negative"),
        ("užasno", "sr", ""),
        ("divno ❤️", "sr", "positive"),
        ("🤷", "sr", ""),
        ("👎👍", "", "neutral"),
    ],
)
def test_sentiment(text, language, sentiment):
    assert name_sentiment(text, language)[0].value == sentiment


def test_intensifiers_count():
    from social_care.insight.polish import mood

    assert mood("bardzo dobra kawa")[0] > mood("dobra kawa")[0] > mood("trochę dobra kawa")[0] > 0
    assert mood("") == (None, "")


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Brawo, kolejny raz odwołaliście lot", "negative"),
        ("Gratulacje, polecam!", "positive"),
        ("Nie dosłali faktury. Żenada.", "negative"),
        ("Nie, jestem zadowolony", "positive"),
        ("Nigdy się na was nie zawiodłam", "positive"),
        ("drugi tydzień czekam i nikt do mnie nie oddzwonił", "negative"),
        ("Jak złożyć reklamację?", "neutral"),
        ("Spokojnej nocy z supermarketu", ""),
        ("Zielony stolik", ""),
        ("Pyszna zupa, okropny kelner", ""),
        ("zielony stolik 😡", "negative"),
    ],
)
def test_polish_is_told_where_it_can_be(text, sentiment):
    assert name_sentiment(text, "pl")[0].value == sentiment


def test_polish_texts_held_out():
    told = [(mood, name_sentiment(text, "pl")[0].value) for mood, text in held_out()]
    assert share([mood == said for mood, said in told]) >= 0.9
    assert share([bool(said) and mood != said for mood, said in told]) <= 0.05, "guessed instead of saying unknown"


# --- urgency --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "why", "detail"),
    [
        ("You will hear from my LAWYERS.", "legal", "LAWYERS"),
        ("The plug caught\nfire!", "safety", "caught fire"),
        ("Может, тужба?", "legal", "тужба"),
        ("Мој адвокат ће вам писати", "legal", "адвокат"),
        ("tuzba ce stici", "legal", "tuzba"),
        ("Zgłoszę to na policję", "legal", "policję"),
        ("bylem w szpitalu", "safety", "szpitalu"),
        ("Is there an outage?", "outage", "outage"),
        ("I am a journalist", "press", "journalist"),
        ("About the RECALLED cars", "team", "RECALLED"),
        ("zuviel zimt", "team", "zimt"),
    ],
)
def test_urgent_with_the_words_as_they_were_written(text, why, detail):
    reading = ALL.read(message("1", text))
    assert reading.urgent
    assert Reason("urgency", why, detail) in reading.reasons


@pytest.mark.parametrize("text", ["", "I am sad", "Zimtsterne", "the suitcase", "Where is my parcel?", "good sound"])
def test_not_urgent(text):
    assert not ALL.read(message("1", text)).urgent


@pytest.mark.parametrize(("followers", "urgent"), [(None, False), (9_999, False), (10_000, True)])
def test_many_followers_are_urgent(followers, urgent):
    event = replace(message("1"), author=Author(id="c1", followers=followers))
    assert ALL.read(event).urgent is urgent
    assert not Reader(InsightOptions()).read(event).urgent, "nobody asked for followers"


# --- spam -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "more", "same_text", "spam", "signs"),
    [
        ("My bag is lost", {}, 0, Spam.NONE, []),
        ("My bag is lost", {"handle": "ann12345678", "followers": 0}, 2, Spam.NONE, []),
        ("My bag is lost", {}, 3, Spam.POSSIBLE, ["same_text"]),
        ("Guaranteed profits!", {}, 0, Spam.POSSIBLE, ["pattern"]),
        ("Guaranteed profits!", {"followers": 0}, 0, Spam.LIKELY, ["pattern", "no_followers"]),
        ("Gwarantowany zysk", {"handle": "ann12345678"}, 0, Spam.LIKELY, ["pattern", "handle"]),
        ("https://a.example https://b.example www.c.example", {}, 0, Spam.POSSIBLE, ["links"]),
        ("@a @b @c @d @e @f look", {}, 5, Spam.LIKELY, ["mentions", "same_text"]),
    ],
)
def test_spam_is_signs_that_are_named(text, more, same_text, spam, signs):
    reading = ALL.read(replace(message("1", text), author=Author(id="c1", **more)), same_text=same_text)
    assert reading.spam is spam
    assert [reason.why for reason in reading.reasons if reason.about == "spam"] == signs


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Boycott Northwind, they lost my dog!", "boycott northwind THEY lost my dog https://a.example @x", True),
        ("Boycott Northwind, they lost my dog!", "Boycott Northwind, they lost my cat!", False),
    ],
)
def test_the_same_words_have_the_same_key(one, other, same):
    assert (make_text_key(one) == make_text_key(other)) is same


def test_short_texts_have_no_key():
    assert make_text_key("Where is my bag?") == ""


# --- options, failures, cost ----------------------------------------------------------------------------------------
def test_what_is_switched_off_is_not_told():
    off = InsightOptions(language=False, sentiment=False, urgency=False, spam=False)
    event = message("1", "Terrible! My lawyer guarantees: guaranteed profit", language="en")
    reading = Reader(off).read(event)
    assert (reading.language, reading.sentiment, reading.urgent, reading.spam) == ("en", Sentiment.UNKNOWN, False, Spam.NONE)
    assert reading.reasons == ()
    assert load_insight(off) is None


@pytest.mark.parametrize("part", ["name_language", "name_sentiment", "find_urgency", "find_spam"])
def test_a_part_that_fails_is_unknown_and_the_others_are_told(monkeypatch, part):
    def fail(*given):
        raise ImportError("no such library")

    event = message("1", "Terrible, guaranteed profit, lawyer 😡")
    whole = ALL.read(event)
    monkeypatch.setattr(room, part, fail)
    reading = ALL.read(event)
    lost = {"name_language": "language", "name_sentiment": "sentiment", "find_urgency": "urgency", "find_spam": "spam"}[part]
    assert {reason.about for reason in whole.reasons} == {"language", "sentiment", "urgency", "spam"}
    assert {reason.about for reason in reading.reasons} == {"language", "sentiment", "urgency", "spam"} - {lost}


def test_libraries_are_loaded_when_a_text_is_read():
    code = (
        "import sys; from social_care.wiring import load_insight; from social_care.core.insight import InsightOptions;"
        "load_insight(InsightOptions()); print(*{'numpy', 'py3langid', 'vaderSentiment'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.strip() == "", f"loaded before anything was read: {run.stdout}"


def test_a_very_long_text_costs_no_more_than_a_long_one():
    reading = ALL.read(message("1", "Where is my parcel? " * 500 + "lawyer"))
    assert reading.language == "en"
    assert not reading.urgent, "more was read than LONGEST"
