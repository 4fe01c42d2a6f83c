"""Media of strangers: fetched with limits of size, time, type and address."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from mimetypes import guess_extension
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import urllib3
import urllib3.exceptions

from social_care.connectors.kit.http import USER_AGENT
from social_care.core.errors import NotAllowed, Refused, Retryable, TargetGone
from social_care.core.ports import Download

Resolve = Callable[[str, int], list[str]]
"""Returns every address of a host, as text."""

PORTS = {"https": 443, "http": 80}
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one download may cost us.

    max_bytes: of content. total_s, connect_s, read_s: seconds in all, to connect, between two bytes. types: what a MIME
    type may begin with, except `banned`. trusted: origins that need no check (`http://127.0.0.1:8080`, a sandbox).
    """

    max_bytes: int = 25_000_000
    total_s: float = 60.0
    connect_s: float = 5.0
    read_s: float = 15.0
    redirects: int = 3
    types: tuple[str, ...] = ("image/", "video/", "audio/", "application/pdf")
    banned: tuple[str, ...] = ("image/svg",)
    http_allowed: bool = False
    trusted: frozenset[str] = frozenset()


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a host. Raises: OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Tell whether an address is on the open internet; one that carries an IPv4 address inside is judged by that too."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    inner: ipaddress.IPv4Address | None = None
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found.ipv4_mapped:
            return is_public(str(inner))
    if found.is_multicast or found.is_unspecified or found.is_reserved or not found.is_global:
        return False
    return inner is None or is_public(str(inner))


def download(
    url: str, limits: Limits, *, resolve: Resolve = resolve, clock: Callable[[], float] = time.monotonic
) -> Download:
    """Fetch one file.

    The connection goes to the address that was checked, so a name that points elsewhere a moment later changes nothing.
    Raises: NotAllowed (address), TargetGone (no longer there), Refused (too big, wrong type), Retryable (network).
    """
    deadline = clock() + limits.total_s
    for _ in range(limits.redirects + 1):
        parts = _split(url)
        try:
            pool, target = _open(parts, limits, resolve)
            with pool, _request(pool, target, parts) as response:
                location = response.headers.get("location")
                if response.status in {301, 302, 303, 307, 308} and location:
                    url = _joined(url, location)
                    continue
                return _take(response, parts, limits, deadline, clock)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Retryable("The file could not be fetched.") from error
    raise NotAllowed("The file's address leads on too often.")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise NotAllowed("The file's address leads to something that is not a web address.") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError as error:
        raise NotAllowed("The file's address is not a web address.") from error
    return parts


def _open(parts: SplitResult, limits: Limits, resolve: Resolve) -> tuple[urllib3.HTTPConnectionPool, str]:
    """Return a pool bound to one checked address, and the path to ask it for."""
    host, scheme = parts.hostname or "", parts.scheme
    trusted = f"{scheme}://{parts.netloc}" in limits.trusted
    if scheme not in PORTS or not host or parts.username or parts.password:
        raise NotAllowed("The file's address is not a plain web address.")
    if not trusted and (parts.port not in {None, PORTS[scheme]} or (scheme == "http" and not limits.http_allowed)):
        raise NotAllowed("The file's address is not a secure one.")
    port = parts.port or PORTS[scheme]
    try:
        name = host if host.isascii() else host.encode("idna").decode()
        addresses = resolve(name, port)
    except UnicodeError as error:
        raise NotAllowed("The file's address is not a web address.") from error
    if not addresses:
        raise Retryable("The file's address could not be found.")
    if not trusted and not all(is_public(address) for address in addresses):
        raise NotAllowed("The file's address is inside a private network.")
    timeout = urllib3.Timeout(connect=limits.connect_s, read=limits.read_s)
    target = quote((parts.path or "/") + ("?" + parts.query if parts.query else ""), safe="/?%:@!$&'()*+,;=~-._[]")
    if scheme == "http":
        return urllib3.HTTPConnectionPool(addresses[0], port, timeout=timeout), target
    return (
        urllib3.HTTPSConnectionPool(
            addresses[0], port, timeout=timeout, server_hostname=name, assert_hostname=name, cert_reqs="CERT_REQUIRED"
        ),
        target,
    )


def _request(pool: urllib3.HTTPConnectionPool, target: str, parts: SplitResult) -> urllib3.BaseHTTPResponse:
    host = (parts.hostname or "") if (parts.hostname or "").isascii() else (parts.hostname or "").encode("idna").decode()
    place = f"[{host}]" if ":" in host else host
    return pool.urlopen(
        "GET",
        target,
        headers={
            "Host": place if parts.port is None else f"{place}:{parts.port}",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
        },
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )


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
    return Download(name=_name(parts, mime), mime=mime, content=b"".join(chunks))


def _name(parts: SplitResult, mime: str) -> str:
    """Return a file name that is safe on every system, at most 80 characters."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", unquote(parts.path).rsplit("/", 1)[-1]).strip("._")[:60] or "file"
    ending = guess_extension(mime) or ""
    return stem if "." in stem or not ending else stem + ending
