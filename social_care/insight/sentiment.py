"""How a message sounds: the model of its language and its emoji, whichever there is; unknown where neither can say."""

from __future__ import annotations

from collections.abc import Callable

from social_care.core.insight import NOT_WORDS, Reason, Sentiment
from social_care.insight import emoji, english, polish

Mood = Callable[[str], tuple[float | None, str]]
"""Returns from -1 to 1 how a text sounds, None where nobody can say, and the words that count."""

MODELS: dict[str, Mood] = {"en": english.mood, "pl": polish.mood}
"""By ISO 639-1."""
NEUTRAL_UP_TO = 0.25
EMOJI_WEIGHT = 0.7


def name_sentiment(text: str, language: str) -> tuple[Sentiment, tuple[Reason, ...]]:
    """Return how a text sounds, and why. Raises: what a model raises."""
    felt, signs = emoji.mood(text)
    reasons = [Reason("sentiment", "emoji", signs)] if signs else []
    model = MODELS.get(language.lower()[:2])
    if model is None:
        return (_named(felt) if signs else Sentiment.UNKNOWN), tuple(reasons)
    sounds, words = model(NOT_WORDS.sub(" ", emoji.without(text)))
    if sounds is None:
        return (_named(felt) if signs else Sentiment.UNKNOWN), tuple(reasons)
    named = _named(sounds + EMOJI_WEIGHT * felt)
    if words and named is not Sentiment.NEUTRAL:
        reasons.append(Reason("sentiment", "words", words))
    return named, tuple(reasons)


def _named(value: float) -> Sentiment:
    if abs(value) <= NEUTRAL_UP_TO:
        return Sentiment.NEUTRAL
    return Sentiment.POSITIVE if value > 0 else Sentiment.NEGATIVE
