"""WhatsApp's own calls: messages, files, templates, the number, and the app's subscription to the business account.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/reference (read 2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.paging import list_page
from social_care.sandbox.meta.problems import NOT_THERE, Problem, invalid
from social_care.sandbox.server import Request, Response
from social_care.sandbox.whatsapp.model import Media, Template
from social_care.sandbox.whatsapp.news import FIELDS
from social_care.sandbox.whatsapp.problems import problem

if TYPE_CHECKING:
    from social_care.sandbox.whatsapp.sandbox import WhatsAppSandbox

FILES = "/whatsapp_business/attachments/"
LINK_LIVES = timedelta(minutes=5)
PAGE, MOST_IN_A_PAGE = 25, 100
OBJECTS = frozenset({"text", "template", "context", "reaction", "image", "video", "audio", "document", "sticker"})
MESSAGING, MANAGEMENT = "whatsapp_business_messaging", "whatsapp_business_management"
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
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Calls:
    """Handlers of the routes."""

    def __init__(self, server: WhatsAppSandbox) -> None:
        self._server = server
        self._state = server.state
        routes: tuple[tuple[str, Callable[[Call], Any], str], ...] = (
            ("POST /:number/messages", self.send, MESSAGING),
            ("POST /:number/media", self.upload, MESSAGING),
            ("GET /:waba/message_templates", self.templates, MANAGEMENT),
            ("GET /:waba/subscribed_apps", self.subscribed, MANAGEMENT),
            ("POST /:waba/subscribed_apps", self.subscribe, MANAGEMENT),
            ("DELETE /:waba/subscribed_apps", self.unsubscribe, MANAGEMENT),
            ("GET /:id", self.node, ""),
            ("DELETE /:id", self.delete, MESSAGING),
        )
        for template, handler, permission in routes:
            server.route(template, handler, "whatsapp", permission)

    # --- messages and files
    def send(self, call: Call) -> Any:
        """Take a message."""
        _check(call, call.params["number"], self._state.number_id)
        objects = {name: call.mapping(name) for name in OBJECTS if name in call.values}
        return self._server.sending.send({**call.values, **objects})

    def upload(self, call: Call) -> Any:
        """Take a file."""
        _check(call, call.params["number"], self._state.number_id)
        if call.text("messaging_product") != "whatsapp":
            raise invalid("The parameter messaging_product is required.")
        file = call.files.get("file")
        if file is None:
            raise invalid("The parameter file is required.")
        if file.mime not in SIZES:
            raise invalid(f"Param file must be a file with one of the following types: {', '.join(SIZES)}.")
        if len(file.content) > SIZES[file.mime]:
            raise problem(131053, "The file is too large.")
        return {"id": self._state.add_media(file.mime, file.content, file.name).id}

    def link_of(self, media: Media) -> dict[str, Any]:
        """Return a file with the address where it can be fetched during the next minutes."""
        token = sha256(f"{media.id} {self._state.next_id()}".encode()).hexdigest()[:40]
        self._state.links[token] = (media.id, self._state.clock() + LINK_LIVES)
        return {
            "messaging_product": "whatsapp",
            "url": f"{self._server.base_url}{FILES}?mid={media.id}&hash={token}",
            "mime_type": media.mime,
            "sha256": sha256(media.content).hexdigest(),
            "file_size": str(len(media.content)),
            "id": media.id,
        }

    def serve(self, request: Request) -> Response:
        """Hand out a file to whoever has the token and a link that still lives."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self._server.keyring.grants.get(token)
        if grant is None or grant.ended:
            return Response(status=401, content_type="text/plain")
        media_id, until = self._state.links.get(request.query.get("hash", ""), ("", self._state.clock()))
        media = self._state.media.get(media_id)
        if media is None or until <= self._state.clock():
            return Response(status=404, content_type="text/plain")
        return Response(body=media.content, content_type=media.mime)

    # --- the business account
    def templates(self, call: Call) -> Any:
        """List the templates."""
        _check(call, call.params["waba"], self._state.waba_id)
        asked = {
            name: call.text(name)
            for name in ("name", "language", "status", "category", "limit", "after")
            if name in call.values
        }
        chosen = [
            one
            for one in self._state.templates.values()
            if asked.get("name", "") in one.name
            and all(asked.get(name, getattr(one, name)) == getattr(one, name) for name in ("language", "status", "category"))
        ]
        path = f"{self._state.waba_id}/message_templates"
        page = list_page(chosen, asked, call, path, size=PAGE, most=MOST_IN_A_PAGE)
        fields = set(call.items("fields")) or {"name", "language", "status", "category", "components", "parameter_format"}
        data = [_template_object(one, fields) for one in page.items]
        return {"data": data, **({"paging": page.paging} if page.paging else {})}

    def subscribed(self, call: Call) -> Any:
        """Say which apps get the account's news."""
        _check(call, call.params["waba"], self._state.waba_id)
        app_id = self._server.keyring.app_id
        app = {"link": f"https://www.facebook.com/games/?app_id={app_id}", "name": "Help desk", "id": app_id}
        return {"data": [{"whatsapp_business_api_data": app}] if self._server.subscribed else []}

    def subscribe(self, call: Call) -> Any:
        """Let the app get the account's news; which fields is chosen in the dashboard."""
        _check(call, call.params["waba"], self._state.waba_id)
        self._server.webhooks.install(self._state.waba_id, FIELDS)
        return {"success": True}

    def unsubscribe(self, call: Call) -> Any:
        """End the subscription."""
        _check(call, call.params["waba"], self._state.waba_id)
        self._server.webhooks.uninstall(self._state.waba_id)
        return {"success": True}

    def node(self, call: Call) -> Any:
        """Show the number, or a file."""
        identity, state = call.params["id"], self._state
        if identity in state.media:
            if "phone_number_id" in call.values and call.text("phone_number_id") != state.number_id:
                raise problem(131009, "The file belongs to another number.")
            return self.link_of(state.media[identity])
        _check(call, identity, state.number_id)
        known = {
            "verified_name": state.verified_name,
            "display_phone_number": "+" + state.display_number,
            "quality_rating": state.quality,
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "status": "CONNECTED",
        }
        wanted = call.items("fields") or list(known)
        return {name: known[name] for name in wanted if name in known} | {"id": state.number_id}

    def delete(self, call: Call) -> Any:
        """Delete a file."""
        if self._state.media.pop(call.params["id"], None) is None:
            _check(call, call.params["id"], "")
        return {"success": True}


def _check(call: Call, given: str, expected: str) -> None:
    if given != expected:
        raise Problem(NOT_THERE, method=call.request.method.lower(), id=given[:40])


def _template_object(template: Template, fields: set[str]) -> dict[str, Any]:
    named = any(not place.isdecimal() for place in PLACE.findall(json.dumps(template.components)))
    known = {
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": "NAMED" if named else "POSITIONAL",
        "components": template.components,
    }
    return {name: value for name, value in known.items() if name in fields} | {"id": template.id}
