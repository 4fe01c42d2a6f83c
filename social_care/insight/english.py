"""English sentiment by VADER (Hutto and Gilbert, 2014), with some words of customer service that it does not know."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

OF_SERVICE = {
    "broke": -2.0, "crashes": -2.0, "crashing": -2.0, "defective": -2.0, "delay": -1.6, "delayed": -1.8, "delays": -1.8,
    "faulty": -2.0, "incompetent": -2.5, "incorrect": -1.2, "late": -1.2, "overcharged": -2.2, "overpriced": -1.8,
    "rip-off": -2.8, "scammed": -3.0, "sorted": 1.2, "unacceptable": -2.6, "unanswered": -1.6, "unreachable": -1.6,
    "unusable": -2.4, "useless": -2.4, "waiting": -1.2, "twice": -0.6, "smoothly": 1.8,
}  # fmt: skip
"""As VADER counts: from -4 to 4 a word."""


def mood(text: str) -> tuple[float, str]:
    """Return from -1 to 1 how a text sounds, and up to three words that count. Raises: ImportError without VADER."""
    analyzer = _analyzer()
    words = [word for word in re.findall(r"[\w'’-]+", text.lower()) if word in analyzer.lexicon]
    return analyzer.polarity_scores(text.replace("’", "'"))["compound"], ", ".join(dict.fromkeys(words[:3]))


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update(OF_SERVICE)
    return analyzer
