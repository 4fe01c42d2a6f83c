"""What only some platforms can do, beside the ports every one has: a connector or a connection implements what it can."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from social_care.core.accounts import Account
from social_care.core.capabilities import MediaRule, TextRule
from social_care.core.events import Audience
from social_care.core.listening import BuiltQuery, SearchParts
from social_care.core.moderation import ModerationAction
from social_care.core.ports.answers import Page
from social_care.core.ports.files import OfferFile
from social_care.core.replies import Part, StoredMessage


@runtime_checkable
class AdjustsTextRules(Protocol):
    """A connector of a platform where the length of a message depends on the account, or on whom an answer is for."""

    def text_rule(self, target: StoredMessage, account: Account, audience: Audience) -> TextRule | None:
        """Return how long the words of one message may be, None where the platform's usual rule holds."""


@runtime_checkable
class HasServerLimits(AdjustsTextRules, Protocol):
    """A connector of a platform where limits depend on the account's server."""

    def media_rule(self, account: Account, audience: Audience) -> MediaRule:
        """Return which files one message may have; takes the place of the capabilities' rule."""


@runtime_checkable
class SendsIdempotently(Protocol):
    """A connection to a platform that makes one message of several attempts under one key."""

    def may_repeat(self, part: Part, now: datetime) -> bool:
        """Tell whether sending a part of unknown outcome again surely makes no second message now."""


@runtime_checkable
class FetchesFiles(Protocol):
    """A connection to a platform that, for some accounts, fetches a reply's files from an address of ours."""

    def fetch_with(self, offer: OfferFile) -> None:
        """Take what names the addresses; until then such files are refused."""


@runtime_checkable
class ChecksRights(Protocol):
    """A connection to a platform where the rights to moderate differ from place to place."""

    def lacking_rights(self, target: StoredMessage) -> Mapping[ModerationAction, str]:
        """Return what the account may not do where a message stands, each with a sentence. Raises: SocialCareError."""


@runtime_checkable
class LinksPrivately(Protocol):
    """A connector of a platform with an address at which anybody can begin to write to an account privately."""

    def private_link(self, account: Account) -> str:
        """Return that address (https), "" while what it is made of is unknown."""


@runtime_checkable
class BuildsQueries(Protocol):
    """A connector of a platform whose search language it writes."""

    def build_query(self, parts: SearchParts, account: Account) -> BuiltQuery:
        """Return what finds these parts. Raises: Refused, with a sentence, when the platform cannot look for them."""

    def search_price(self, hits: int) -> Decimal:
        """Return in US dollars what reading so many hits costs at most."""


@runtime_checkable
class TriesSearches(Protocol):
    """A connection that can ask once, apart from every feed."""

    def try_search(self, query: str, limit: int) -> Page:
        """Fetch the newest hits, about `limit` of them; the page's cursor means nothing. Raises: SocialCareError."""
