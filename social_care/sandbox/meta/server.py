"""A Graph API on loopback: the way of a call through it. A platform of Meta's adds routes and what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any

from social_care.core.ports import Clock
from social_care.sandbox.control import Control, is_from_here
from social_care.sandbox.faults import Fault
from social_care.sandbox.meta import control, problems
from social_care.sandbox.meta.calls import Call, Route, read_values
from social_care.sandbox.meta.problems import LOCALES, THROTTLING, Known, Problem
from social_care.sandbox.meta.tokens import Grant, Keyring
from social_care.sandbox.meta.usage import Meter, usage_headers
from social_care.sandbox.meta.webhooks import Webhooks
from social_care.sandbox.server import Request, Response, Routes, SandboxServer, json_response

OLDEST_VERSION = 20
"""Source: https://developers.facebook.com/docs/graph-api/changelog/versions (2026-11-22)."""
THROTTLED_FOR_MINUTES = 5
STATUS_CODES = {401: "190", 403: "200", 404: "100/33", 429: "4"}


class GraphServer(SandboxServer):
    """One Graph API with one app.

    limits: calls in a window by kind, see `usage`. locale: the language of refusals. require_proof: every call with a
    Page's or system user's token has to prove that it knows the app's secret.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        limits: Mapping[str, int] | None = None,
        locale: str = LOCALES[0],
        require_proof: bool = True,
    ) -> None:
        super().__init__(clock)
        self.lock = RLock()
        self.locale = locale
        self.keyring = Keyring(self.clock, require_proof=require_proof)
        self.meter = Meter(self.clock, limits)
        self.webhooks = Webhooks(self.keyring.app_secret, self.faults, self.clock)
        self.known = Known()
        self.known.add(problems.ALL)
        self.routes = Routes()
        self.route("GET /debug_token", self._debug_token)
        self.route("POST /:app/subscriptions", self._subscribe)
        self.control = Control(self, self.reset)
        control.register(self)

    def route(
        self,
        template: str,
        handler: Callable[[Call], Any],
        usage: str | Callable[[Call], str] = "pages",
        permission: str = "",
    ) -> None:
        """Add a route, without the version; `me` in a call's path is the token's owner."""
        self.routes.add(template, Route(handler=handler, usage=usage, permission=permission))

    # --- for a platform to fill in -----------------------------------------------------------------------------
    def page(self) -> str:
        """Return the page to play with, as HTML; the lock is held."""
        raise NotImplementedError

    def serve_file(self, request: Request) -> Response | None:
        """Return a file that lies beside the API, None where the path names none."""
        return None

    def business_of(self, call: Call) -> str:
        """Return the id that a call counts for."""
        return call.grant.subject

    def forget(self) -> None:
        """Forget what the platform holds, for `reset`."""

    # --- HTTP --------------------------------------------------------------------------------------------------
    def handle(self, request: Request) -> Response:
        """Answer a call as the Graph API does, or as the sandbox itself."""
        if request.path == "/":
            if not is_from_here(request):
                return json_response(403, {"error": "the page is for this machine only"})
            with self.lock:
                return Response(body=self.page().encode(), content_type="text/html; charset=utf-8")
        if request.path.startswith("/_sandbox/"):
            return self.control.handle(request)
        return self.serve_file(request) or self._graph(request)

    def _graph(self, request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            return json_response(200, self._answer_call(request, headers), headers)
        except Problem as problem:
            return json_response(problem.status, problem.body(self.locale), headers)

    def _answer_call(self, request: Request, headers: dict[str, str]) -> Any:
        values, files = read_values(request)
        path = self._path(request)
        grant = self.keyring.identify(request.headers, values)
        if path.split("/")[0] == "me":
            path = grant.subject + path[2:]
        found = self.routes.find(request.method, path)
        if found is None:
            raise Problem(problems.UNKNOWN_PATH, path=path)
        route, params = found
        call = Call(request=request, grant=grant, faults=self.faults, params=params, values=values, files=files)
        with self.lock:
            usage = route.usage(call) if callable(route.usage) else route.usage
            refusal, told = self.meter.count(self.business_of(call), usage)
            headers.update(told)
            if refusal is not None:
                raise Problem(refusal)
            grant.require(route.permission)
            return route.handler(call)

    def _path(self, request: Request) -> str:
        version, _, path = request.path.strip("/").partition("/")
        numbered = re.fullmatch(r"v(\d{1,3})\.\d", version)
        if numbered is None:
            return request.path.strip("/")
        if int(numbered[1]) < OLDEST_VERSION:
            raise Problem(problems.DEPRECATED)
        return path

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return the refusal that a fault's shape names ("613", "10/2018278"), else Meta's body for its status."""
        shape = fault.shape or STATUS_CODES.get(fault.status, "2" if fault.status >= 500 else "100")
        problem = Problem(self.known.find(shape), app="", now="", text="", permission="", method=request.method, id="")
        headers = dict(fault.headers)
        if problem.refusal.code in THROTTLING and not headers:
            headers = usage_headers("0", "pages", 100, THROTTLED_FOR_MINUTES)
        status = problem.status if fault.shape else fault.status
        return json_response(status, problem.body(self.locale), headers)

    # --- routes of the app itself ------------------------------------------------------------------------------
    def _debug_token(self, call: Call) -> Any:
        """Source: https://developers.facebook.com/docs/graph-api/reference/debug_token (2026-11-22)."""
        grant = self.keyring.grants.get(call.text("input_token"))
        if grant is None:
            return {"data": {"is_valid": False, "error": Problem(problems.INVALID_TOKEN).body(self.locale)["error"]}}
        return {"data": self._token_object(grant)}

    def _token_object(self, grant: Grant) -> dict[str, Any]:
        until = int(grant.expires_at.timestamp()) if grant.expires_at else 0
        data = {"app_id": self.keyring.app_id, "type": grant.kind.upper(), "profile_id": grant.subject, "expires_at": until}
        return data | {"is_valid": not grant.ended and (not until or until > self.clock().timestamp())}

    def _subscribe(self, call: Call) -> Any:
        """Enter the app's address for an object, with the app's own token.

        Source: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions (2026-11-22).
        """
        if call.grant.kind != "app" or call.params["app"] != self.keyring.app_id:
            raise Problem(problems.FORBIDDEN)
        fields = call.items("fields") or None
        try:
            self.webhooks.subscribe(call.text("object"), call.text("callback_url"), call.text("verify_token"), fields)
        except ValueError as error:
            raise Problem(problems.Refusal(code=2200, texts=("(#2200) {text}",)), text=str(error)) from error
        return {"success": True}

    # --- for tests, scripts and the page -----------------------------------------------------------------------
    def stop(self) -> None:
        """Close the server and push what is still queued."""
        self.webhooks.stop()
        super().stop()

    def reset(self) -> None:
        """Forget everything but the address and the time."""
        with self.lock:
            self.forget()
            self.keyring.clear()
            self.meter.clear()
            self.webhooks.clear()
            self.faults.clear()
            self.requests.clear()

    def flush(self) -> None:
        """Wait until every event is pushed."""
        self.webhooks.flush()
