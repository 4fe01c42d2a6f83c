"""What the engine needs from a desk and from a platform. They implement these; nobody else may bridge them."""

if __name__ != "social_care.core.ports":
    raise ImportError(f"import social_care.core.ports, not {__name__}: a second copy would have state of its own")

from social_care.core.ports.abilities import (
    AdjustsTextRules,
    BuildsQueries,
    ChecksRights,
    FetchesFiles,
    HasServerLimits,
    LinksPrivately,
    SendsIdempotently,
    TriesSearches,
)
from social_care.core.ports.allowances import CountsUnits, Meter
from social_care.core.ports.answers import CheckUp, Download, Handshake, LookUp, Page
from social_care.core.ports.backoff import Backoff
from social_care.core.ports.desks import Accounts, Case, Clock, Conflict, Desk, Ledger, Templates, Tickets, TicketState
from social_care.core.ports.erasing import Erasing
from social_care.core.ports.files import Files, OfferFile
from social_care.core.ports.insight import Insight
from social_care.core.ports.moderations import Moderations
from social_care.core.ports.outbox import ECHO_REACH, MISTAKEN, Outbox
from social_care.core.ports.platforms import (
    CarriesOut,
    Connection,
    Connector,
    KeepCredentials,
    LimitsPrivateReplies,
    ListsTemplates,
    LooksUp,
    ManagesWebhook,
    Moderates,
    ReadUpload,
    ReceivesWebhooks,
    UsesTemplates,
)
from social_care.core.ports.storms import Storms

__all__ = [
    "ECHO_REACH",
    "MISTAKEN",
    "Accounts",
    "AdjustsTextRules",
    "Backoff",
    "BuildsQueries",
    "CarriesOut",
    "Case",
    "CheckUp",
    "ChecksRights",
    "Clock",
    "Conflict",
    "Connection",
    "Connector",
    "CountsUnits",
    "Desk",
    "Download",
    "Erasing",
    "FetchesFiles",
    "Files",
    "Handshake",
    "HasServerLimits",
    "Insight",
    "KeepCredentials",
    "Ledger",
    "LimitsPrivateReplies",
    "LinksPrivately",
    "ListsTemplates",
    "LookUp",
    "LooksUp",
    "ManagesWebhook",
    "Meter",
    "Moderates",
    "Moderations",
    "OfferFile",
    "Outbox",
    "Page",
    "ReadUpload",
    "ReceivesWebhooks",
    "SendsIdempotently",
    "Storms",
    "Templates",
    "TicketState",
    "Tickets",
    "TriesSearches",
    "UsesTemplates",
]
