"""The people of the team, as far as rules about replies need to know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who writes replies. name: for people to read. initials: unique in the team, "" when nobody knows the person.

    trainee: somebody in training, whatever else the person may do.
    """

    id: str
    name: str = ""
    initials: str = ""
    trainee: bool = False
    supervisor: bool = False

    @property
    def speaks_alone(self) -> bool:
        """Tell whether what this person says, or records as said, counts without a colleague: never a trainee's.

        The one rule about trainees, whatever the policy of an account: what can wait (every reply and e-mail) waits for a
        supervisor; what cannot (recording an answer, settling, moderating) is refused.
        """
        return not self.trainee

    @property
    def decides(self) -> bool:
        """Tell whether this person decides about what others want to say."""
        return self.supervisor and self.speaks_alone


class Team(Protocol):
    """The people who write replies."""

    def member(self, user: str) -> Member:
        """Return what rules need to know of somebody; nobody in particular for an unknown user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A person whose initials are to be found. chosen: initials set by hand, "" for none."""

    id: str
    name: str
    chosen: str = ""


def assign_initials(people: Iterable[Named]) -> dict[str, str]:
    """Return everybody's initials, by id; no two are alike, whatever their case.

    People come in the order in which they joined: who comes later never changes the initials of who was there. Those set by
    hand go first. Where two share theirs, the later one takes more letters of the last name (JK, JKO, JKOW), then a number.
    """
    people = list(people)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for person in sorted(people, key=lambda one: not one.chosen):
        for initials in _proposals(person):
            if initials.casefold() not in taken:
                taken.add(initials.casefold())
                found[person.id] = initials
                break
    return found


def _proposals(person: Named) -> Iterable[str]:
    if person.chosen:
        yield person.chosen
    words = ["".join(c for c in word if c.isalnum()) for word in person.name.replace("-", " ").split()]
    words = [word for word in words if word] or ["".join(c for c in person.id if c.isalnum()) or "X"]
    first = "".join(word[0] for word in (words[0], *words[-1:][: len(words) - 1])).upper()
    rest = words[-1][1:].upper()
    for more in range(len(rest) + 1):
        yield first + rest[:more]
    number = 2
    while True:
        yield f"{first}{number}"
        number += 1
