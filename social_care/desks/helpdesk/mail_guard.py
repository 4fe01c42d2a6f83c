"""No e-mail ever leaves for an address that we made up."""

from __future__ import annotations

from typing import Any

from frappe import _

from social_care.desks.helpdesk.contacts import is_made_up


def drop_made_up(queued: Any) -> None:
    """Take made-up recipients out of an Email Queue row that is about to be stored; with none left it is never sent.

    Every way to send e-mail leads through this doctype, whoever asks: Helpdesk, a Notification, a person in the desk.
    """
    real = [one for one in queued.recipients if not is_made_up(one.recipient)]
    if len(real) == len(queued.recipients):
        return
    queued.set("recipients", real)
    copied = [address for address in (queued.show_as_cc or "").split(",") if address and not is_made_up(address)]
    queued.show_as_cc = ",".join(copied)
    if not real:
        queued.status = "Error"
        queued.error = _("Not sent: the customer is known only on a social platform and has no e-mail address.")
