"""The hand on the sandbox over HTTP, alike for every platform: faults, clock, log, reset.

Only pages of the sandbox itself may send forms here: a foreign page in the same browser is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.server import Request, Response, Routes, SandboxServer, json_response

Handler = Callable[[Request, dict[str, str]], Any]


class Control:
    """The routes under /_sandbox/; a platform adds its own.

    A handler gets the request and the named segments, and returns plain data. A ValueError or KeyError becomes a 400.
    """

    def __init__(self, server: SandboxServer, reset: Callable[[], None]) -> None:
        self._server = server
        self._reset = reset
        self.routes = Routes()
        self.routes.add("GET /_sandbox/faults", self._list_faults)
        self.routes.add("POST /_sandbox/faults", self._set_fault)
        self.routes.add("DELETE /_sandbox/faults", self._clear_faults)
        self.routes.add("POST /_sandbox/faults/clear", self._clear_faults)
        self.routes.add("DELETE /_sandbox/faults/:id", self._clear_faults)
        self.routes.add("GET /_sandbox/requests", self._list_requests)
        self.routes.add("GET /_sandbox/clock", self._read_clock)
        self.routes.add("POST /_sandbox/clock", self._advance)
        self.routes.add("POST /_sandbox/reset", self._do_reset)

    def handle(self, request: Request) -> Response:
        """Answer a control call; a form of the page is sent back to the page."""
        if not is_from_here(request):
            return json_response(403, {"error": "only the sandbox's own page may do this"})
        found = self.routes.find(request.method, request.path)
        if found is None:
            return json_response(404, {"error": f"there is no {request.target}"})
        handler, params = found
        try:
            data = handler(request, params)
        except (ValueError, KeyError, TypeError) as error:
            return json_response(400, {"error": str(error.args[0] if error.args else error)})
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return Response(status=303, headers={"location": "/"})
        return json_response(200, data)

    def _list_faults(self, request: Request, params: dict[str, str]) -> Any:
        return {"faults": self._server.faults.listing()}

    def _set_fault(self, request: Request, params: dict[str, str]) -> Any:
        given = request.fields()
        times = given.pop("times", 1)
        options: dict[str, Any] = {name: value for name, value in given.items() if value != ""}
        options["times"] = None if times in (None, "", "always") else int(times)
        for name, kind in (("status", int), ("seconds", float)):
            if name in options:
                options[name] = kind(options[name])
        if isinstance(options.get("after"), str):
            options["after"] = options["after"] in ("1", "true", "on")
        return asdict(self._server.faults.add(options.pop("kind"), options.pop("route", "*"), **options))

    def _clear_faults(self, request: Request, params: dict[str, str]) -> Any:
        return {"cleared": self._server.faults.clear(int(params["id"]) if "id" in params else None)}

    def _list_requests(self, request: Request, params: dict[str, str]) -> Any:
        return {"requests": [asdict(record) for record in self._server.requests]}

    def _read_clock(self, request: Request, params: dict[str, str]) -> Any:
        return {"now": as_timestamp(self._server.clock())}

    def _advance(self, request: Request, params: dict[str, str]) -> Any:
        return {"now": as_timestamp(self._server.clock.advance(float(request.fields()["advance_s"])))}

    def _do_reset(self, request: Request, params: dict[str, str]) -> Any:
        self._reset()
        return {"reset": True}


def is_from_here(request: Request) -> bool:
    """Return whether a call comes from this machine's name and from no foreign page."""
    host = request.headers.get("host", "")
    name = urlsplit(f"//{host}").hostname
    origin = request.headers.get("origin")
    return name in ("127.0.0.1", "localhost", "::1") and origin in (None, f"http://{host}")
