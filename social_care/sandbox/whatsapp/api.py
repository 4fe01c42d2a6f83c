"""The way of a call: version, token, path, then the route's own handler. All of it under the state's lock."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha256
from typing import Any

from social_care.sandbox.server import Request, Response, Routes, json_response
from social_care.sandbox.whatsapp.graph import GraphError, Keys, Pusher
from social_care.sandbox.whatsapp.model import Media, Template
from social_care.sandbox.whatsapp.problems import problem
from social_care.sandbox.whatsapp.sending import Sending
from social_care.sandbox.whatsapp.state import State

VERSION = re.compile(r"/v\d{1,3}\.\d/")
FILES = "/whatsapp_business/attachments/"
LINK_LIVES = timedelta(minutes=5)
PAGE = 25
MOST_IN_A_PAGE = 100
SIZES = {
    "image/jpeg": 5_000_000,
    "image/png": 5_000_000,
    "image/webp": 500_000,
    "video/mp4": 16_000_000,
    "video/3gpp": 16_000_000,
    "audio/aac": 16_000_000,
    "audio/amr": 16_000_000,
    "audio/mp4": 16_000_000,
    "audio/mpeg": 16_000_000,
    "audio/ogg": 16_000_000,
    "text/plain": 100_000_000,
    "application/pdf": 100_000_000,
}
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
(read 2026-11)."""

Handler = Callable[[Request, dict[str, str]], Any]


class Api:
    """WhatsApp's routes over HTTP. `address` gives the server's own."""

    def __init__(self, state: State, keys: Keys, sending: Sending, pusher: Pusher, address: Callable[[], str]) -> None:
        self.state = state
        self.keys = keys
        self.sending = sending
        self.pusher = pusher
        self._address = address
        self._routes = Routes()
        for template, handler in {
            "POST /:number/messages": self._send,
            "POST /:number/media": self._upload,
            "GET /:waba/message_templates": self._templates,
            "GET /:waba/subscribed_apps": self._subscribed,
            "POST /:waba/subscribed_apps": self._subscribe,
            "DELETE /:waba/subscribed_apps": self._unsubscribe,
            "GET /:id": self._node,
            "DELETE /:id": self._delete,
        }.items():
            self._routes.add(template, handler)

    def handle(self, request: Request) -> Response:
        """Answer a request as WhatsApp does."""
        try:
            with self.state.lock:
                self.keys.check(request)
                if request.path.startswith(FILES):
                    return self._file(request)
                handler, params = self._route(request)
                return json_response(200, handler(request, params))
        except GraphError as error:
            return error.response()

    def _route(self, request: Request) -> tuple[Handler, dict[str, str]]:
        version = VERSION.match(request.path)
        found = self._routes.find(request.method, request.path[version.end() - 1 :]) if version else None
        if found is None:
            raise GraphError(2500, "Unknown path components")
        return found

    # --- messages and files
    def _send(self, request: Request, params: dict[str, str]) -> Any:
        self._check_node(params["number"], self.state.number_id)
        try:
            body = request.fields()
        except ValueError as error:
            raise GraphError(100, "The request is no JSON object.") from error
        for name in ("text", "template", "context", "reaction", "image", "document", "audio", "video"):
            if isinstance(body.get(name), str):  # form data carries objects as JSON text
                body[name] = json.loads(body[name])
        return self.sending.send(body)

    def _upload(self, request: Request, params: dict[str, str]) -> Any:
        self._check_node(params["number"], self.state.number_id)
        fields = read_form(request)
        if fields.get("messaging_product", ("", "", b""))[2] != b"whatsapp":
            raise GraphError(100, "The parameter messaging_product is required.")
        if "file" not in fields:
            raise GraphError(100, "The parameter file is required.")
        name, mime, content = fields["file"]
        if mime not in SIZES:
            raise GraphError(100, f"Param file must be a file with one of the following types: {', '.join(SIZES)}.")
        if len(content) > SIZES[mime]:
            raise problem(131053, "The file is too large.")
        return {"id": self.state.add_media(mime, content, name).id}

    def _file(self, request: Request) -> Response:
        media_id, until = self.state.links.get(request.query.get("hash", ""), ("", None))
        media = self.state.media.get(media_id)
        if media is None or until is None or until < self.state.clock():
            return Response(status=404, content_type="text/plain")
        return Response(body=media.content, content_type=media.mime)

    def describe_media(self, media: Media) -> dict[str, Any]:
        """Return where a file can be fetched during the next minutes."""
        digest = sha256(media.content).hexdigest()
        token = sha256(f"{media.id}{self.state.next_id()}".encode()).hexdigest()[:40]
        self.state.links[token] = (media.id, self.state.clock() + LINK_LIVES)
        return {
            "messaging_product": "whatsapp",
            "url": f"{self._address()}{FILES}?mid={media.id}&hash={token}",
            "mime_type": media.mime,
            "sha256": digest,
            "file_size": str(len(media.content)),
            "id": media.id,
        }

    # --- the business account
    def _templates(self, request: Request, params: dict[str, str]) -> Any:
        self._check_node(params["waba"], self.state.waba_id)
        query = request.query
        chosen = [
            one
            for one in self.state.templates.values()
            if query.get("name", "") in one.name
            and query.get("language") in (None, one.language)
            and query.get("status") in (None, one.status)
            and query.get("category") in (None, one.category)
        ]
        limit, start = query.get("limit", str(PAGE)), _read_cursor(query.get("after", ""))
        if not limit.isdecimal() or not 0 < int(limit) <= MOST_IN_A_PAGE:
            raise GraphError(100, "Param limit is not valid.")
        page = chosen[start : start + int(limit)]
        fields = set(query.get("fields", "name,language,status,category,components,id").split(","))
        paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(start + len(page))}}
        if start + len(page) < len(chosen):
            paging["next"] = f"{self._address()}{request.path}?limit={limit}&after={_cursor(start + len(page))}"
        return {"data": [_template(one, fields) for one in page], **({"paging": paging} if page else {})}

    def _subscribed(self, request: Request, params: dict[str, str]) -> Any:
        self._check_node(params["waba"], self.state.waba_id)
        ours = {
            "link": "https://www.facebook.com/games/?app_id=" + self.keys.app_id,
            "name": "Help desk",
            "id": self.keys.app_id,
        }
        return {"data": [{"whatsapp_business_api_data": ours}] if self.state.subscribed else []}

    def _subscribe(self, request: Request, params: dict[str, str]) -> Any:
        self._check_node(params["waba"], self.state.waba_id)
        self.state.subscribed = True
        return {"success": True}

    def _unsubscribe(self, request: Request, params: dict[str, str]) -> Any:
        self._check_node(params["waba"], self.state.waba_id)
        self.state.subscribed = False
        return {"success": True}

    def _node(self, request: Request, params: dict[str, str]) -> Any:
        identity = params["id"]
        if identity in self.state.media:
            if request.query.get("phone_number_id") not in (None, self.state.number_id):
                raise problem(131009, "The file belongs to another number.")
            return self.describe_media(self.state.media[identity])
        self._check_node(identity, self.state.number_id)
        known = {
            "verified_name": self.state.verified_name,
            "display_phone_number": "+" + self.state.display_number,
            "quality_rating": self.state.quality,
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "status": "CONNECTED",
        }
        wanted = request.query.get("fields")
        chosen = known if wanted is None else {name: known[name] for name in wanted.split(",") if name in known}
        return {**chosen, "id": self.state.number_id}

    def _delete(self, request: Request, params: dict[str, str]) -> Any:
        if self.state.media.pop(params["id"], None) is None:
            self._check_node(params["id"], "")
        return {"success": True}

    def _check_node(self, given: str, expected: str) -> None:
        if given != expected:
            text = f"Unsupported request. Object with ID '{given[:40]}' does not exist, or cannot be loaded."
            raise GraphError(100, text, subcode=33)


def read_form(request: Request) -> dict[str, tuple[str, str, bytes]]:
    """Return the fields of a multipart form: file name, type and content of each. Raises: GraphError."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise GraphError(100, "The upload has to be multipart/form-data.")
    parsed = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + request.body)
    fields = {}
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        fields[str(name)] = (
            part.get_filename() or "",
            part.get_content_type(),
            content if isinstance(content, bytes) else b"",
        )
    return fields


def _template(template: Template, fields: set[str]) -> dict[str, Any]:
    known = {
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": "NAMED" if _is_named(template) else "POSITIONAL",
        "components": template.components,
    }
    return {name: value for name, value in known.items() if name in fields} | {"id": template.id}


def _is_named(template: Template) -> bool:
    places = re.findall(r"\{\{\s*(\w+)\s*\}\}", json.dumps(template.components))
    return any(not place.isdecimal() for place in places)


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at:"))
    except ValueError as error:
        raise GraphError(100, "Param after is not valid.") from error
