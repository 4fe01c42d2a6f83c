"""The team's own rules of what becomes of a message that would open a ticket. Pure: the first rule that fits decides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from social_care.core.events import Audience
from social_care.core.insight import Spam

ROUTED = "Routed by the rule"


class Verdict(str, Enum):
    """What a rule does with a message. Collected and ignored ones are kept without a ticket, with the reason."""

    TICKET = "ticket"
    COLLECT = "collect"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a message when it is routed.

    language: as ISO 639-1 ("pl"), "" where nobody could tell. followers: None where the platform did not say.
    lists: names of the lists on which the team put the author (VIP, Press), lower case.
    sentiment: of the message, "" where unknown. urgent, spam: see `core.insight`.
    """

    platform: str
    account: str
    audience: Audience
    text: str
    language: str = ""
    followers: int | None = None
    lists: frozenset[str] = frozenset()
    sentiment: str = ""
    urgent: bool = False
    spam: Spam = Spam.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """Conditions, all of which must hold, and what follows. An empty condition holds for every message.

    words: any of these stands in the text; a trailing `*` stands for any ending. without_words: none of them does.
    languages: ISO 639-1. followers_at_least: 0 for no condition; where the number is unknown, such a rule does not fit.
    lists: the author is on one of these, lower case. sentiments: any of these; an unknown one does not fit. urgent: only
    urgent messages. spam: messages with at least so many signs.
    team, ticket_type, priority: "" leaves it to the account and the desk.
    """

    name: str
    platform: str = ""
    account: str = ""
    audience: Audience | None = None
    words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    followers_at_least: int = 0
    lists: frozenset[str] = frozenset()
    sentiments: frozenset[str] = frozenset()
    urgent: bool = False
    spam: Spam = Spam.NONE
    verdict: Verdict = Verdict.TICKET
    team: str = ""
    ticket_type: str = ""
    priority: str = ""
    tags: tuple[str, ...] = ()
    reason: str = ""

    def fits(self, facts: Facts) -> bool:
        """Tell whether every condition holds."""
        return (
            self.platform in ("", facts.platform)
            and self.account in ("", facts.account)
            and self.audience in (None, facts.audience)
            and (not self.languages or facts.language.lower()[:2] in self.languages)
            and (not self.lists or bool(self.lists & facts.lists))
            and (not self.sentiments or facts.sentiment in self.sentiments)
            and (not self.urgent or facts.urgent)
            and (not self.spam or facts.spam in (self.spam, Spam.LIKELY))
            and (not self.followers_at_least or (facts.followers or 0) >= self.followers_at_least)
            and (not self.words or has_word(facts.text, self.words))
            and not (self.without_words and has_word(facts.text, self.without_words))
        )

    def explanation(self) -> str:
        """Return the sentence that a person reads beside the message."""
        did = {Verdict.TICKET: ROUTED, Verdict.COLLECT: "Collected by the rule", Verdict.IGNORE: "Ignored by the rule"}
        return f"{did[self.verdict]} “{self.name}”{': ' + self.reason if self.reason else '.'}"


def first_match(rules: Iterable[RoutingRule], facts: Facts) -> RoutingRule | None:
    """Return the first rule that fits, None when none does."""
    return next((rule for rule in rules if rule.fits(facts)), None)


def has_word(text: str, words: tuple[str, ...]) -> bool:
    """Tell whether one of these words or phrases stands in a text, whatever the case; `*` ends a word of any ending."""
    return _pattern(words).search(text.casefold()) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_one_word(word.casefold().split()) for word in words if word.strip("* ")) or r"(?!)")


def _one_word(pieces: list[str]) -> str:
    last = pieces[-1]
    ending = r"\w*" if last.endswith("*") else ""
    whole = r"\s+".join(re.escape(piece) for piece in (*pieces[:-1], last.rstrip("*")))
    return rf"(?<!\w){whole}{ending}(?!\w)"
