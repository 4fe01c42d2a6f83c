"""Faults on demand: what goes wrong, on which route, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from threading import Lock
from typing import Any

KINDS = frozenset(
    {
        "status",
        "slow",
        "reset_before",
        "reset_after",
        "malformed",
        "html_error",
        "repeat_page",
        "shuffle",
        "batch_delivery",
        "duplicate_delivery",
        "reorder_delivery",
    }
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    route: a shell pattern for "METHOD /path" (or for the path alone, or for the type of a pushed event).
    times: how often it still happens, None until cleared. seconds: how long `slow` waits. after: the call is carried out
    first, and only its answer is lost. shape: which of several documented bodies a status gets, "" for the usual one.
    `batch_delivery` holds an event back until the next one, where the platform sends several in one body (Meta).
    """

    kind: str
    route: str = "*"
    times: int | None = 1
    status: int = 503
    seconds: float = 0
    after: bool = False
    shape: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    id: int = 0
    hits: int = 0

    def matches(self, target: str) -> bool:
        """Return whether this fault is meant for "METHOD /path" or for an event type."""
        return fnmatchcase(target, self.route) or fnmatchcase(target.partition(" ")[2], self.route)


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = count(1)
        self._lock = Lock()

    def add(self, kind: str, route: str = "*", times: int | None = 1, **options: Any) -> Fault:
        """Put a fault in force. Raises: ValueError for an unknown kind or option, or for less than one time."""
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind!r}; there are {', '.join(sorted(KINDS))}")
        if times is not None and times < 1:
            raise ValueError("a fault happens at least once")
        try:
            fault = Fault(kind=kind, route=route, times=times, id=next(self._ids), **options)
        except TypeError as error:
            raise ValueError(f"a fault has no such option: {error}") from error
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, kind: str, target: str) -> Fault | None:
        """Return the first fault of this kind for the target and count it, or None."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.kind == kind and fault.matches(target):
                    fault.hits += 1
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self._faults.remove(fault)
                    return fault
        return None

    def clear(self, fault_id: int | None = None) -> int:
        """Take one fault (None: all) out of force, return how many that were."""
        with self._lock:
            before = len(self._faults)
            self._faults = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]
            return before - len(self._faults)

    def listing(self) -> list[dict[str, Any]]:
        """Return the faults in force as plain data."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
