"""Signing in with Facebook or Instagram, and what may be connected afterwards: Pages, Instagram accounts, WhatsApp numbers.

The permissions are those that each platform's page names. Source, beside `meta.tokens`:
https://developers.facebook.com/docs/graph-api/reference/user/accounts,
https://developers.facebook.com/docs/permissions (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from social_care.connectors.kit.http import check_base_url
from social_care.connectors.kit.reading import items, mapping, text
from social_care.connectors.meta.connection import next_token, utc_now
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.graph import GRAPH, INSTAGRAM_GRAPH, Graph, version_of
from social_care.connectors.meta.tokens import Tokens
from social_care.core.accounts import Account
from social_care.core.connecting import Identity, SignIn
from social_care.core.errors import ConfigurationError
from social_care.core.ports import Clock

FACEBOOK_SITE, INSTAGRAM_SITE = "https://www.facebook.com", "https://www.instagram.com"
MOST_PAGES_READ = 20
"""Lists of what a person may connect are read so far, 100 entries each."""

Read = Callable[[Graph, Mapping[str, str]], Iterator[Identity]]
"""Lists what may be connected with the token of who signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One button. by_instagram: the person signs in with Instagram itself, not with Facebook."""

    key: str
    label: str
    scopes: tuple[str, ...]
    read: Read
    by_instagram: bool = False


def authorize_url(
    account: Account, credentials: Mapping[str, str], sign_in: SignIn, ways: tuple[Way, ...], title: str
) -> str:
    """Return where Meta asks the person. Raises: ConfigurationError."""
    way = next((one for one in ways if one.key == sign_in.way), None)
    client_id = credentials.get("client_id", "")
    if way is None or not client_id:
        raise ConfigurationError(f"To sign in with {title}, the account needs the app id and the app secret.")
    query = {
        "client_id": client_id,
        "redirect_uri": sign_in.redirect,
        "response_type": "code",
        "scope": ",".join(way.scopes),
        "state": sign_in.state,
    }
    base = credentials.get("api_base_url") or account.options.get("api_base_url", "")
    site = check_base_url(base) if base else INSTAGRAM_SITE if way.by_instagram else FACEBOOK_SITE
    path = "oauth/authorize" if way.by_instagram else f"{version_of(account)}/dialog/oauth"
    return f"{site}/{path}?{urlencode(query)}"


class MetaSigningIn:
    """Implements `SigningIn`. Meta's code is guarded by the app's secret; it knows no verifier in this flow."""

    def __init__(
        self,
        account: Account,
        credentials: Mapping[str, str],
        ways: tuple[Way, ...],
        *,
        title: str,
        clock: Clock = utc_now,
    ) -> None:
        self._account, self._ways, self._title = account, ways, title
        self._tokens = Tokens(account, credentials, title=title, clock=clock)

    def identities(self, code: str, sign_in: SignIn) -> tuple[Identity, ...]:
        """Trade the code for a long-lived token and list what may be connected with it. Raises: SocialCareError."""
        way = next(one for one in self._ways if one.key == sign_in.way)
        trade = self._tokens.instagram_token if way.by_instagram else self._tokens.user_token
        theirs = trade(code, sign_in.redirect)
        host = INSTAGRAM_GRAPH if way.by_instagram else GRAPH
        graph = Graph(self._account, {**self._tokens.app, **theirs}, title=self._title, host=host)
        try:
            return tuple(way.read(graph, theirs))
        finally:
            graph.session.close()

    def close(self) -> None:
        """Let go of sockets."""
        self._tokens.close()


def _listed(graph: Graph, path: str, fields: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a list, page by page."""
    after: dict[str, str] = {}
    for _ in range(MOST_PAGES_READ):
        body = graph.get(path, fields=fields, limit=100, **after).body
        yield from map(mapping, items(body.get("data")))
        token = next_token(body)
        if not token:
            return
        after = {"after": token}


def read_pages(graph: Graph, theirs: Mapping[str, str]) -> Iterator[Identity]:
    """Yield the Pages of who signed in. A Page's token made with a long-lived one does not end."""
    for page in _listed(graph, "me/accounts", "id,name,username,access_token"):
        identity, token = remote_id(page.get("id")), text(page.get("access_token"))
        if identity and token:
            credentials = {"access_token": token, "token_expires_at": ""}
            handle = text(page.get("username")) or ""
            yield Identity(id=identity, name=text(page.get("name")) or "", handle=handle, credentials=credentials)


def read_accounts_of_pages(graph: Graph, theirs: Mapping[str, str]) -> Iterator[Identity]:
    """Yield the professional Instagram accounts that belong to the Pages of who signed in; the Page's token serves them."""
    for page in _listed(graph, "me/accounts", "access_token,instagram_business_account{id,username,name}"):
        who, token = mapping(page.get("instagram_business_account")), text(page.get("access_token"))
        identity, handle = remote_id(who.get("id")), text(who.get("username")) or ""
        if identity and token:
            credentials = {"access_token": token, "token_expires_at": "", "instagram_login": "Facebook"}
            yield Identity(id=identity, name=text(who.get("name")) or handle, handle=handle, credentials=credentials)


def read_instagram_account(graph: Graph, theirs: Mapping[str, str]) -> Iterator[Identity]:
    """Yield the account that signed in."""
    who = graph.get("me", fields="user_id,username,name").body
    identity, handle = remote_id(who.get("user_id"), who.get("id")), text(who.get("username")) or ""
    if identity:
        credentials = {**theirs, "instagram_login": "Instagram"}
        yield Identity(id=identity, name=text(who.get("name")) or handle, handle=handle, credentials=credentials)


def read_numbers(graph: Graph, theirs: Mapping[str, str]) -> Iterator[Identity]:
    """Yield the WhatsApp numbers of the businesses of who signed in; their token ends after 60 days.

    Source: https://developers.facebook.com/docs/graph-api/reference/business/owned_whatsapp_business_accounts (read 2026-11;
    that both lists can be asked for at once is unsure).
    """
    numbers = "id,name,phone_numbers{id,display_phone_number,verified_name}"
    lists = ("owned_whatsapp_business_accounts", "client_whatsapp_business_accounts")
    seen = set()
    for business in _listed(graph, "me/businesses", ",".join(f"{one}{{{numbers}}}" for one in lists)):
        accounts = [one for name in lists for one in items(mapping(business.get(name)).get("data"))]
        for account, number in _numbers(accounts):
            identity = remote_id(number.get("id"))
            if identity and identity not in seen:
                seen.add(identity)
                shown = text(number.get("display_phone_number")) or ""
                whose = {"whatsapp_phone_number_id": identity, "whatsapp_business_account_id": account}
                credentials = {**theirs, **whose}
                name = text(number.get("verified_name")) or shown
                yield Identity(id=identity, name=name, handle=shown, credentials=credentials)


def _numbers(accounts: Iterable[object]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each number with the id of its WhatsApp business account."""
    for account in map(mapping, accounts):
        for number in items(mapping(account.get("phone_numbers")).get("data")):
            yield remote_id(account.get("id")), mapping(number)


PAGE = Way(
    key="page",
    label="Connect a Facebook Page",
    scopes=(
        *("pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_read_user_content"),
        *("pages_manage_engagement", "pages_messaging"),
    ),
    read=read_pages,
)
ACCOUNT_OF_PAGE = Way(
    key="page",
    label="Connect through a Facebook Page",
    scopes=(
        *("pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_messaging"),
        *("instagram_basic", "instagram_manage_comments", "instagram_manage_messages"),
    ),
    read=read_accounts_of_pages,
)
INSTAGRAM = Way(
    key="instagram",
    label="Sign in with Instagram",
    scopes=("instagram_business_basic", "instagram_business_manage_comments", "instagram_business_manage_messages"),
    read=read_instagram_account,
    by_instagram=True,
)
NUMBER = Way(
    key="number",
    label="Connect a WhatsApp number",
    scopes=("business_management", "whatsapp_business_management", "whatsapp_business_messaging"),
    read=read_numbers,
)
