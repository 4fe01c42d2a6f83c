"""What the sandboxes of Meta's platforms add to the control routes: the app, webhooks, tokens, the language of refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta.problems import LOCALES
from social_care.sandbox.server import Request

if TYPE_CHECKING:
    from social_care.sandbox.meta.server import GraphServer


def register(server: GraphServer) -> None:
    """Add the routes."""
    control = GraphControl(server)
    routes = server.control.routes
    routes.add("GET /_sandbox/app", control.show_app)
    routes.add("POST /_sandbox/webhook", control.subscribe)
    routes.add("GET /_sandbox/deliveries", control.list_deliveries)
    routes.add("POST /_sandbox/redeliver", control.redeliver)
    routes.add("POST /_sandbox/unsubscribe", control.unsubscribe)
    routes.add("POST /_sandbox/tokens/:subject/end", control.end_token)
    routes.add("POST /_sandbox/tokens/:subject/deny", control.deny)
    routes.add("POST /_sandbox/locale", control.set_locale)


class GraphControl:
    """Handlers that call the Python interface with what came over HTTP."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    def show_app(self, request: Request, params: dict[str, str]) -> Any:
        """Return the app's id and secret; they open nothing but this sandbox."""
        return {"app_id": self._server.keyring.app_id, "app_secret": self._server.keyring.app_secret}

    def subscribe(self, request: Request, params: dict[str, str]) -> Any:
        """Enter an address for an object, as in the app's dashboard."""
        given = request.fields()
        self._server.webhooks.subscribe(given["object"], given["url"], given["verify_token"])
        return {"subscribed": given["object"]}

    def list_deliveries(self, request: Request, params: dict[str, str]) -> Any:
        """Return what was pushed where, and how it was answered."""
        told = self._server.webhooks.deliveries
        return {"deliveries": [{"url": one.url, "event": one.event_type, "status": one.status} for one in told]}

    def redeliver(self, request: Request, params: dict[str, str]) -> Any:
        """Push again what was not taken."""
        return {"redelivered": self._server.webhooks.redeliver()}

    def unsubscribe(self, request: Request, params: dict[str, str]) -> Any:
        """End an account's subscription, as Meta does after an hour of failures."""
        self._server.webhooks.uninstall(str(request.fields()["account"]))
        return {"unsubscribed": True}

    def end_token(self, request: Request, params: dict[str, str]) -> Any:
        """Let somebody's tokens die."""
        self._server.keyring.end(params["subject"], int(request.fields().get("subcode") or 463))
        return {"ended": True}

    def deny(self, request: Request, params: dict[str, str]) -> Any:
        """Take permissions from somebody's tokens, or give them back."""
        names = [one.strip() for one in str(request.fields().get("permissions") or "").split(",") if one.strip()]
        self._server.keyring.deny(params["subject"], *names)
        return {"denied": names}

    def set_locale(self, request: Request, params: dict[str, str]) -> Any:
        """Choose the language of refusals."""
        locale = request.fields()["locale"]
        if locale not in LOCALES:
            raise ValueError(f"refusals are worded in {', '.join(LOCALES)}")
        self._server.locale = locale
        return {"locale": locale}
