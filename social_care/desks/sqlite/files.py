"""Files that a platform fetches by itself: the embedded desk has no address of its own, a program may give it one."""

from __future__ import annotations

from social_care.core.errors import Refused
from social_care.core.offered_files import NO_ADDRESS
from social_care.core.ports import OfferFile
from social_care.core.replies import Part, Upload


class SqliteFiles:
    """See `core.ports.Files`. offer: set by the program that serves files; None: nobody does."""

    offer: OfferFile | None = None

    def obstacle(self) -> str:
        return "" if self.offer else NO_ADDRESS

    def address(self, part: Part, upload: Upload) -> str:
        if self.offer is None:
            raise Refused(NO_ADDRESS)
        return self.offer(part, upload)
