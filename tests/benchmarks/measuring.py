"""Measuring several ways in turns, on a machine that does other things too; saying how a figure stands to its limit."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

Act = Callable[[], object]
Prepare = Callable[[], Act]
"""Makes what one measurement needs; returns what is measured."""
Times = dict[str, list[float]]


def take_turns(ways: dict[str, Prepare], rounds: int, each: int = 4) -> Times:
    """Return the seconds of one act, for each way and round; the ways take turns, in an order that changes."""
    found: Times = {name: [] for name in ways}
    for number in range(-2, rounds):  # the first two warm up
        names = list(ways) if number % 2 else list(reversed(ways))
        for name in names:
            acts = [ways[name]() for _ in range(each)]
            gc.collect()
            began = time.perf_counter()
            for act in acts:
                act()
            took = (time.perf_counter() - began) / each
            if number >= 0:
                found[name].append(took)
    return found


def ratio(times: Times, ours: str, theirs: str) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(one / other for one, other in zip(times[ours], times[theirs], strict=True))


def say(what: str, value: float, limit: float, *, least: bool = False, note: str = "", unit: str = "×") -> None:
    """Print one figure beside its limit."""
    within = value >= limit if least else value <= limit
    bound = f"{'≥' if least else '≤'} {limit:g}{unit}"
    print(f"{'within' if within else 'OVER':6}  {value:7.2f}{unit:3} {bound:9} {what}{note and f'   [{note}]'}", flush=True)


def tell(what: str, value: float) -> None:
    """Print a figure that has no limit, and explains another."""
    print(f"{'':6}  {value:7.2f}{'×':3} {'':9} {what}", flush=True)


def middle(times: Times) -> str:
    """Return the median of each way in words."""
    return ", ".join(f"{name} {statistics.median(took) * 1000:.1f} ms" for name, took in times.items())
