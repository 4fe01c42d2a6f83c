"""Files of replies that a platform fetches from the site by itself, for a while, at an address that nobody can guess."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import frappe
from frappe.utils.password import get_encryption_key

from social_care.core.errors import Refused
from social_care.core.offered_files import OfferedFile, make_token, obstacle_of, read_token
from social_care.core.ports import Clock
from social_care.core.replies import DeliveryState, Part, Upload
from social_care.desks.helpdesk.account_rules import is_loopback
from social_care.desks.helpdesk.outbox import HelpdeskOutbox
from social_care.desks.helpdesk.replying import read_upload

ENDPOINT = "/api/method/social_care.api.offered_files.fetch"
GOES_OUT = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT})
"""A part that is sent may still be fetched: that Meta has fetched a file before it answers is nowhere promised (unsure)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file on the disk, and what it is."""

    path: Path
    upload: Upload


class HelpdeskFiles:
    """See `core.ports.Files`."""

    def __init__(self, clock: Clock, outbox: HelpdeskOutbox) -> None:
        self.clock, self.outbox = clock, outbox

    def obstacle(self) -> str:
        address = frappe.utils.get_url()
        trying = frappe.conf.social_care_allow_loopback and is_loopback(urlsplit(address).hostname or "")
        return "" if trying else obstacle_of(address)

    def address(self, part: Part, upload: Upload) -> str:
        if why := self.obstacle():
            raise Refused(why)
        read_upload(upload)  # Raises: Refused where it is no longer what was attached, and maybe approved
        token = make_token(OfferedFile(part=part.id, file=upload.reference), _secret(), self.clock())
        return frappe.utils.get_url(f"{ENDPOINT}?{urlencode({'token': token})}")

    def find(self, token: str) -> Found | None:
        """Return the file that an address offers; None where it offers none (any more)."""
        offered = read_token(token, _secret(), self.clock())
        part = self.outbox.get(offered.part) if offered else None
        if offered is None or part is None or part.state not in GOES_OUT:
            return None
        upload = next((one for one in part.media if one.reference == offered.file), None)
        if upload is None or not frappe.db.exists("File", upload.reference):
            return None
        path = Path(frappe.get_doc("File", upload.reference).get_full_path())
        return Found(path=path, upload=upload) if path.is_file() and _is_as_attached(upload) else None


def _is_as_attached(upload: Upload) -> bool:
    try:
        read_upload(upload)
    except Refused:
        return False
    return True


def _secret() -> bytes:
    return str(get_encryption_key()).encode()
