"""The team of the embedded desk: whoever the program says; anybody else is an agent like any other."""

from __future__ import annotations

from social_care.core.team import Member


class SqliteTeam:
    """See `core.ports.Team`."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}

    def add(self, member: Member) -> None:
        """Make somebody known (or known anew)."""
        self._members[member.id] = member

    def member(self, user: str) -> Member:
        return self._members.get(user) or Member(id=user, name=user)
