"""How right the insight is on the labelled samples, and what it costs.

Run: python -m tests.insight.measure [--wrong]. Prints confusion tables (docs/insight.md has them), speed and memory.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from social_care.core.events import MessageReceived
from social_care.core.insight import InsightOptions, Reading
from social_care.insight.reader import Reader
from social_care.insight.sentiment import name_sentiment
from tests.fakes import message

SAMPLES = Path(__file__).with_name("samples.tsv")
HELD_OUT = Path(__file__).with_name("heldout_pl.tsv")
NONE = "-"


@dataclass(frozen=True)
class Sample:
    """One labelled text."""

    language: str
    sentiment: str
    urgency: str
    traits: frozenset[str]
    text: str

    @property
    def message(self) -> MessageReceived:
        return message("1", self.text)


def samples() -> list[Sample]:
    """Return the labelled texts."""
    lines = SAMPLES.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [
        Sample(language, mood, urgency, frozenset(traits.split()), text) for language, mood, urgency, traits, text in rows
    ]


def held_out() -> list[tuple[str, str]]:
    """Return Polish texts with their sentiment, of which the lexicon was not made."""
    rows = [line.split("\t") for line in HELD_OUT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(mood, text) for mood, _, text in rows]


def topic(reading: Reading) -> str:
    """Return why a reading is urgent, in a word."""
    return next((reason.why for reason in reading.reasons if reason.about == "urgency"), NONE)


def table(title: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Print a confusion table of (label, told)."""
    counted = Counter(pairs)
    labels, told = (sorted({pair[side] for pair in counted}) for side in (0, 1))
    right = sum(count for (label, said), count in counted.items() if label == said)
    print(f"\n{title}: {right} of {sum(counted.values())} right\n")
    print("| labelled \\ told | " + " | ".join(told) + " |\n|---|" + "---|" * len(told))
    for label in labels:
        print(f"| {label} | " + " | ".join(str(counted[label, said] or "") for said in told) + " |")


def megabytes() -> float:
    """Return the resident memory of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true", help="print the texts that were read wrongly, too")
    wrong = parser.parse_args().wrong
    before, began = megabytes(), time.perf_counter()
    reader = Reader(InsightOptions())
    reader.read(message("0", "Where is my parcel?"))
    print(f"loading: {time.perf_counter() - began:.1f} s, {megabytes() - before:.0f} MB")
    known = samples()
    told = [(one, reader.read(one.message)) for one in known]
    table("Language", ((one.language, reading.language or NONE) for one, reading in told))
    for languages in (("en",), ("pl",), ("sr",)):
        mine = [(one, reading) for one, reading in told if one.language in languages]
        table(f"Sentiment, {', '.join(languages)}", ((a.sentiment, b.sentiment.value or "unknown") for a, b in mine))
    others = [(one, reading) for one, reading in told if one.language not in ("en", "pl", "sr")]
    table("Sentiment, all others", ((a.sentiment, b.sentiment.value or "unknown") for a, b in others))
    for trait in ("negation", "irony", "emoji", "mixed"):
        mine = [(one, reading) for one, reading in told if trait in one.traits]
        table(f"Sentiment, {trait}", ((a.sentiment, b.sentiment.value or "unknown") for a, b in mine))
    for language in ("en", "pl"):
        mine = [(one, reading) for one, reading in told if "fresh" in one.traits and one.language == language]
        table(f"Sentiment, fresh, {language}", ((a.sentiment, b.sentiment.value or "unknown") for a, b in mine))
    apart = [(mood, name_sentiment(text, "pl")[0].value or "unknown") for mood, text in held_out()]
    table("Sentiment, pl, held out", apart)
    fresh = [(one, reading) for one, reading in told if "fresh" in one.traits]
    table("Language, fresh", ((one.language, reading.language or NONE) for one, reading in fresh))
    table("Urgency, fresh", ((one.urgency, topic(reading)) for one, reading in fresh))
    table("Urgency", ((one.urgency, topic(reading)) for one, reading in told))
    table("Spam", (("spam" if "spam" in a.traits else NONE, b.spam.value or NONE) for a, b in told))
    if wrong:
        for one, reading in told:
            said = (reading.language or NONE, reading.sentiment.value or "unknown", topic(reading))
            if said != (one.language, one.sentiment, one.urgency):
                print(said, (one.language, one.sentiment, one.urgency), one.text, [r.detail for r in reading.reasons])
    rounds = []
    for _ in range(5):
        began = time.perf_counter()
        for one in known:
            reader.read(one.message)
        rounds.append((time.perf_counter() - began) / len(known))
    print(
        f"\na message: {statistics.median(rounds) * 1e6:.0f} µs, memory now {megabytes() - before:.0f} MB more than before"
    )


if __name__ == "__main__":
    main()
