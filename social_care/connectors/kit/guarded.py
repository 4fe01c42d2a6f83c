"""Calls to addresses that strangers or people of the team typed: never to a private network, never without limits.

Every address is checked after its name was looked up, again after every redirect, and the connection goes to the address
that was checked: a name that points elsewhere a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import urllib3

from social_care.connectors.kit.http import USER_AGENT
from social_care.core.errors import NotAllowed, Retryable

Resolve = Callable[[str, int], list[str]]
"""Returns every address of a host, as text."""
Found = TypeVar("Found")

PORTS = {"https": 443, "http": 80}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FOR_GOOD = frozenset({301, 308})


class UnusableAnswer(Retryable):
    """A server was asked and answered, but its answer broke off or went beyond the bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one call may cost us, and where it may go.

    max_bytes: of content, unpacked. total_s, connect_s, read_s: seconds in all, to connect, between two bytes. any_port:
    other ports than those of the scheme. trusted: origins that need no check (`http://127.0.0.1:8080`, a sandbox).
    loopback_allowed: this machine may be asked, on any port and by http.
    """

    max_bytes: int = 25_000_000
    total_s: float = 60.0
    connect_s: float = 5.0
    read_s: float = 15.0
    redirects: int = 3
    http_allowed: bool = False
    any_port: bool = False
    loopback_allowed: bool = False
    trusted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered. Header names are lower case. url: where it came from in the end.

    moved_to: the address to ask from now on, where the first redirects were for good; "" where none was.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    moved_to: str = ""


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


def is_this_machine(address: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def fetch(
    url: str,
    bounds: Bounds,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    resolve: Resolve = resolve,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Make one call and read its answer, packed by gzip or not, whatever its status.

    Raises: NotAllowed or Retryable (address; nothing was asked), UnusableAnswer, urllib3's HTTPError or OSError (network).
    """
    deadline = clock() + bounds.total_s

    def take(response: urllib3.BaseHTTPResponse, parts: SplitResult) -> Answer:
        content = _read(response, bounds, deadline, clock)
        told = {str(name).lower(): str(value) for name, value in response.headers.items()}
        return Answer(status=response.status, headers=told, content=content, url=parts.geturl())

    given = {"Accept-Encoding": "gzip", **(headers or {})}
    answer, moved_to = walk(method, url, bounds, take, headers=given, body=body, resolve=resolve)
    return Answer(status=answer.status, headers=answer.headers, content=answer.content, url=answer.url, moved_to=moved_to)


def walk(
    method: str,
    url: str,
    bounds: Bounds,
    take: Callable[[urllib3.BaseHTTPResponse, SplitResult], Found],
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    resolve: Resolve = resolve,
) -> tuple[Found, str]:
    """Ask, follow redirects within bounds, and return what `take` makes of the answer and the `Answer.moved_to`.

    Raises: NotAllowed (address), Retryable (no address), whatever `take` raises, urllib3's HTTPError or OSError (network).
    """
    moved_to, for_good = "", True
    for _ in range(bounds.redirects + 1):
        parts = split(url)
        pool, target = _open(parts, bounds, resolve)
        with pool, _request(method, pool, target, parts, headers or {}, body) as response:
            location = response.headers.get("location")
            if not (bounds.redirects and response.status in REDIRECTS and location):
                return take(response, parts), moved_to
            url = _joined(url, location)
            for_good = for_good and response.status in FOR_GOOD
            moved_to = url if for_good else moved_to
    raise NotAllowed("The address leads on too often.")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise NotAllowed("The address leads to something that is not a web address.") from error


def split(url: str) -> SplitResult:
    """Return an address in its parts. Raises: NotAllowed."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError as error:
        raise NotAllowed("The address is not a web address.") from error
    return parts


def _open(parts: SplitResult, bounds: Bounds, resolve: Resolve) -> tuple[urllib3.HTTPConnectionPool, str]:
    """Return a pool bound to one checked address, and the path to ask it for."""
    host, scheme = parts.hostname or "", parts.scheme
    trusted = f"{scheme}://{parts.netloc}" in bounds.trusted
    if scheme not in PORTS or not host or parts.username or parts.password:
        raise NotAllowed("The address is not a plain web address.")
    here = bounds.loopback_allowed and (host == "localhost" or is_this_machine(host))
    odd_port = parts.port not in {None, PORTS[scheme]} and not bounds.any_port
    if not (trusted or here) and (odd_port or (scheme == "http" and not bounds.http_allowed)):
        raise NotAllowed("The address is not a secure one.")
    port = parts.port or PORTS[scheme]
    try:
        name = host if host.isascii() else host.encode("idna").decode()
        addresses = resolve(name, port)
    except UnicodeError as error:
        raise NotAllowed("The address is not a web address.") from error
    except OSError as error:
        raise Retryable("The address could not be found.") from error
    if not addresses:
        raise Retryable("The address could not be found.")
    if not trusted and not all(is_public(one) or (here and is_this_machine(one)) for one in addresses):
        raise NotAllowed("The address is inside a private network.")
    timeout = urllib3.Timeout(connect=bounds.connect_s, read=bounds.read_s)
    target = quote((parts.path or "/") + ("?" + parts.query if parts.query else ""), safe="/?%:@!$&'()*+,;=~-._[]")
    if scheme == "http":
        return urllib3.HTTPConnectionPool(addresses[0], port, timeout=timeout), target
    return (
        urllib3.HTTPSConnectionPool(
            addresses[0], port, timeout=timeout, server_hostname=name, assert_hostname=name, cert_reqs="CERT_REQUIRED"
        ),
        target,
    )


def _request(
    method: str,
    pool: urllib3.HTTPConnectionPool,
    target: str,
    parts: SplitResult,
    headers: Mapping[str, str],
    body: bytes | None,
) -> urllib3.BaseHTTPResponse:
    host = (parts.hostname or "") if (parts.hostname or "").isascii() else (parts.hostname or "").encode("idna").decode()
    place = f"[{host}]" if ":" in host else host
    return pool.urlopen(
        method,
        target,
        body=body,
        headers={
            "Host": place if parts.port is None else f"{place}:{parts.port}",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            **headers,
        },
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )


def _read(response: urllib3.BaseHTTPResponse, bounds: Bounds, deadline: float, clock: Callable[[], float]) -> bytes:
    """Return the content, unpacked as it comes: a packed one cannot grow beyond the bound."""
    packing = (response.headers.get("content-encoding") or "identity").lower().strip()
    if packing not in {"identity", "gzip", "x-gzip", ""}:
        raise UnusableAnswer("The answer is packed in a way that is not unpacked here.")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS) if packing.endswith("gzip") else None
    chunks: list[bytes] = []
    size = 0
    # read1 returns what has come: read(n) would wait for n bytes, however slowly a server hands them out.
    read = getattr(response, "read1", response.read)
    while chunk := read(65536):
        if unpacker is not None:
            chunk = _unpacked(unpacker, chunk, bounds.max_bytes - size + 1)
        size += len(chunk)
        if size > bounds.max_bytes:
            raise UnusableAnswer(f"The answer is larger than {bounds.max_bytes // 1_000_000} MB.")
        if clock() > deadline:
            raise UnusableAnswer("The answer came too slowly.")
        chunks.append(chunk)
    if unpacker is not None and size and not unpacker.eof:
        raise UnusableAnswer("The answer was broken on its way.")
    return b"".join(chunks)


def _unpacked(unpacker: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return unpacker.decompress(chunk, most)
    except zlib.error as error:
        raise UnusableAnswer("The answer was broken on its way.") from error
