"""The platforms' webhooks."""

import frappe
from werkzeug.wrappers import Request, Response

from social_care import jobs
from social_care.core.errors import UnverifiedWebhook
from social_care.core.payloads import Payload, Source
from social_care.core.ports import Handshake, ReceivesWebhooks
from social_care.desks.helpdesk.accounts import Gate
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.wiring import load_connector

LARGEST_BODY = 4_000_000
"""Bytes of a webhook that we take; platforms send far less."""
WEBHOOK = "/method/social_care.api.webhook"


@frappe.whitelist(allow_guest=True, methods=["GET", "POST"])
def webhook() -> Response:
    """Take what a platform pushes; answer its question whether this address is ours.

    The address ends in `/NAME` or `?account=NAME`, the account's name.
    """
    frappe.flags.social_webhook_answered = True
    return _answer(frappe.request)


def answer_unread_webhook(response: Response | None = None, request: Request | None = None) -> None:
    """After every request: give a webhook whose body Frappe could not read the answer that it deserves.

    Frappe reads JSON bodies before any endpoint sees them, and answers 500 to one that is not JSON.
    """
    if request is None or response is None or WEBHOOK not in request.path:
        return
    if frappe.flags.social_webhook_answered or response.status_code in (413, 429, 503):
        return
    answer = _answer(request)
    frappe.db.commit()
    response.status_code = answer.status_code
    response.content_type = answer.content_type
    response.set_data(answer.get_data())


def _answer(request: Request) -> Response:
    """Verify before anything is read, store one row, answer; all else is a job's.

    Frappe commits before it hands the answer out, and answers 500 where it could not: the platform will come again.
    """
    desk = HelpdeskDesk()
    name = request.args.get("account") or request.path.partition(WEBHOOK)[2].strip("/")
    gate = desk.accounts.gate(name)
    if gate is None:
        return _plain("unknown account", 404)
    try:
        passed = _verified(request, gate)
    except UnverifiedWebhook:
        desk.accounts.count_refused_webhook(name)
        return _plain("refused", 403)
    if isinstance(passed, Handshake):
        return Response(passed.body, 200, content_type=passed.content_type)
    payload = Payload(
        platform=gate.platform,
        account=name,
        account_id=gate.external_id,
        feed="webhook",
        body=passed,
        source=Source.WEBHOOK,
        received_at=utc_now(),
    )
    if desk.ledger.store(payload) is not None:
        frappe.db.after_commit.add(jobs.handle_soon)
    return _plain("ok", 200)


def _verified(request: Request, gate: Gate) -> bytes | Handshake:
    """Return a body that proves where it comes from, or the answer to a platform's question. Raises: UnverifiedWebhook."""
    connector = load_connector(gate.platform)
    if not gate.enabled or not isinstance(connector, ReceivesWebhooks):
        raise UnverifiedWebhook("this account takes no webhooks")
    if request.method == "GET":
        return connector.handshake(request.args.to_dict(), gate.chosen(connector.challenged_with))
    if (request.content_length or 0) > LARGEST_BODY:
        raise UnverifiedWebhook("the body is too large")
    raw = request.get_data()
    headers = {key.lower(): value for key, value in request.headers.items()}
    connector.verify(raw, headers, gate.chosen(connector.signed_with))
    return raw


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
