"""Files: uploaded whole or in parts, and handed out again.

Source: https://docs.x.com/x-api/media/quickstart/media-upload-chunked and /best-practices (2026-11-21)
"""

from __future__ import annotations

import base64
import binascii
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from social_care.sandbox.server import Request, Response
from social_care.sandbox.x import problems
from social_care.sandbox.x.api import USER, Api, Call, Reply
from social_care.sandbox.x.model import Media
from social_care.sandbox.x.state import State

MIB = 1024 * 1024
CATEGORIES = {
    "tweet_image": ("photo", 5 * MIB),
    "dm_image": ("photo", 5 * MIB),
    "tweet_gif": ("animated_gif", 15 * MIB),
    "dm_gif": ("animated_gif", 15 * MIB),
    "tweet_video": ("video", 512 * MIB),
    "dm_video": ("video", 512 * MIB),
    "amplify_video": ("video", 512 * MIB),
}
"""What a category is, and its most bytes."""
LIFE_S = 86_400
PIXEL = base64.b64decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def register(api: Api) -> None:
    """Add the routes."""
    demands: dict[str, Any] = {"auth": USER, "access": "write"}
    api.add("POST /2/media/upload", upload, **demands)
    api.add("GET /2/media/upload", get_status, parameters=frozenset({"command", "media_id"}), **demands)
    api.add("POST /2/media/metadata", describe, **demands)
    api.add("POST /2/media/upload/initialize", initialize, **demands)
    api.add("POST /2/media/upload/:id/append", append, **demands)
    api.add("POST /2/media/upload/:id/finalize", finalize, **demands)


def read_parts(call: Call) -> dict[str, Any]:
    """Return the fields of a JSON or multipart body; a file's field is bytes. Raises: Problem (400)."""
    kind = call.request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        data = call.body()
        if isinstance(data.get("media"), str):
            try:
                data["media"] = base64.b64decode(data["media"], validate=True)
            except binascii.Error as error:
                raise problems.invalid("$.media: is not base64") from error
        return data
    message = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + call.request.body)
    parts: dict[str, Any] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True) or b""
        parts[name] = content if name == "media" else bytes(content).decode().strip()
    return parts


def upload(api: Api, call: Call) -> Reply:
    """Upload a file whole, or take a step of the old way with commands."""
    parts = read_parts(call)
    command = str(parts.get("command", ""))
    if command == "INIT":
        return _initialize(api, call, parts)
    if command == "APPEND":
        return _append(api, call, str(parts.get("media_id", "")), parts)
    if command == "FINALIZE":
        return _finalize(api, call, str(parts.get("media_id", "")))
    if not isinstance(parts.get("media"), bytes) or not parts["media"]:
        raise problems.invalid("$.media: is missing but it is required")
    media = _make(api, call, str(parts.get("media_category", "tweet_image")), parts.get("media_type"))
    media.content = parts["media"]
    _check_size(media)
    return Reply(data={"data": _describe(media)})


def initialize(api: Api, call: Call) -> Reply:
    """Begin an upload in parts."""
    return _initialize(api, call, read_parts(call))


def append(api: Api, call: Call) -> Reply:
    """Take one part."""
    return _append(api, call, call.params["id"], read_parts(call))


def finalize(api: Api, call: Call) -> Reply:
    """End an upload in parts."""
    return _finalize(api, call, call.params["id"])


def get_status(api: Api, call: Call) -> Reply:
    """Return how far the processing is; a video is ready at the first question."""
    media = _mine(api, call, call.query.get("media_id", ""))
    if media.state == "pending":
        media.state = "succeeded"
    return Reply(data={"data": _describe(media) | {"processing_info": {"state": media.state, "progress_percent": 100}}})


def describe(api: Api, call: Call) -> Reply:
    """Take the description of a file.

    Source: https://docs.x.com/x-api/media/create-media-metadata (2026-11-22)
    """
    body = call.body()
    media = _mine(api, call, str(body.get("id", "")))
    given = body.get("metadata")
    alt = given.get("alt_text") if isinstance(given, dict) else None
    words = alt.get("text") if isinstance(alt, dict) else None
    if not isinstance(words, str) or len(words) > 1000:
        raise problems.invalid("$.metadata.alt_text.text: a text of at most 1000 characters is required")
    media.alt = words
    return Reply(data={"data": {"id": media.id, "associated_metadata": {"alt_text": {"text": words}}}})


def _initialize(api: Api, call: Call, parts: dict[str, Any]) -> Reply:
    size = str(parts.get("total_bytes", ""))
    if not size.isdigit():
        raise problems.invalid("$.total_bytes: is missing but it is required")
    media = _make(api, call, str(parts.get("media_category", "tweet_image")), parts.get("media_type"))
    media.state, media.expected = "uploading", int(size)
    return Reply(data={"data": _describe(media)})


def _append(api: Api, call: Call, media_id: str, parts: dict[str, Any]) -> Reply:
    media = _mine(api, call, media_id)
    index = str(parts.get("segment_index", ""))
    if media.state != "uploading" or not index.isdigit() or not isinstance(parts.get("media"), bytes):
        raise problems.invalid("$.segment_index: an open upload, a number and media are required")
    media.segments[int(index)] = parts["media"]
    return Reply(data={"data": {"expires_at": int(api.clock().timestamp()) + LIFE_S}})


def _finalize(api: Api, call: Call, media_id: str) -> Reply:
    media = _mine(api, call, media_id)
    media.content = b"".join(media.segments[index] for index in sorted(media.segments))
    if media.state != "uploading" or len(media.content) != media.expected:
        raise problems.invalid("The number of bytes uploaded does not match total_bytes", "media_id", media_id)
    _check_size(media)
    media.state = "succeeded" if media.kind == "photo" else "pending"
    data = _describe(media)
    if media.state == "pending":
        data["processing_info"] = {"state": "pending", "check_after_secs": 1}
    return Reply(data={"data": data})


def _make(api: Api, call: Call, category: str, mime: object) -> Media:
    if category not in CATEGORIES:
        raise problems.invalid("$.media_category: does not have a value in the enumeration", "media_category", category)
    traits: dict[str, Any] = {"mime": mime} if isinstance(mime, str) and mime else {}
    return api.state.add_media(call.user_id, CATEGORIES[category][0], category=category, **traits)


def _check_size(media: Media) -> None:
    most = CATEGORIES[media.category][1]
    if len(media.content) > most:
        raise problems.invalid(f"The media is larger than {most} bytes", "media_category", media.category)


def _mine(api: Api, call: Call, media_id: str) -> Media:
    media = api.state.media.get(media_id)
    if media is None or media.owner_id != call.user_id:
        raise problems.not_found()
    return media


def _describe(media: Media) -> dict[str, Any]:
    return {"id": media.id, "media_key": media.key, "size": len(media.content), "expires_after_secs": LIFE_S}


def serve_file(state: State, request: Request) -> Response | None:
    """Return a file that a post points to, as X's image and video hosts do; None when it is not there."""
    name = request.path.rpartition("/")[2].partition(".")[0]
    with state.lock:
        media = next((one for one in state.media.values() if one.key == name), None)
    if media is None:
        return None
    return Response(body=media.content or PIXEL, content_type=media.mime if media.content else "image/png")
