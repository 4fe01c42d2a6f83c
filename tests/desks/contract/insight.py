"""What every desk must do: what was told of messages."""

from __future__ import annotations

from datetime import datetime, timezone

from social_care.core.accounts import Account
from social_care.core.events import Direction
from social_care.core.insight import Reading, Reason, Sentiment, Spam
from social_care.core.ports import Desk
from tests.desks.contract.shared import Promises, key_of
from tests.fakes import message

LONG_AGO, SOME_DAY = datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc)
READING = Reading(
    language="pl",
    sentiment=Sentiment.NEGATIVE,
    urgent=True,
    spam=Spam.LIKELY,
    reasons=(Reason("urgency", "legal", "adwokat"), Reason("spam", "no_followers")),
    text_key="f" * 40,
    campaign="w" + "f" * 39,
)


class InsightPromises(Promises):
    """One promise a test."""

    def test_a_reading_comes_back_as_it_was(self, desk: Desk, account: Account):
        event = message("1", language="pl", reading=READING)
        with desk.transaction():
            desk.tickets.keep_loose(account, event, key=key_of(event, account), direction=Direction.IN, reason="why not")
            assert desk.tickets.loose_event(desk.tickets.find_message(account.name, "1").id) == event

    def test_texts_of_a_campaign_are_found(self, desk: Desk, account: Account):
        for number, (text, campaign) in enumerate((("One", "w1"), ("Two", "w1"), ("Three", "w2"), ("Four", ""))):
            self.open(desk, account, message(str(number), text, thread=f"t{number}", reading=Reading(campaign=campaign)))
        found = desk.tickets.texts_in_campaign
        assert sorted(found("w1", LONG_AGO)) == ["One", "Two"]
        assert (found("w2", LONG_AGO), found("w2", SOME_DAY), found("w3", LONG_AGO)) == (("Three",), (), ())

    def test_writers_of_one_text_are_counted(self, desk: Desk, account: Account):
        for number, (author, key) in enumerate((("c1", "a"), ("c2", "a"), ("c2", "a"), ("c3", "b"), ("c4", ""))):
            event = message(str(number), author=author, thread=f"t{number}", reading=Reading(text_key=key))
            self.open(desk, account, event)
        count = desk.tickets.writers_of
        assert (count("a", "nobody", LONG_AGO), count("a", "c1", LONG_AGO), count("b", "c3", LONG_AGO)) == (2, 1, 0)
        assert count("a", "nobody", SOME_DAY) == 0

    def sounds(self, desk: Desk, account: Account) -> str:
        return desk.tickets.circumstances(desk.tickets.find_message(account.name, "1")).sentiment

    def test_a_ticket_sounds_as_its_newest_message_that_sounds(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1", reading=Reading(sentiment=Sentiment.NEGATIVE)))
        assert self.sounds(desk, account) == "negative"
        self.append(desk, account, ticket, message("2", reading=Reading()))
        assert self.sounds(desk, account) == "negative", "unknown took away what was known"
        self.append(desk, account, ticket, message("3", reading=Reading(sentiment=Sentiment.POSITIVE)))
        assert self.sounds(desk, account) == "positive"

    def test_an_urgent_ticket_stays_urgent(self, desk: Desk, account: Account):
        def urgent() -> bool:
            return desk.tickets.circumstances(desk.tickets.find_message(account.name, "1")).urgent

        ticket = self.open(desk, account, message("1", reading=Reading()))
        assert not urgent()
        self.append(desk, account, ticket, message("2", reading=Reading(urgent=True)))
        assert urgent()
        self.append(desk, account, ticket, message("3", reading=Reading()))
        assert urgent(), "a later word took the urgency away"

    def test_a_ticket_sounds_as_the_words_that_were_looked_up(self, desk: Desk, account: Account):
        self.open(desk, account, message("1", "", reading=Reading()))
        assert self.sounds(desk, account) == ""
        found = message("1", "Terrible", revision="1", reading=Reading(sentiment=Sentiment.NEGATIVE))
        with desk.transaction():
            assert desk.tickets.add_version(desk.tickets.find_message(account.name, "1"), found, current=True)
        assert self.sounds(desk, account) == "negative"
