"""Files for a post or a direct message: uploaded, waited for across attempts, then named in it.

Source: https://docs.x.com/x-api/media/quickstart/media-upload-chunked, .../best-practices and
https://docs.x.com/x-api/media/upload-media (read 2026-11).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import identifier, mapping, number, text
from social_care.connectors.x.calls import Calls
from social_care.connectors.x.tokens import decode
from social_care.core.errors import Refused, Retryable
from social_care.core.events import Audience
from social_care.core.ports import ReadUpload
from social_care.core.replies import Part, Upload

SEGMENT = 4 * 1024 * 1024
"""Bytes sent at once; X takes 5 MB. Source: https://developer.x.com/en/docs/twitter-api/v1/media/upload-media/api-reference/
post-media-upload-append (read 2026-11; the pages of v2 give no number)."""
DESCRIPTION = 1000
"""Characters. Source: https://docs.x.com/x-api/media/create-media-metadata (read 2026-08)."""
UPLOADED = "uploaded"
"""Under this name a part keeps the ids of its videos while X works on them."""

log = logging.getLogger(__name__)


def attach(part: Part, calls: Calls, read: ReadUpload) -> list[str]:
    """Return the ids of a part's files, uploaded and ready. A failure here is certain: nothing was posted yet.

    Raises: Refused, or Retryable, which keeps the ids while X still works on a video or a moving picture: the next attempt
    does not upload it again. One that waited too long is gone at X, and uploaded anew.
    """
    purpose = "dm" if part.audience is Audience.PRIVATE else "tweet"
    known = iter(part.progress.get(UPLOADED, "").split())
    ids, working, wait_s = [], [], None
    for upload in part.media:
        if _kind(upload) == "image":
            ids.append(_upload_whole(calls, purpose, upload, read(upload)))
            continue
        kept = next(known, "")
        data = _look(calls, kept) if kept else {}
        if not data:
            data = _upload_in_segments(calls, purpose, upload, read(upload))
        identity, info = identifier(data.get("id")) or kept, mapping(data.get("processing_info"))
        state = text(info.get("state")) or "succeeded"
        if state == "failed":
            raise Refused(f"X could not use the file {upload.name}. Videos are MP4 or MOV and last at most 140 seconds.")
        if state != "succeeded":
            wait_s = max(number(info.get("check_after_secs")) or 1, wait_s or 1)
        working.append(identity)
        ids.append(identity)
    if wait_s is not None:
        raise Retryable("X is still working on a file.", retry_after_s=wait_s, progress={UPLOADED: " ".join(working)})
    return ids


def _kind(upload: Upload) -> str:
    """Return what X calls a file: image, gif or video."""
    if upload.mime == "image/gif":
        return "gif"
    return upload.mime.partition("/")[0]


def _upload_whole(calls: Calls, purpose: str, upload: Upload, content: bytes) -> str:
    files = {"media": (upload.name, content, upload.mime)}
    identity = _identity(
        calls, "/2/media/upload", files=files, data={"media_category": f"{purpose}_image", "media_type": upload.mime}
    )
    _describe(calls, identity, upload)
    return identity


def _upload_in_segments(calls: Calls, purpose: str, upload: Upload, content: bytes) -> Mapping[str, Any]:
    """Upload what moves; return what X says of it at the end, which may be that it still works on it."""
    wanted = {"media_category": f"{purpose}_{_kind(upload)}", "media_type": upload.mime, "total_bytes": len(content)}
    identity = _identity(calls, "/2/media/upload/initialize", json=wanted)
    route = f"/2/media/upload/{identity}"
    for index, begin in enumerate(range(0, len(content), SEGMENT)):
        segment = {"media": (upload.name, content[begin : begin + SEGMENT], "application/octet-stream")}
        calls.call("POST", f"{route}/append", repeatable=True, files=segment, data={"segment_index": str(index)})
    _describe(calls, identity, upload)
    return mapping(mapping(decode(calls.call("POST", f"{route}/finalize", repeatable=True))).get("data")) or {"id": identity}


def _identity(calls: Calls, route: str, **arguments: Any) -> str:
    answer = decode(calls.call("POST", route, repeatable=True, **arguments))  # a file that nothing names is thrown away
    identity = identifier(mapping(mapping(answer).get("data")).get("id"))
    if not identity:
        raise Retryable("X's answer to the upload could not be read.")
    return identity


def _look(calls: Calls, identity: str) -> Mapping[str, Any]:
    """Return what X says of an uploaded file; nothing when it is gone."""
    try:
        asked = {"command": "STATUS", "media_id": identity}
        return mapping(mapping(decode(calls.call("GET", "/2/media/upload", params=asked))).get("data"))
    except Refused:
        return {}


def _describe(calls: Calls, identity: str, upload: Upload) -> None:
    if not upload.alt:
        return
    described = {"id": identity, "metadata": {"alt_text": {"text": upload.alt[:DESCRIPTION]}}}
    try:
        calls.call("POST", "/2/media/metadata", repeatable=True, json=described)
    except Refused as error:  # the answer matters more than the description of its picture
        log.warning("X took no description for a file: %s", error)
