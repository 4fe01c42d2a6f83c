"""HTTP sessions for platforms' APIs: a time-out on every request, no redirects, no token where it could be read."""

from __future__ import annotations

import ipaddress
import logging
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from social_care import __version__
from social_care.core.errors import ConfigurationError

CONNECT_S = 5.0
READ_S = 20.0
USER_AGENT = f"social_care/{__version__}"

# These write tokens, signatures and addresses to their debug logs: they stay silent below INFO whatever the site's level is.
for _name in ("oauthlib", "requests_oauthlib", "tweepy", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.INFO)


class BearerAuth(AuthBase):
    """An OAuth 2 token. As an auth object, so that a .netrc of the machine cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class NoAuth(AuthBase):
    """No signature, and none from the machine's .netrc either."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class TimedAdapter(HTTPAdapter):
    """Gives every request a time-out, also those of libraries that know none, and may send them to another address.

    timeout: seconds to connect, seconds between two bytes. rewritten: base address → address used instead (a sandbox).
    """

    def __init__(self, *, timeout: tuple[float, float], rewritten: Mapping[str, str]) -> None:
        self._timeout = timeout
        self._rewritten = {origin.rstrip("/"): target.rstrip("/") for origin, target in rewritten.items()}
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a prepared request."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        parts = urlsplit(request.url or "")
        target = self._rewritten.get(f"{parts.scheme}://{parts.netloc}")
        if target is not None:
            request.url = target + parts.path + ("?" + parts.query if parts.query else "")
            kwargs["proxies"] = {}  # the machine's proxy cannot reach our loopback
            kwargs["verify"] = kwargs.get("verify", True)
        return super().send(request, *args, **kwargs)


class ApiSession(requests.Session):
    """A session that follows no redirect: an API does not move, and a token must not follow it to another host."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: nothing is followed."""
        return None


def make_session(
    *, timeout: tuple[float, float] = (CONNECT_S, READ_S), rewritten: Mapping[str, str] | None = None
) -> requests.Session:
    """Return a session for one platform's API; see TimedAdapter for the arguments."""
    session = ApiSession()
    session.headers["User-Agent"] = USER_AGENT
    for scheme in ("https://", "http://"):
        session.mount(scheme, TimedAdapter(timeout=timeout, rewritten=rewritten or {}))
    return session


def check_base_url(url: str) -> str:
    """Return a base address without its last slash. Raises: ConfigurationError unless it is https or on loopback."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        port = parts.port
    except ValueError as error:
        raise ConfigurationError("The API address is not a web address.") from error
    if not host or parts.username or parts.query or parts.fragment:
        raise ConfigurationError("The API address is not a plain web address.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError("The API address has to begin with https:// (http:// only on this machine).")
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{place}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_credentials(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials without blanks around them.

    Raises: ConfigurationError when one could not stand in a header; the HTTP library would quote it in its own error.
    """
    cleaned = {name: value.strip() for name, value in credentials.items() if isinstance(value, str) and value.strip()}
    for name, value in cleaned.items():
        if not value.isascii() or not value.isprintable():
            raise ConfigurationError(f"The credential {name!r} has characters that cannot be sent; enter it again.")
    return cleaned


def server_time(headers: Mapping[str, str]) -> float | None:
    """Return the platform's own time in seconds since 1970, None where an answer does not tell. Names are lower case."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def never_left(error: BaseException) -> bool:
    """Tell whether a failed request certainly did not reach the platform (no address, no connection, no trust).

    A proxy that refuses to open the way is such a failure too: nothing was said to the platform yet.
    """
    seen: list[object] = [error]
    for one in seen:
        if isinstance(
            one,
            requests.exceptions.ConnectTimeout
            | urllib3.exceptions.NewConnectionError
            | urllib3.exceptions.ConnectTimeoutError
            | urllib3.exceptions.ProxyError
            | ssl.SSLCertVerificationError,
        ):
            return True
        if isinstance(one, BaseException):
            inner = [*one.args, one.__cause__, one.__context__, getattr(one, "reason", None)]
            seen.extend(x for x in inner if isinstance(x, BaseException) and all(x is not y for y in seen))
    return False
