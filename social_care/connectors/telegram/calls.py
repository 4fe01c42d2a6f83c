"""Single calls to Telegram. The token stands in the address, so no address ever gets into an error or a log."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from social_care.connectors.kit.http import check_base_url, check_credentials, make_session, never_left
from social_care.connectors.kit.reading import load_json, mapping
from social_care.connectors.telegram.errors import classify, moved_to, unreadable_success
from social_care.core.errors import NotAllowed, OutcomeUnknown, Retryable, SocialCareError, TargetGone, UnreadablePayload

API = "https://api.telegram.org"
UPLOAD_TIMEOUT_S = (5.0, 120.0)
"""Files are uploaded with the message, and Telegram works on them before it answers."""
_TOKEN = re.compile(r"/bot[^/\s\"']+")
_PATH = re.compile(r"(?!.*\.\.)[\w.-][\w./-]{0,300}", re.ASCII)


class HidesTokens(logging.Filter):
    """Takes the token out of the HTTP library's lines: warnings of odd headers, and debug lines where they are wanted."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change a record that names an address with a token."""
        line = record.getMessage()
        if "/bot" in line:
            record.msg, record.args = _TOKEN.sub("/bot…", line), ()
        return True


logging.getLogger("urllib3.connectionpool").addFilter(HidesTokens())


class Moved(Retryable):
    """Nothing was sent: the chat has another id now."""

    def __init__(self, refusal: SocialCareError, chat: str) -> None:
        super().__init__(str(refusal))
        self.chat = chat


class Calls:
    """Calls with one bot's token. None sleeps, none follows a redirect, each has a time-out.

    Raises: ConfigurationError when the API's address or the token cannot be used.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        own = check_credentials(credentials)
        self._token = quote(own["access_token"], safe=":")
        self._base = check_base_url(own.get("api_base_url") or API)
        origin = "/".join(self._base.split("/")[:3])
        # An address of this machine is "rewritten" to itself: no proxy of the machine can reach it.
        self.session = make_session(rewritten={origin: origin} if origin.startswith("http://") else None)

    def ask(self, method: str, **parameters: Any) -> Any:
        """Return the result of a call that does the same when it is done twice. Raises: SocialCareError."""
        return self.call(method, repeatable=True, json=parameters)

    def call(self, method: str, *, repeatable: bool, **arguments: Any) -> Any:
        """Make one call and return its result.

        repeatable: whether doing it twice harms nobody. Only then is a lost answer Retryable. Raises: SocialCareError.
        """
        response = self._request("POST", f"/bot{self._token}/{method}", repeatable, **arguments)
        try:
            body = mapping(load_json(response.content))
        except UnreadablePayload:
            body = {}
        refusal = classify(response.status_code, response.headers, body)
        if refusal is not None:
            if not repeatable and (response.status_code >= 500 or response.status_code == 408):
                raise OutcomeUnknown("Telegram had trouble while taking the message: it may have been sent.") from refusal
            raise Moved(refusal, chat) if (chat := moved_to(body)) else refusal
        if body.get("ok") is not True:
            raise Retryable("Telegram's answer could not be read.") if repeatable else unreadable_success()
        return body.get("result")

    def read_file(self, path: str, longest: int) -> bytes:
        """Return a file of at most `longest` bytes, and one byte of what is more. Raises: SocialCareError."""
        if not _PATH.fullmatch(path):
            raise NotAllowed("Telegram named a place for this file that is not its own.")
        response = self._request("GET", f"/file/bot{self._token}/{path}", True, stream=True)
        with response:
            if response.status_code in (401, 403, 404, 410):
                raise TargetGone("The file is no longer there.")
            if response.status_code != 200:
                raise Retryable("Telegram gave no file.")
            content, broken = b"", False
            try:
                content = response.raw.read(longest + 1, decode_content=True)
            except Exception:  # noqa: BLE001 - the library's errors name the address, and each means the same
                broken = True
        if broken:
            raise Retryable("The file could not be fetched.")
        return content

    def _request(self, verb: str, path: str, repeatable: bool, **arguments: Any) -> requests.Response:
        response, certain = None, False
        try:
            response = self.session.request(verb, self._base + path, **arguments)
        except requests.RequestException as error:
            certain = never_left(error)
        if response is not None:
            return response
        # Raised out here, so that no error carries the library's own, which names the address.
        raise _lost(certain or repeatable)


def _lost(certain: bool) -> SocialCareError:
    if certain:
        return Retryable("Telegram could not be reached.")
    return OutcomeUnknown("The connection to Telegram broke: the message may or may not have been sent.")
