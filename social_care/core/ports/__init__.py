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
    Moderations,
    Outbox,
    Tickets,
    TicketState,
)
from social_care.core.ports.platforms import (
    CarriesOut,
    CheckUp,
    Connection,
    Connector,
    Download,
    Handshake,
    KeepCredentials,
    ManagesWebhook,
    Moderates,
    Page,
    ReadUpload,
    ReceivesWebhooks,
)

__all__ = [
    "Accounts",
    "Backoff",
    "CarriesOut",
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
    "ManagesWebhook",
    "Moderates",
    "Moderations",
    "Outbox",
    "Page",
    "ReadUpload",
    "ReceivesWebhooks",
    "TicketState",
    "Tickets",
]
