"""Media of strangers: fetched with limits of size, time, type and address."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from mimetypes import guess_extension, guess_type
from urllib.parse import SplitResult, unquote

import urllib3
import urllib3.exceptions

from social_care.connectors.kit.guarded import Bounds, Resolve, is_public, resolve, walk
from social_care.core.errors import Refused, Retryable, TargetGone
from social_care.core.ports import Download

__all__ = ["Limits", "download", "is_public"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Bounds):
    """What one download may cost us. types: what a MIME type may begin with, except `banned`."""

    types: tuple[str, ...] = ("image/", "video/", "audio/", "application/pdf")
    banned: tuple[str, ...] = ("image/svg",)


def download(
    url: str, limits: Limits, *, resolve: Resolve = resolve, clock: Callable[[], float] = time.monotonic
) -> Download:
    """Fetch one file.

    Raises: NotAllowed (address), TargetGone (no longer there), Refused (too big, wrong type), Retryable (network).
    """
    deadline = clock() + limits.total_s

    def take(response: urllib3.BaseHTTPResponse, parts: SplitResult) -> Download:
        return _take(response, parts, limits, deadline, clock)

    try:
        return walk("GET", url, limits, take, resolve=resolve)[0]
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Retryable("The file could not be fetched.") from error


def _take(
    response: urllib3.BaseHTTPResponse, parts: SplitResult, limits: Limits, deadline: float, clock: Callable[[], float]
) -> Download:
    """Read the content as it comes, and stop at the limits."""
    if response.status in {401, 403, 404, 410, 451}:
        raise TargetGone("The file is no longer there.")
    if response.status != 200:
        raise Retryable("The file's server gave no file.")
    mime = (response.headers.get("content-type") or "").split(";")[0].strip().lower()
    if not mime.startswith(limits.types) or mime.startswith(limits.banned):
        raise Refused("The file is of a kind that is not kept.")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused("The file is packed in a way that is not unpacked here.")
    chunks: list[bytes] = []
    size = 0
    # read1 returns what has come: read(n) would wait for n bytes, however slowly a server hands them out.
    read = getattr(response, "read1", response.read)
    while chunk := read(65536):
        size += len(chunk)
        if size > limits.max_bytes:
            raise Refused(f"The file is larger than {limits.max_bytes // 1_000_000} MB.")
        if clock() > deadline:
            raise Retryable("The file came too slowly.")
        chunks.append(chunk)
    return Download(name=_name(parts, mime, limits), mime=mime, content=b"".join(chunks))


def _name(parts: SplitResult, mime: str, limits: Limits) -> str:
    """Return a file name that is safe on every system, at most 80 characters.

    Whoever serves the file goes by its ending: one that stands for a page with scripts is no longer one.
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", unquote(parts.path).rsplit("/", 1)[-1]).strip("._")[:60] or "file"
    told = guess_type(f"file.{stem.rpartition('.')[2]}", strict=False)[0] or mime
    if not told.startswith(limits.types) or told.startswith(limits.banned):
        stem = stem.replace(".", "_")
    ending = guess_extension(mime) or ""
    return stem if "." in stem or not ending else stem + ending
