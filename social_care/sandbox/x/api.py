"""The way of a call through X: token, permission, rate limit, credits, parameters, then the route's own handler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from social_care.sandbox.clock import SandboxClock
from social_care.sandbox.faults import Faults
from social_care.sandbox.server import Request, Response, Routes, json_response
from social_care.sandbox.x import problems
from social_care.sandbox.x.activity import Activity
from social_care.sandbox.x.auth import Keyring, Principal, check_access
from social_care.sandbox.x.fields import PARAMETERS, Selection, check_parameters, parse_selection, rename
from social_care.sandbox.x.limits import Meter, Purse
from social_care.sandbox.x.problems import Problem
from social_care.sandbox.x.state import State

PROBLEM_TYPE = "application/problem+json"
USER = frozenset({"oauth1", "oauth2"})
APP = frozenset({"app"})
ANY = USER | APP


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How this X behaves.

    enterprise: the rule that a reply must be summoned does not hold. implicit_mention_counts: the mentions that X itself
    puts before a reply count as a summons (not documented). duplicate_window_s: how long the same text is refused, in
    seconds (not documented). new_names: answer with the field names of API 2.167 (posts instead of tweets).
    """

    enterprise: bool = False
    implicit_mention_counts: bool = True
    duplicate_window_s: float = 24 * 3600
    new_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a route asks of a call. access: `read`, `write` or `dm`. parameters: its own query parameters.

    expansions None: the route has no fields or expansions. locked: the world stands still while it works.
    """

    template: str
    handler: Callable[[Api, Call], Reply]
    auth: frozenset[str] = ANY
    access: str = "read"
    parameters: frozenset[str] = frozenset()
    expansions: frozenset[str] | None = None
    locked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that passed the gate."""

    request: Request
    principal: Principal
    params: Mapping[str, str]
    selection: Selection
    target: str

    @property
    def query(self) -> Mapping[str, str]:
        """Return the query parameters."""
        return self.request.query

    @property
    def user_id(self) -> str:
        """Return the caller's user id. Only for routes in a user's name."""
        assert self.principal.user_id is not None  # noqa: S101
        return self.principal.user_id

    def body(self) -> dict[str, Any]:
        """Return the JSON body. Raises: Problem (400)."""
        try:
            data = json.loads(self.request.body.decode() or "{}")
        except ValueError as error:
            raise problems.invalid("The request body could not be parsed as JSON.") from error
        if not isinstance(data, dict):
            raise problems.invalid("$: expected an object")
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A handler's answer."""

    data: Mapping[str, Any]
    status: int = 200


@dataclass(slots=True)
class Api:
    """Everything a handler may need."""

    state: State
    clock: SandboxClock
    keyring: Keyring
    meter: Meter
    purse: Purse
    activity: Activity
    faults: Faults
    options: Options
    routes: Routes = field(default_factory=Routes)

    def add(self, template: str, handler: Callable[[Api, Call], Reply], **demands: Any) -> None:
        """Add a route."""
        self.routes.add(template, Route(template=template, handler=handler, **demands))

    def handle(self, request: Request) -> Response:
        """Answer a call under /2."""
        found = self.routes.find(request.method, request.path)
        if found is None:
            status = 405 if self.routes.knows(request.path) else 404
            return json_response(status, problems.status_body(status, ""), content_type=PROBLEM_TYPE)
        route, params = found
        headers: dict[str, str] = {}
        try:
            principal = self._admit(route, request, headers)
            call = self._read(route, request, principal, params)
            with self.state.lock if route.locked else nullcontext():
                reply = route.handler(self, call)
        except Problem as problem:
            return json_response(problem.status, problem.body, headers, PROBLEM_TYPE)
        data = rename(reply.data) if self.options.new_names else reply.data
        return json_response(reply.status, data, headers)

    def _admit(self, route: Route, request: Request, headers: dict[str, str]) -> Principal:
        principal = self.keyring.identify(request)
        if principal.kind not in route.auth:
            raise wrong_kind(principal, route)
        if not check_access(principal, route.access):
            raise problems.missing_permission()
        with self.state.lock:
            allowed, limits = self.meter.count(principal.token, route.template, app=principal.kind == "app")
        headers.update(limits)
        headers["x-access-level"] = principal.access
        if not allowed:
            raise Problem(429, problems.status_body(429, ""))
        if self.purse.empty:
            raise problems.credits_depleted(2051096097834344448)
        return principal

    def _read(self, route: Route, request: Request, principal: Principal, params: dict[str, str]) -> Call:
        allowed = route.parameters
        selection = Selection()
        if route.expansions is not None:
            allowed = allowed | PARAMETERS
            check_parameters(request.query, allowed)
            selection = parse_selection(request.query, route.expansions)
        elif request.method == "GET":
            check_parameters(request.query, allowed)
        for name, value in params.items():
            if name.endswith("id") and not (value.isdigit() or (name == "dm_conversation_id" and "-" in value)):
                raise problems.invalid(f"The `{name}` query parameter value [{value}] is not valid", name, value)
        return Call(
            request=request,
            principal=principal,
            params=params,
            selection=selection,
            target=request.target,
        )


def wrong_kind(principal: Principal, route: Route) -> Problem:
    """Return the 403 for a token that this route does not take."""
    if principal.kind == "app":
        return problems.unsupported_authentication("OAuth 2.0 Application-Only", problems.SUPPORTED_USER_AUTH)
    names = {"oauth1": "OAuth 1.0a User Context", "oauth2": "OAuth 2.0 User Context"}
    return problems.unsupported_authentication(names[principal.kind], "[OAuth 2.0 Application-Only]")
