"""What every desk must do. A desk's test subclasses `DeskContract` and gives the fixtures `desk` and `clock`."""

from tests.desks.contract.accounts import AccountsPromises
from tests.desks.contract.approval import ApprovalPromises
from tests.desks.contract.erasing import ErasingPromises
from tests.desks.contract.files import FilesPromises
from tests.desks.contract.insight import InsightPromises
from tests.desks.contract.ledger import LedgerPromises
from tests.desks.contract.moderation import ModerationPromises
from tests.desks.contract.outbox import OutboxPromises
from tests.desks.contract.outside import OutsidePromises
from tests.desks.contract.storms import StormPromises
from tests.desks.contract.templates import TemplatesPromises
from tests.desks.contract.tickets import TicketsPromises


class DeskContract(
    LedgerPromises,
    AccountsPromises,
    TicketsPromises,
    ModerationPromises,
    OutboxPromises,
    ApprovalPromises,
    TemplatesPromises,
    OutsidePromises,
    InsightPromises,
    StormPromises,
    FilesPromises,
    ErasingPromises,
):
    """All of them. Subclasses may override `account`, `close_ticket` and `merge_tickets`."""
