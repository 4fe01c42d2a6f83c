"""Files for a status: uploaded, waited for across attempts, then named in the status."""

from __future__ import annotations

from urllib.parse import quote

from social_care.connectors.kit.reading import identifier, mapping, number
from social_care.connectors.mastodon.calls import Calls, decode
from social_care.connectors.mastodon.limits import DESCRIPTION
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, TargetGone
from social_care.core.ports import ReadUpload
from social_care.core.replies import Part, Upload

UPLOADED = "uploaded"
"""Under this name a part keeps the ids of its files while the server works on them."""


def attach(part: Part, calls: Calls, account: Account, read: ReadUpload) -> list[str]:
    """Return the ids of a part's files, uploaded and ready. A failure here is certain: nothing was posted yet.

    Raises: Refused, or Retryable, which keeps the ids while the server still works on a file (a video, mostly): the next
    attempt does not upload it again. A file that waited too long is gone there, and uploaded anew.
    Source: https://docs.joinmastodon.org/methods/media/#v2 and .../methods/media/#get (read 2026-11).
    """
    known = part.progress.get(UPLOADED, "").split()
    ids, working = [], False
    for place, upload in enumerate(part.media):
        identity, ready = _look(calls, known[place]) if place < len(known) else ("", False)
        if not identity:
            identity, ready = _upload(calls, account, read, upload)
        ids.append(identity)
        working |= not ready
    if working:
        raise Retryable("The Mastodon server is still working on a file.", progress={UPLOADED: " ".join(ids)})
    return ids


def _upload(calls: Calls, account: Account, read: ReadUpload, upload: Upload) -> tuple[str, bool]:
    """Upload a file; return its id and whether it is ready (202: the server works on it)."""
    longest = number(account.options.get("mastodon_description")) or DESCRIPTION
    response = calls.call(
        "POST",
        "/api/v2/media",
        repeatable=True,  # a file that no status names is thrown away
        files={"file": (upload.name, read(upload), upload.mime)},
        data={"description": upload.alt[:longest]} if upload.alt else {},
    )
    identity = identifier(mapping(decode(response)).get("id"))
    if not identity:
        raise Retryable("The server's answer to the upload could not be read.")
    return identity, response.status_code != 202


def _look(calls: Calls, identity: str) -> tuple[str, bool]:
    """Return a file's id, "" when it is gone, and whether it is ready: 206 means that the server works on it."""
    try:
        return identity, calls.get(f"/api/v1/media/{quote(identity, safe='')}").status_code != 206
    except TargetGone:
        return "", False
    except Refused as error:
        raise Refused("The Mastodon server could not use a file: check its kind and size.") from error
