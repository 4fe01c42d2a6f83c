"""What the engine needs from a desk and from a platform. They implement these; nobody else may bridge them."""

if __name__ != "social_care.core.ports":
    raise ImportError(f"import social_care.core.ports, not {__name__}: a second copy would have state of its own")

from social_care.core.ports.desks import (
    Accounts,
    Backoff,
    Case,
    Clock,
    Conflict,
    Desk,
    Ledger,
    Templates,
    Tickets,
    TicketState,
)
from social_care.core.ports.outbox import Outbox
from social_care.core.ports.platforms import (
    CheckUp,
    Connection,
    Connector,
    Download,
    Handshake,
    KeepCredentials,
    ListsTemplates,
    ManagesWebhook,
    Page,
    ReadUpload,
    ReceivesWebhooks,
    UsesTemplates,
)

__all__ = [
    "Accounts",
    "Backoff",
    "Case",
    "CheckUp",
    "Clock",
    "Conflict",
    "Connection",
    "Connector",
    "Desk",
    "Download",
    "Handshake",
    "KeepCredentials",
    "Ledger",
    "ListsTemplates",
    "ManagesWebhook",
    "Outbox",
    "Page",
    "ReadUpload",
    "ReceivesWebhooks",
    "Templates",
    "TicketState",
    "Tickets",
    "UsesTemplates",
]
