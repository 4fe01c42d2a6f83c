"""What is refused before anything is stored, and how long texts are cut."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.core.capabilities import MediaRule, TextRule
from social_care.core.errors import NotAllowed, Refused, TargetGone, WindowClosed
from social_care.core.events import Audience
from social_care.core.replies import Reply, StoredMessage, Upload
from social_care.engine.composing import MAX_PARTS, plan, split_text
from tests.fakes import ACCOUNT, FakeConnector, StillClock

NOW = StillClock().now
TARGET = StoredMessage(
    id="1",
    account=ACCOUNT.name,
    message_id="m1",
    thread_id="t1",
    audience=Audience.PUBLIC,
    direction="in",
    kind="post",
    text="My flight is late",
    author_id="c1",
)


def planned(text="We are sorry.", *, target=TARGET, account=ACCOUNT, connector=None, **more):
    reply = Reply(ticket="1", target=target, text=text, author="agent", **more)
    return plan(reply, account, connector or FakeConnector(), NOW)


@pytest.mark.parametrize(
    ("given", "error", "word"),
    [
        ({"text": "  \r\n "}, Refused, "empty"),
        ({"target": replace(TARGET, deleted=True)}, TargetGone, "deleted"),
        ({"target": replace(TARGET, reply_until=NOW - timedelta(hours=1))}, WindowClosed, "until"),
        ({"account": replace(ACCOUNT, enabled=False)}, NotAllowed, "switched off"),
        (
            {"account": replace(ACCOUNT, monthly_budget=Decimal("1"), spent=Decimal("1"), spent_month="2026-03")},
            NotAllowed,
            "budget",
        ),
        ({"text": "word " * 400}, Refused, f"{MAX_PARTS} are the most"),
        ({"text": "x" * 600, "audience": Audience.PRIVATE}, Refused, "1 are the most"),
        ({"media": (Upload(name="a.exe", mime="application/exe", size=1, reference="r"),)}, Refused, "a.exe"),
        ({"media": (Upload(name="a.png", mime="image/png", size=2000, reference="r"),)}, Refused, "larger"),
        ({"media": (Upload(name="a.png", mime="image/png", size=1, reference="r"),) * 2}, Refused, "at most 1"),
    ],
)
def test_refusals_are_sentences(given, error, word):
    with pytest.raises(error) as caught:
        planned(**given)
    assert word in str(caught.value)
    assert str(caught.value).endswith(".")


def test_the_platforms_own_rule_is_asked():
    connector = FakeConnector()
    connector.forbidden = "They have not mentioned us."
    with pytest.raises(NotAllowed, match="They have not mentioned us"):
        planned(connector=connector)


def test_a_budget_of_another_month_does_not_count():
    account = replace(ACCOUNT, monthly_budget=Decimal("1"), spent=Decimal("1"), spent_month="2026-02")
    assert planned(account=account).cost == Decimal("0.01")


def test_warnings_come_before_sending():
    account = replace(ACCOUNT, sending_paused="Please log in again.")
    result = planned("See https://example.com/a and then read this second sentence, please.", account=account)
    assert result.warnings[0] == "The reply will be sent as 2 messages."
    assert "A link costs more." in result.warnings
    assert "Please log in again." in result.warnings[-1]


def test_a_private_answer_to_a_deleted_public_post_is_possible():
    assert planned(target=replace(TARGET, deleted=True), audience=Audience.PRIVATE).audience is Audience.PRIVATE


def test_a_signature_is_counted():
    assert split_text("a" * 46, 50, len, signature="^JK") == ["a" * 46 + " ^JK"]
    assert split_text("a" * 22 + " " + "b" * 24, 50, len, signature="^JK") == ["a" * 22 + " (1/2)", "b" * 24 + " ^JK (2/2)"]


def test_sentences_stay_whole():
    text = "We are very sorry. Your bag is in Oslo. It comes tomorrow at noon."
    assert split_text(text, 50, len) == ["We are very sorry. Your bag is in Oslo. (1/2)", "It comes tomorrow at noon. (2/2)"]


def test_links_and_emoji_stay_whole():
    link = "https://example.com/a/very/long/address"
    family = "👨‍👩‍👧‍👦"
    parts = split_text(f"Please look at {link} soon", 50, len, numbered=False)
    assert any(link in part for part in parts)
    for part in split_text(family * 20, 50, len, numbered=False):
        assert part.count("\u200d") % 3 == 0, "an emoji was cut in two"


def test_more_than_nine_parts_are_numbered_with_two_digits():
    parts = split_text("word " * 100, 50, len)
    assert len(parts) > 9
    assert parts[-1].endswith(f"({len(parts)}/{len(parts)})")
    assert all(len(part) <= 50 for part in parts)


def test_a_signature_without_room_is_refused():
    with pytest.raises(Refused):
        split_text("hello there, dear customer of ours", 20, len, signature="^" + "J" * 30)


@settings(max_examples=300, deadline=None)
@given(
    st.text(min_size=1, max_size=600).filter(str.strip),
    st.integers(30, 280),
    st.sampled_from(["", "^JK"]),
    st.booleans(),
)
def test_parts_fit_and_lose_nothing(text, limit, signature, numbered):
    def weighted(piece):
        return sum(1 if ord(c) < 4352 else 2 for c in piece)

    parts = split_text(text, limit, weighted, signature=signature, numbered=numbered)
    assert all(weighted(part) <= limit for part in parts)
    said = "".join(parts) if not numbered or len(parts) == 1 else "".join(part.rsplit(" (", 1)[0] for part in parts)
    assert "".join(said.replace(signature, "").split()) == "".join(text.replace(signature, "").split())


def test_the_first_private_answer_to_a_public_message_has_a_rule_of_its_own():
    connector = FakeConnector()
    connector.capabilities = replace(
        connector.capabilities,
        private=TextRule(limit=20, unit="characters"),
        private_opening=TextRule(limit=20, unit="characters", max_parts=1),
    )
    private = replace(TARGET, audience=Audience.PRIVATE)
    assert len(planned("one two three four five six", target=private, connector=connector).drafts) > 1
    with pytest.raises(Refused, match="1 are the most"):
        planned("one two three four five six", audience=Audience.PRIVATE, connector=connector)


def test_files_that_are_messages_of_their_own_come_before_the_words():
    connector, picture = FakeConnector(), Upload(name="a.png", mime="image/png", size=1, reference="r")
    rule = MediaRule(count=1, max_bytes=(("image/png", 1000),), apart=True, opening=False)
    connector.capabilities = replace(connector.capabilities, public_media=rule, private_media=rule)
    drafts = planned("Look.", media=(picture,), connector=connector).drafts
    assert [(one.index, one.of, one.text, one.media) for one in drafts] == [(1, 2, "", (picture,)), (2, 2, "Look.", ())]
    assert len(planned("", media=(picture,), connector=connector).drafts) == 1
    with pytest.raises(Refused, match="no files"):
        planned("Look.", media=(picture,), audience=Audience.PRIVATE, connector=connector)


def test_a_file_that_goes_alone_takes_no_other_beside_it():
    connector, video = FakeConnector(), Upload(name="a.mp4", mime="video/mp4", size=1, reference="r")
    rule = MediaRule(count=4, max_bytes=(("image/png", 1000), ("video/mp4", 1000)), alone=("video/mp4",))
    connector.capabilities = replace(connector.capabilities, public_media=rule)
    picture = replace(video, name="a.png", mime="image/png")
    assert planned("Look.", media=(video,), connector=connector).drafts[0].media == (video,)
    assert planned("Look.", media=(picture,) * 4, connector=connector).drafts[0].media == (picture,) * 4
    for several in ((video, video), (picture, video)):
        with pytest.raises(Refused, match=r"a\.mp4 only with no other file"):
            planned("Look.", media=several, connector=connector)


def test_a_huge_text_is_refused_without_measuring_all_of_it(connector):
    """A whole text of 100 kB, measured again for each of its parts, would hold a worker for minutes."""
    measured = []

    class Counting(FakeConnector):
        def measure(self, text, audience):
            measured.append(len(text))
            return len(text)

    reply = Reply(ticket="1", target=TARGET, text="word " * 20_000, author="agent")
    with pytest.raises(Refused, match="too long"):
        plan(reply, ACCOUNT, Counting(), NOW)
    assert sum(measured) < 100_000


def test_a_message_that_has_no_id_yet_cannot_be_answered_publicly(connector):
    reply = Reply(ticket="1", target=replace(TARGET, message_id=""), text="Hello", author="agent")
    with pytest.raises(Refused, match="not on the platform"):
        plan(reply, ACCOUNT, connector, NOW)
