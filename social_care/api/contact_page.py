"""The small page on which a customer leaves contact details, by a link that works once.

A plain form without scripts, as good on an old phone as anywhere. It shows nothing of the customer. Looking at it uses
nothing up: messengers fetch links to preview them. Whoever knows the token may answer; no cookie gives that right, so
there is nothing that another site could forge.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import split_emails, validate_email_address
from jinja2 import Environment, Template
from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from social_care import jobs, privacy
from social_care.core.contact_requests import ContactDetails, digest_of
from social_care.desks.helpdesk import contact_requests, html
from social_care.desks.helpdesk.contact_requests import KEY, LANGUAGES, PAGE
from social_care.desks.helpdesk.contacts import is_made_up, with_at
from social_care.desks.helpdesk.rows import Row
from social_care.desks.helpdesk.times import utc_now
from social_care.jobs_contact_requests import land_contact_details
from social_care.wiring import load_connector

TEMPLATE = Path(__file__).parents[1] / "templates/contact_page.html"
VISITS_AN_HOUR, ANSWERS_AN_HOUR, HOUR_S = 60, 20, 3600
"""From one address; to one link."""
MOST_LENGTH = 140
PREVIEWS = ("bot", "crawl", "facebookexternalhit", "preview", "spider", "whatsapp")
"""What stands in the names of programs that fetch links by themselves."""


class ContactPage:
    """Answers for the page's path on the site (`page_renderer` in hooks.py)."""

    def __init__(self, path: str, http_status_code: int | None = None) -> None:
        self.path = path

    def can_render(self) -> bool:
        """Tell whether this is our page."""
        return self.path.strip("/ ") == PAGE

    def render(self) -> Response:
        """Answer the request."""
        request: Request = frappe.request
        token = str(request.values.get(KEY) or "")
        frappe.local.lang = request.accept_languages.best_match(LANGUAGES) or "en"
        frappe.form_dict.update({"cmd": PAGE, "contact_request": digest_of(token)})  # by these Frappe counts
        try:
            return _visit(request, token)
        except frappe.RateLimitExceededError:
            frappe.clear_messages()
            return _page(_("Please try again later"), [_("There were too many attempts. Please try again in an hour.")], 429)


@rate_limit(limit=VISITS_AN_HOUR, seconds=HOUR_S)
@rate_limit(key="contact_request", limit=ANSWERS_AN_HOUR, seconds=HOUR_S, methods=["POST"], ip_based=False)
def _visit(request: Request, token: str) -> Response:
    found = contact_requests.find(token, utc_now())
    if found is None:
        return _useless()
    frappe.local.lang = found["language"] or frappe.local.lang
    if request.method == "POST":
        return _take(request, token, found)
    if request.method == "GET" and not any(one in request.user_agent.string.lower() for one in PREVIEWS):
        contact_requests.record_opened(found["name"], utc_now())
        frappe.db.commit()  # Frappe forgets what a GET has done
    return _form(token, found, {}, {})


def _take(request: Request, token: str, found: Row) -> Response:
    """Keep an answer, or show the form again with what is missing."""
    typed = {name: html.clean_line(request.form.get(name), MOST_LENGTH + 1) for name in ("email", "phone", "preferred_time")}
    details, errors = _checked(typed)
    consent = _consent()
    if not request.form.get("consent"):
        errors["consent"] = _("We may use your details only if you agree.")
    elif request.form.get("shown") != digest_of(consent):
        errors["consent"] = _("This text has changed meanwhile. Please read it again.")
    if request.form.get("leave_empty"):
        errors["consent"] = _("This was filled in by a program. Please send the form yourself.")
    if errors:
        return _form(token, found, typed, errors)
    if not contact_requests.record_answer(found["name"], details, consent, utc_now()):
        return _useless()
    jobs.enqueue(land_contact_details, request=found["name"])
    return _page(_("Thank you"), [_("Your details have reached the team. You can close this page.")], 200)


def _checked(typed: Mapping[str, str]) -> tuple[ContactDetails, dict[str, str]]:
    """Return what was typed in the form in which it is kept, and by field what is wrong with it."""
    email, phone = typed["email"], privacy.phone_number(typed["phone"], jobs.own_country())
    errors = {}
    one = split_emails(email) == [email] and validate_email_address(email) == email
    if email and (not one or len(email) > MOST_LENGTH or is_made_up(email)):
        errors["email"] = _("This is no e-mail address, such as name@example.com.")
    if typed["phone"] and not phone:
        errors["phone"] = _("This is no phone number. Please begin with the country's code, such as +48.")
    if not email and not typed["phone"]:
        errors["email"] = _("An e-mail address or a phone number is needed.")
    return ContactDetails(email=email, phone=phone, preferred_time=typed["preferred_time"][:MOST_LENGTH]), errors


def _consent() -> str:
    own = _("I agree that the team stores these details and uses them to contact me about my request.")
    return (frappe.db.get_single_value("Social Care Settings", "hand_off_consent") or "").strip() or own


# --- what is shown --------------------------------------------------------------------------------------------------
def _form(token: str, found: Row, typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    asks = _("{0} on {1} asks how to reach you about your request.").format(
        with_at(found["handle"]) or _("The team"), load_connector(found["platform"].lower()).title
    )
    until = _("This link works once, until {0}.").format(contact_requests.last_day(found["expires_at"], frappe.local.lang))
    fields = [
        {"name": "email", "type": "email", "autocomplete": "email", "label": _("E-mail address")},
        {
            "name": "phone",
            "type": "tel",
            "autocomplete": "tel",
            "label": _("Phone number"),
            "hint": _("With the country's code, such as +48."),
        },
        {
            "name": "preferred_time",
            "type": "text",
            "autocomplete": "off",
            "label": _("Preferred time"),
            "hint": _("When it suits you best; you may leave this empty."),
        },
    ]
    consent = _consent()
    more = {
        "fields": [{**field, "value": typed.get(field["name"], "")} for field in fields],
        "errors": errors,
        "key_name": KEY,
        "key": token,
        "shown": digest_of(consent),
        "consent": Markup(html.to_html(consent).removeprefix("<p>").removesuffix("</p>")),  # noqa: S704 - escaped there
        "wrong": _("Nothing was sent yet. Please look at what is marked below."),
        "trap": _("Please leave this field empty"),
        "send": _("Send"),
        "csrf_token": frappe.session.data.csrf_token,
    }
    return _page(_("How can we reach you?"), [asks, until], 422 if errors else 200, **more)


def _useless() -> Response:
    """Return the same for a link that is unknown, used, withdrawn or out of time."""
    why = _("It may have been used already, or its time is over. Write to us where you wrote before, and we send a new one.")
    return _page(_("This link does not work"), [why], 404)


def _page(title: str, lines: list[str], status: int, **more: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    text = _template().render(language=frappe.local.lang, title=title, lines=lines, nonce=nonce, **more)
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self';"
            " frame-ancestors 'none'; base-uri 'none'",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "X-Robots-Tag": "noindex, nofollow",
        }
    )
    return response


@cache
def _template() -> Template:
    return Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
