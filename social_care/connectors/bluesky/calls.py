"""Single calls to an account's server: sessions, what failures mean, what the server says of its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from social_care.connectors.bluesky.errors import ENDED, classify, name_of
from social_care.connectors.bluesky.sessions import SCOPE_PLAIN, Session, claims_of, read_session, scope_of
from social_care.connectors.kit.http import BearerAuth, NoAuth, check_base_url, check_credentials, make_session, never_left
from social_care.connectors.kit.reading import load_json, moment_from_epoch, number
from social_care.connectors.kit.renewing import renewing
from social_care.core.accounts import Account
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    Retryable,
    SocialCareError,
    UnreadablePayload,
)
from social_care.core.ports import Clock, KeepCredentials

ENTRY = "https://bsky.social"
PROFILE = "https://bsky.app/profile/"
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
"""Makes the account's server pass a call on to Bluesky's chat.
Source: https://docs.bsky.app/docs/api/chat-bsky-convo-get-log (read 2026-11)."""
NO_CHAT = (
    "The app password may not see private messages: make one at Bluesky with "
    "“Allow access to your direct messages”, or switch off Direct Messages for this account."
)


class Calls:
    """Calls with one account's session. None sleeps, none follows a redirect, each has a time-out.

    A session is begun with the app password, kept, and renewed when a call finds it ended: beginning one counts against a
    limit of 30 in five minutes and 300 a day. Raises: ConfigurationError when address or credentials cannot be used.
    Source: https://docs.bsky.app/docs/advanced-guides/rate-limits (read 2026-11).
    """

    def __init__(self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, clock: Clock) -> None:
        own = check_credentials(credentials)
        address = own.get("api_base_url") or account.options.get("api_base_url") or ENTRY
        self.entry = check_base_url(address)
        self._account = account
        self._credentials = credentials
        handle = own["client_id"].removeprefix(PROFILE).strip("@/")  # as people copy it
        self._login = {"identifier": handle, "password": own["client_secret"]}
        self._keep = keep
        self._clock = clock
        self._access = own.get("access_token", "")
        self._http: dict[str, requests.Session] = {}
        self.limits: tuple[str, ...] = ()
        self.base = _checked(account.options.get("bluesky_server", "")) or self.entry

    def close(self) -> None:
        """Let go of sockets."""
        for one in self._http.values():
            one.close()

    @property
    def did(self) -> str:
        """Return whose repository is written. Raises: SocialCareError."""
        return self._account.external_id or str(claims_of(self._token()).get("sub") or "") or self.sign_in().did

    def get(self, name: str, **params: Any) -> Any:
        """Ask for something; return the answer's JSON. Raises: SocialCareError."""
        return decode(self.call("GET", name, repeatable=True, params=params))

    def post(self, name: str, body: Mapping[str, Any], *, repeatable: bool = False) -> Any:
        """Change something; return the answer's JSON. Raises: SocialCareError."""
        return decode(self.call("POST", name, repeatable=repeatable, json=body))

    def call(self, method: str, name: str, *, repeatable: bool, **arguments: Any) -> requests.Response:
        """Make one call and return its successful answer; one that finds the session ended is made again in a new one.

        repeatable: whether doing it twice harms nobody. Only then is a lost answer Retryable. Raises: SocialCareError.
        """
        token = self._token()
        if name.startswith("chat."):
            self.check_chat(token)
            arguments["headers"] = {**arguments.get("headers", {}), **CHAT}
        response = self._send(self.base, method, name, token, repeatable=repeatable, **arguments)
        if response.status_code in (400, 401) and name_of(decode(response)) in ENDED:
            response = self._send(self.base, method, name, self._renew(token), repeatable=repeatable, **arguments)
        return self._settled(response, repeatable=repeatable)

    def check_chat(self, token: str = "") -> None:
        """Refuse what the session may not do. Raises: NotAllowed; SocialCareError."""
        if scope_of(token or self._token()) == SCOPE_PLAIN:
            raise NotAllowed(NO_CHAT)

    def sign_in(self) -> Session:
        """Begin a session with the app password, and keep it. Raises: SocialCareError.

        Source: https://docs.bsky.app/docs/api/com-atproto-server-create-session (read 2026-11).
        """
        name = "com.atproto.server.createSession"
        response = self._settled(self._send(self.entry, "POST", name, "", repeatable=True, json=self._login))
        return self._adopt(response)

    # --- inside -----------------------------------------------------------------------------------------------------
    def _token(self) -> str:
        """Return the token of a session of this account; one of another account is of no use."""
        if self._access and (not self._account.external_id or self._is_ours(self._access)):
            return self._access
        with renewing(self._credentials):
            stored = self._credentials.get("access_token", "")
            if stored and stored != self._access and self._is_ours(stored):
                self._access = stored
            else:
                self._sign_in_as_ourselves()
        return self._access

    def _is_ours(self, token: str) -> bool:
        return claims_of(token).get("sub") in (None, self._account.external_id)

    def _renew(self, dead: str) -> str:
        """Return the token of a new session, one worker at a time."""
        with renewing(self._credentials):
            stored = self._credentials.get("access_token", "")
            if stored and stored != dead:
                self._access = stored
            elif not self._refresh():
                self._sign_in_as_ourselves()
        return self._access

    def _refresh(self) -> bool:
        """Go on with the session by its refresh token; False where it cannot go on.

        Source: https://docs.bsky.app/docs/api/com-atproto-server-refresh-session (read 2026-11).
        """
        token = self._credentials.get("refresh_token", "")
        if not token:
            return False
        name = "com.atproto.server.refreshSession"
        response = self._send(self.base, "POST", name, token, repeatable=True)
        if response.status_code in (400, 401):
            return False
        self._adopt(self._settled(response))
        return True

    def _sign_in_as_ourselves(self) -> None:
        session = self.sign_in()
        if self._account.external_id and session.did != self._account.external_id:
            raise ConfigurationError("These credentials belong to another account than the one connected before.")

    def _adopt(self, response: requests.Response) -> Session:
        session = read_session(decode(response), self.entry)
        if session is None:
            raise Retryable("Bluesky's answer could not be read.")
        if session.status:
            raise AccountNeedsLogin(f"Bluesky says that this account is {session.status}: log in there and see why.")
        self._keep({"access_token": session.access, "refresh_token": session.refresh})
        self._access = session.access
        self.base = session.server or self.base
        return session

    def _send(
        self, base: str, method: str, name: str, token: str, *, repeatable: bool, **arguments: Any
    ) -> requests.Response:
        auth = BearerAuth(token) if token else NoAuth()
        try:
            return self._session(base).request(method, f"{base}/xrpc/{name}", auth=auth, **arguments)
        except requests.RequestException as error:
            if repeatable or never_left(error):
                raise Retryable("Bluesky could not be reached.") from error
            raise OutcomeUnknown("The connection broke: the message may or may not have been sent.") from error

    def _session(self, base: str) -> requests.Session:
        if base not in self._http:
            origin = "/".join(base.split("/")[:3])
            # An address of this machine is "rewritten" to itself: no proxy of the machine can reach it.
            self._http[base] = make_session(rewritten={origin: origin} if origin.startswith("http://") else None)
        return self._http[base]

    def _settled(self, response: requests.Response, *, repeatable: bool = True) -> requests.Response:
        refusal: SocialCareError | None = classify(
            response.status_code, response.headers, decode(response), now=self._clock().timestamp()
        )
        self.limits = limits_left(response.headers) or self.limits
        if refusal is None:
            return response
        if not repeatable and (response.status_code >= 500 or response.status_code in (408, 409)):
            raise OutcomeUnknown("Bluesky had trouble while taking the message: it may have been sent.") from refusal
        raise refusal


def decode(response: requests.Response) -> Any:
    """Return the JSON of an answer, None where it is none."""
    try:
        return load_json(response.content)
    except UnreadablePayload:
        return None


def limits_left(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the server says is left of its limit.

    Source: https://docs.bsky.app/docs/advanced-guides/rate-limits (read 2026-11).
    """
    limit, left = number(headers.get("ratelimit-limit")), number(headers.get("ratelimit-remaining"))
    reset = moment_from_epoch(headers.get("ratelimit-reset"))
    if limit is None or left is None:
        return ()
    return (f"calls: {left} of {limit} left" + (f", until {reset:%H:%M} UTC" if reset else ""),)


def _checked(address: str) -> str:
    """Return an address that can be called, "" for another."""
    try:
        return check_base_url(address) if address else ""
    except ConfigurationError:
        return ""
