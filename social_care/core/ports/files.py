"""What the engine needs from a desk for files that a platform fetches by itself; a facet of `core.ports.Desk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from social_care.core.replies import Part, Upload

OfferFile = Callable[[Part, Upload], str]
"""Returns the address of a part's file. Raises: Refused where nobody could fetch it there."""


class Files(Protocol):
    """Addresses at which a platform fetches our files, for those that take them in no other way."""

    def obstacle(self) -> str:
        """Return in a plain sentence why no platform could fetch a file from this desk, "" when it could."""

    def address(self, part: Part, upload: Upload) -> str:
        """Return an address of one file of a part that nobody can guess and that works for an hour at least.

        It works only while the part may still go out, or is out; whoever knows it gets the file, so it is never logged.
        Raises: Refused, with the obstacle.
        """
