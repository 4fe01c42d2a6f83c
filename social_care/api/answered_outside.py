"""What the panel of the ticket page asks when somebody answered on the platform itself."""

import frappe
from frappe import _

from social_care.api.composer import open_ticket
from social_care.core.errors import NotPermitted, SocialCareError
from social_care.core.outside import Afterwards, OutsideAnswer
from social_care.desks.helpdesk import attempts, merging, messages, replying
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import utc_now
from social_care.engine.answered_outside import record_answer


@frappe.whitelist(methods=["POST"])
def record(
    ticket: str, attempt: str, link: str = "", note: str = "", afterwards: str = "open", target: str | None = None
) -> bool:
    """Record that a message was answered elsewhere; False where this very attempt is recorded already.

    afterwards: open, waiting or resolved. target: the message that was answered; without one the newest of a customer.
    """
    document = open_ticket(ticket, "write")
    merging.check_place(document)
    name = str(document.name)
    found = replying.find_target(name, "message.name = %(name)s" if target else "message.is_context = 0", name=target)
    answered = messages.get(found) if found else None
    if answered is None:
        raise frappe.ValidationError(_("No message of the customer is left on this ticket, so there is nothing to answer."))
    if afterwards not in {one.value for one in Afterwards}:
        frappe.throw(_("A ticket cannot be left like that."))
    answer = OutsideAnswer(
        target=answered,
        user=frappe.session.user,
        attempt=attempts.name_of_attempt(name, attempt) if attempt else "",
        link=link.strip(),
        note=note.strip(),
        afterwards=Afterwards(afterwards),
    )
    try:
        return record_answer(answer, desk=HelpdeskDesk(), clock=utc_now)
    except NotPermitted as refusal:
        frappe.throw(translated(refusal), frappe.PermissionError)
        raise
    except SocialCareError as error:
        frappe.throw(translated(error), title=_("Not recorded"))
        raise
