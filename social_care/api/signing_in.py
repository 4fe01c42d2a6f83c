"""Signing in at a platform, so that nobody has to paste tokens.

What belongs to a sign-in under way is kept in Redis, encrypted with the site's key, for ten minutes: nothing of it stands in
an address but the state, and nothing reaches the browser but names. Tokens go into the account's Password fields at once.
"""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import frappe
from frappe import _
from frappe.utils.password import decrypt, encrypt
from werkzeug.wrappers import Response

from social_care.core.accounts import Account
from social_care.core.connecting import Identity, SignIn, SignsIn
from social_care.core.errors import ConfigurationError, SocialCareError
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.wiring import load_connector

LIVES_S = 600
OWNERS = ("System Manager", "Social Care Owner")


def may_connect(account: str) -> None:
    """Let only those pass who may change the credentials of an account. Raises: frappe.PermissionError."""
    frappe.only_for(OWNERS)
    frappe.has_permission("Social Account", "write", account, throw=True)


def return_address() -> str:
    """Return where platforms send people back; it has to be entered in the app's settings there."""
    return frappe.utils.get_url("/api/method/social_care.api.signing_in.come_back")


def ways(account: str) -> Mapping[str, str]:
    """Return the buttons for signing in with an account's platform."""
    connector = load_connector(HelpdeskDesk().accounts.get(account).platform)
    return connector.sign_in_ways if isinstance(connector, SignsIn) else {}


@frappe.whitelist(methods=["POST"])
def begin(account: str, way: str) -> str:
    """Return the platform's address to go to; who comes back from it within ten minutes is signed in."""
    may_connect(account)
    accounts = HelpdeskDesk().accounts
    known = accounts.get(account)
    sign_in = SignIn(way=way, redirect=return_address(), state=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))
    try:
        url = _signs_in(known).authorize_url(known, accounts.credentials(account), sign_in)
    except SocialCareError as error:
        frappe.throw(translated(error), title=_("Not yet"))
    _keep(sign_in.state, {"account": account, "sign_in": asdict(sign_in), "session": _session()})
    return url


@frappe.whitelist(methods=["GET"])
def come_back() -> Response:
    """Take who comes back from the platform, and lead to the account's form, without anything secret in its address."""
    given = frappe.request.args
    begun = _take(given.get("state") or "")
    if begun is None or begun["session"] != _session():
        sentence = _("This sign-in is used up, took more than ten minutes, or was begun elsewhere. Begin again.")
        return Response(sentence, 403, content_type="text/plain; charset=utf-8")
    account = begun["account"]
    may_connect(account)
    _keep(_place(account), _trade(account, SignIn(**begun["sign_in"]), given.get("code") or ""))
    response = Response(status=302)
    response.headers["Location"] = frappe.utils.get_url_to_form("Social Account", account)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _trade(account: str, sign_in: SignIn, code: str) -> dict[str, Any]:
    """Return what became of a sign-in: a sentence, and what there is to choose from."""
    accounts = HelpdeskDesk().accounts
    known = accounts.get(account)
    title = load_connector(known.platform).title
    if not code:
        return _outcome(_("{0} gave no access: the sign-in was declined.").format(title))
    try:
        signing_in = _signs_in(known).sign_in(known, accounts.credentials(account))
        try:
            found = signing_in.identities(code, sign_in)
        finally:
            signing_in.close()
    except SocialCareError as error:
        return _outcome(translated(error))
    if not found:
        return _outcome(_("{0} lists nothing that may be connected for who signed in.").format(title))
    if known.external_id:
        found = tuple(one for one in found if one.id == known.external_id)
        if not found:
            return _outcome(_("This account is {0} on {1}. Who signed in may not use it.").format(known.handle, title))
    if len(found) > 1:
        return _outcome(_("Choose what to connect."), good=True, choices=found)
    return _connect(account, found[0])


def _signs_in(account: Account) -> SignsIn:
    connector = load_connector(account.platform)
    if not isinstance(connector, SignsIn):
        raise ConfigurationError(f"{connector.title} has no sign-in: fill in the credentials.")
    return connector


def _connect(account: str, identity: Identity) -> dict[str, Any]:
    HelpdeskDesk().accounts.connect(account, identity)
    sentence = _("Connected as {0}.").format(identity.handle or identity.name)
    if HelpdeskDesk().accounts.get(account).sending_paused:
        sentence += " " + _("Sending is still paused: press Resume sending.")
    return _outcome(sentence, good=True)


@frappe.whitelist(methods=["POST"])
def choose(account: str, identity: str) -> str:
    """Connect one of what the person who signed in may connect; return what became of it."""
    may_connect(account)
    kept = _take(_place(account)) or _outcome("")
    for one in kept["choices"]:
        if one["id"] == identity:
            return str(_connect(account, Identity(**one))["message"])
    raise frappe.ValidationError(_("That took longer than ten minutes. Please sign in again."))


def outcome(account: str) -> dict[str, Any] | None:
    """Return what became of the present user's sign-in, once, without anything secret; choices stay until one is taken."""
    kept = _take(_place(account))
    if kept is None:
        return None
    if kept["choices"]:
        _keep(_place(account), kept)
    return {**kept, "choices": [{name: one[name] for name in ("id", "name", "handle")} for one in kept["choices"]]}


def _outcome(message: str, *, good: bool = False, choices: tuple[Identity, ...] = ()) -> dict[str, Any]:
    return {"message": message, "good": good, "choices": [asdict(one) for one in choices]}


# --- what belongs to a sign-in under way ----------------------------------------------------------------------------
def _session() -> str:
    """Return a mark of the session of the browser, which tells nothing of it."""
    return sha256(f"{frappe.session.user}\x1f{frappe.session.sid}".encode()).hexdigest()


def _place(account: str) -> str:
    return f"{_session()}:{account}"


def _key(name: str) -> bytes:
    return frappe.cache.make_key(f"social_care:sign_in:{sha256(name.encode()).hexdigest()}")


def _keep(name: str, value: Mapping[str, Any]) -> None:
    frappe.cache.set(_key(name), encrypt(json.dumps(value)), ex=LIVES_S)


def _take(name: str) -> dict[str, Any] | None:
    """Return what was kept and forget it, in one step: of two who come with it one gets it."""
    with frappe.cache.pipeline(transaction=True) as both:
        both.get(_key(name))
        both.delete(_key(name))
        found, _deleted = both.execute()
    with suppress(frappe.ValidationError):  # the site's key was changed meanwhile
        return dict(json.loads(decrypt(found.decode()))) if found else None
    return None
