"""One reading of a message out of its parts. A part that fails is unknown, and the others are told all the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from social_care.core.events import MessageReceived
from social_care.core.insight import InsightOptions, Reading, Reason, Sentiment, Spam
from social_care.insight.language import name_language
from social_care.insight.sentiment import name_sentiment
from social_care.insight.spam import find_spam
from social_care.insight.urgency import find_urgency

log = logging.getLogger(__name__)

Told = TypeVar("Told")
LONGEST = 5000
"""Characters that are read; what a mood or a language is stands before."""


class Reader:
    """See `core.ports.Insight`."""

    def __init__(self, options: InsightOptions) -> None:
        self.options = options

    def read(self, message: MessageReceived, *, same_text: int = 0) -> Reading:
        wanted, text = self.options, message.text[:LONGEST]
        nothing: tuple[Reason, ...] = ()
        language, known = message.language or "", ""
        if wanted.language:
            language, known = _try(lambda: name_language(text, message.language), ("", ""))
        told = [Reason("language", known, language)] if known else []
        sentiment = Sentiment.UNKNOWN
        if wanted.sentiment:
            sentiment, why = _try(lambda: name_sentiment(text, language), (Sentiment.UNKNOWN, nothing))
            told += why
        urgent = nothing
        if wanted.urgency:
            followers = message.author.followers if message.author else None
            urgent = _try(lambda: find_urgency(text, wanted.urgent_words, followers, wanted.urgent_followers), nothing)
        spam = Spam.NONE
        if wanted.spam:
            spam, signs = _try(lambda: find_spam(message, same_text), (Spam.NONE, nothing))
            told += signs
        return Reading(language=language, sentiment=sentiment, urgent=bool(urgent), spam=spam, reasons=(*told, *urgent))


def _try(part: Callable[[], Told], unknown: Told) -> Told:
    try:
        return part()
    except Exception:
        log.exception("a part of the insight failed")
        return unknown
