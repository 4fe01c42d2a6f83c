"""Frappe Helpdesk as a desk. Everything happens on the site that Frappe is connected to."""

from __future__ import annotations

from contextlib import AbstractContextManager

from social_care.core.ports import Clock
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.accounts import HelpdeskAccounts
from social_care.desks.helpdesk.approvals import HelpdeskApprovals
from social_care.desks.helpdesk.erasing import HelpdeskErasing
from social_care.desks.helpdesk.files import HelpdeskFiles
from social_care.desks.helpdesk.ledger import HelpdeskLedger
from social_care.desks.helpdesk.moderations import HelpdeskModerations
from social_care.desks.helpdesk.outbox import HelpdeskOutbox
from social_care.desks.helpdesk.outside_answers import HelpdeskOutsideAnswers
from social_care.desks.helpdesk.storms import HelpdeskStorms
from social_care.desks.helpdesk.team import HelpdeskTeam
from social_care.desks.helpdesk.templates import HelpdeskTemplates
from social_care.desks.helpdesk.tickets import HelpdeskTickets
from social_care.desks.helpdesk.times import utc_now


class HelpdeskDesk:
    """See `core.ports.Desk`."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.accounts = HelpdeskAccounts(clock)
        self.ledger = HelpdeskLedger(clock)
        self.tickets = HelpdeskTickets(clock, self.accounts)
        self.outbox = HelpdeskOutbox(clock)
        self.approvals = HelpdeskApprovals(clock)
        self.team = HelpdeskTeam()
        self.templates = HelpdeskTemplates()
        self.moderations = HelpdeskModerations()
        self.outside_answers = HelpdeskOutsideAnswers()
        self.storms = HelpdeskStorms(self.accounts)
        self.erasing = HelpdeskErasing()
        self.files = HelpdeskFiles(clock, self.outbox)

    def transaction(self) -> AbstractContextManager[None]:
        return rows.transaction()
