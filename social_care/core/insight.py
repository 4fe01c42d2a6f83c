"""What can be told of a message by reading it: language, sentiment, urgency, signs of spam, each with its reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256


class Sentiment(str, Enum):
    """How a message sounds; UNKNOWN where no model fits its language."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNKNOWN = ""


class Spam(str, Enum):
    """How many signs of spam or of a bot a message has: none that counts, one, or several. A fact, never a decision."""

    NONE = ""
    POSSIBLE = "possible"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was told. about: `language`, `sentiment`, `urgency` or `spam`.

    why: `platform`, `text` (language); `words`, `emoji` (sentiment); `safety`, `legal`, `press`, `outage`, `team`,
    `followers` (urgency); `links`, `mentions`, `pattern`, `same_text`, `handle`, `no_followers` (spam).
    detail: the words found, or a number.
    """

    about: str
    why: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was told of one message. language: as the platform named it, else ISO 639; "" where nobody could tell.

    text_key: the same for messages of the same words, "" for texts too short to count. campaign: the same for messages of
    one campaign (`core.campaigns`), "" where there is nothing to tell it by.
    """

    language: str = ""
    sentiment: Sentiment = Sentiment.UNKNOWN
    urgent: bool = False
    spam: Spam = Spam.NONE
    reasons: tuple[Reason, ...] = ()
    text_key: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightOptions:
    """What the team wants told.

    urgent_words: the team's own, beside ours; a trailing `*` stands for any ending. urgent_followers: a profile with so
    many makes a message urgent; 0 for none.
    """

    language: bool = True
    sentiment: bool = True
    urgency: bool = True
    spam: bool = True
    urgent_words: tuple[str, ...] = ()
    urgent_followers: int = 0

    def any(self) -> bool:
        """Tell whether anything is wanted."""
        return self.language or self.sentiment or self.urgency or self.spam


LEAST_SAME = 20
"""Characters from which on two equal texts are no coincidence."""
SAME_TEXTS = 20
"""Messages of one text that a desk looks at: more of them change nothing, and a campaign may have a hundred thousand."""
COMPARED = 3
"""Texts of a campaign with which a new one is compared."""
NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|(?<!\w)[@#][\w.]+")
"""Addresses, handles and hashtags."""


def make_text_key(text: str) -> str:
    """Return what the same text of several people has in common, whatever its case, links and handles; else ""."""
    words = " ".join(re.findall(r"\w+", NOT_WORDS.sub(" ", text).casefold()))
    return sha256(words.encode()).hexdigest()[:40] if len(words) >= LEAST_SAME else ""
