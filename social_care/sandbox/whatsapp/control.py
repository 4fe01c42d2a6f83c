"""WhatsApp's own part of the control routes: customers, what they do, templates, a dump of everything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.server import Request
from social_care.sandbox.whatsapp.model import Message

if TYPE_CHECKING:
    from social_care.sandbox.whatsapp.sandbox import WhatsAppSandbox


def register(sandbox: WhatsAppSandbox) -> None:
    """Add the routes."""
    control = WhatsAppControl(sandbox)
    routes = sandbox.control.routes
    routes.add("GET /_sandbox/state", control.dump)
    routes.add("GET /_sandbox/credentials", control.credentials)
    routes.add("POST /_sandbox/customers", control.add_customer)
    routes.add("POST /_sandbox/messages", control.write)
    routes.add("POST /_sandbox/customers/:who/:action", control.act)
    routes.add("POST /_sandbox/templates", control.add_template)
    routes.add("POST /_sandbox/refuse", control.refuse)


class WhatsAppControl:
    """Handlers that call the Python interface with what came over HTTP."""

    def __init__(self, sandbox: WhatsAppSandbox) -> None:
        self._sandbox = sandbox

    def dump(self, request: Request, params: dict[str, str]) -> Any:
        """Return everything there is, without a secret."""
        state = self._sandbox.state
        with self._sandbox.lock:
            return {
                "customers": [
                    {**asdict(one), "last_wrote_at": one.last_wrote_at and as_timestamp(one.last_wrote_at)}
                    for one in state.customers.values()
                ],
                "messages": [describe(one) for one in state.messages.values()],
                "templates": [asdict(one) for one in state.templates.values()],
                "subscribed": self._sandbox.subscribed,
            }

    def credentials(self, request: Request, params: dict[str, str]) -> Any:
        """Return what to paste into the app under test; it opens nothing else."""
        return self._sandbox.credentials() | self._sandbox.account_options()

    def add_customer(self, request: Request, params: dict[str, str]) -> Any:
        """Add a person."""
        given = request.fields()
        traits = {name: given[name] in (True, "1", "on") for name in ("hidden", "blocked", "stopped") if name in given}
        return asdict(self._sandbox.add_customer(given["phone"], given["name"], **traits))

    def write(self, request: Request, params: dict[str, str]) -> Any:
        """Write a text in a customer's name."""
        given = request.fields()
        return describe(self._sandbox.write(given["from"], given["text"], answers=given.get("answers") or ""))

    def act(self, request: Request, params: dict[str, str]) -> Any:
        """Read what we wrote, or stop or resume marketing messages."""
        who, action = params["who"], params["action"]
        if action == "read":
            self._sandbox.read(who)
        elif action in ("stop", "resume"):
            self._sandbox.prefer(who, marketing=action == "resume")
        elif action == "unsupported":
            self._sandbox.send_unsupported(who)
        else:
            raise ValueError("customers can read, stop, resume, unsupported")
        return {action: True}

    def add_template(self, request: Request, params: dict[str, str]) -> Any:
        """Add a template."""
        given = request.fields()
        return asdict(self._sandbox.add_template(given.pop("name"), given.pop("body"), **given))

    def refuse(self, request: Request, params: dict[str, str]) -> Any:
        """Refuse the next messages."""
        given = request.fields()
        later = given.get("later") in (True, "1", "on", "true")
        self._sandbox.refuse(int(given["code"]), later=later, times=int(given.get("times") or 1))
        return {"refused": int(given["code"])}


def describe(message: Message) -> dict[str, Any]:
    """Return a message as plain data."""
    return {**asdict(message), "at": as_timestamp(message.at)}
