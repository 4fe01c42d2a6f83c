"""What a check-up found, as plain lines: what is well, what is not, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `advice` says what to do when it is bad."""

    what: str
    bad: bool = False
    advice: str = ""

    def line(self) -> str:
        """Return it as one line of text."""
        return f"{'BAD ' if self.bad else 'ok  '} {self.what}" + (f" → {self.advice}" if self.advice else "")
