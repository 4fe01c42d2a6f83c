"""What the engine needs from whoever reads messages. Replaceable: `wiring.load_insight` chooses."""

from __future__ import annotations

from typing import Protocol

from social_care.core.events import MessageReceived
from social_care.core.insight import Reading


class Insight(Protocol):
    """Reads messages, one at a time, in a worker; no input or output after its models are loaded."""

    def read(self, message: MessageReceived, *, same_text: int = 0) -> Reading:
        """Tell what can be told. May raise anything: the engine then goes on without.

        same_text: how many other people wrote the very same lately.
        """
