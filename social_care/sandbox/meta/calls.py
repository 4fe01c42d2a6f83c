"""One call to the Graph API: its parameters wherever they stand (address, form, JSON, multipart), and its caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from social_care.sandbox.faults import Faults
from social_care.sandbox.meta.problems import invalid
from social_care.sandbox.meta.tokens import Grant
from social_care.sandbox.server import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file that came with a call."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """values: all parameters, those of JSON as they are, those of forms and addresses as text. params: named segments."""

    request: Request
    grant: Grant
    faults: Faults
    params: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Sent] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Return "METHOD /path", which faults are matched with."""
        return self.request.target

    def text(self, name: str) -> str:
        """Return a parameter as text, "" when it is missing. Raises: Problem when it is an object."""
        value = self.values.get(name, "")
        if isinstance(value, dict | list):
            raise invalid(f"Param {name} must be a string")
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str) -> bool:
        """Return a parameter as a truth value. Raises: Problem."""
        words = self.text(name).lower()
        if words not in ("true", "false", "1", "0"):
            raise invalid(f"Param {name} must be a boolean")
        return words in ("true", "1")

    def mapping(self, name: str) -> dict[str, Any]:
        """Return a parameter that is an object, in a form written as JSON; {} when it is missing. Raises: Problem."""
        found = self._decoded(name, {})
        if not isinstance(found, dict):
            raise invalid(f"Param {name} must be an object")
        return found

    def items(self, name: str) -> list[Any]:
        """Return a parameter that is a list, in a form written as JSON or with commas; [] if missing. Raises: Problem."""
        value = self.values.get(name)
        if isinstance(value, str) and not value.startswith("["):
            return [one.strip() for one in value.split(",") if one.strip()]
        found = self._decoded(name, [])
        if not isinstance(found, list):
            raise invalid(f"Param {name} must be an array")
        return found

    def _decoded(self, name: str, missing: object) -> Any:
        value = self.values.get(name, missing)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise invalid(f"Param {name} must be valid JSON") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What answers a call, under which kind of limit it counts, which permission it needs ("" none)."""

    handler: Callable[[Call], Any]
    usage: str | Callable[[Call], str] = "pages"
    permission: str = ""


def read_values(request: Request) -> tuple[dict[str, Any], dict[str, Sent]]:
    """Return the parameters and files of a call. Raises: Problem for a body that cannot be read."""
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Sent] = {}
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("multipart/form-data"):
            _read_multipart(request.body, kind, values, files)
        elif kind.startswith("application/json") and request.body:
            found = request.json()
            values.update(found if isinstance(found, dict) else {})
        elif request.body:
            values.update(parse_qsl(request.body.decode(), keep_blank_values=True))
    except ValueError as error:
        raise invalid("The request's body could not be read") from error
    return values, files


def _read_multipart(body: bytes, kind: str, values: dict[str, Any], files: dict[str, Sent]) -> None:
    message = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        if part.get_filename() is None:
            values[name] = content.decode().strip()
        else:
            files[name] = Sent(name=str(part.get_filename()), mime=part.get_content_type(), content=content)
