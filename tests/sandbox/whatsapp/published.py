"""Meta's published OpenAPI document for WhatsApp, made usable: what a call and a webhook have to look like.

The document is not ours to ship: `SOCIAL_CARE_WHATSAPP_OPENAPI` says where a copy is (business-messaging-api_v23.0.yaml of
the repository facebook/openapi). As published, not even its own examples satisfy it; three things are mended:

- Both halves of each `allOf` forbid what the other half asks for: "nothing else" is asked of the whole instead.
- Names were mixed up when its parts were put together: messages of customers are led to their own schemas again.
- A button's index and the kind of a shared phone number have lists of values that their own examples are not in.

What Meta documents elsewhere only is added by name in KNOWN_BESIDES.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

WHERE = "SOCIAL_CARE_WHATSAPP_OPENAPI"
SKIPPED = f"WhatsApp against Meta's OpenAPI document: SKIPPED. Say with {WHERE} where a copy of it is."
KNOWN_BESIDES = {
    "biz_opaque_callback_data": {"type": "string", "maxLength": 512},
}
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages (2026-11)."""
KINDS = ("Reaction", "Audio", "Document", "Image", "Sticker", "Video", "Location")
OF_CUSTOMERS = {
    "BaseMessageProperties": "BaseMessageProperties_1",
    "ErrorObject": "ErrorObject_2",
    "TextMessage": "TextMessage_2",
    **{f"{kind}Message": f"{kind}Message_1" for kind in KINDS},
}
THEIR_SCHEMAS = (
    *("IncomingMessage", "SystemMessage", "ContactSharingMessage", "UnsupportedMessage", "ButtonMessage"),
    *("InteractiveMessageReply", "OrderMessage", *(name for name in OF_CUSTOMERS.values() if "Message_" in name)),
)
_NAME = re.compile(r"\{[^}]+\}")


def path() -> Path | None:
    """Return where the document is, None where it is not at hand."""
    given = os.environ.get(WHERE)
    return Path(given) if given else None


class Document:
    """The document, with a validator for each place in it."""

    def __init__(self, file: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.content: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe one
        schemas = self.content["components"]["schemas"]
        for schema in schemas.values():
            _loosen(schema)
        for name in THEIR_SCHEMAS:
            schemas[name] = _renamed(schemas[name])
        del schemas["TemplateComponent"]["properties"]["index"]["pattern"]
        del schemas["PhoneObject"]["properties"]["type"]["enum"]
        resource = Resource.from_contents(self.content, default_specification=DRAFT202012)
        self.registry: Registry[Any] = Registry().with_resource("urn:meta", resource)

    def operation(self, method: str, address: str) -> tuple[str, dict[str, Any]]:
        """Return the template and the operation of a call. Raises: LookupError."""
        parts = address.split("?")[0].strip("/").split("/")
        for template, operations in self.content["paths"].items():
            names = template.strip("/").split("/")
            fits = len(names) == len(parts) and all(
                _NAME.fullmatch(name) or name == part for name, part in zip(names, parts, strict=True)
            )
            if fits and method.lower() in operations:
                return template, operations[method.lower()]
        raise LookupError(f"{method} {address} is in no published path")

    def check(self, schema: dict[str, Any], value: object) -> list[str]:
        """Return what is wrong with a value, as lines."""
        found = Draft202012Validator(_anchored(schema), registry=self.registry).iter_errors(value)
        return [line for error in found for line in _lines(error)]


def _loosen(schema: dict[str, Any]) -> None:
    """Ask "nothing else" of the whole of an `allOf` instead of each part."""
    parts = schema.get("allOf", [])
    strict = [part for part in parts if part.get("additionalProperties") is False]
    for part in strict:
        del part["additionalProperties"]
    if strict:
        schema["unevaluatedProperties"] = False
        parts.append({"properties": KNOWN_BESIDES})


def _renamed(schema: Any) -> Any:
    """Return a schema of customers' messages with its references led to customers' schemas."""
    if isinstance(schema, list):
        return [_renamed(one) for one in schema]
    if isinstance(schema, dict):
        return {key: _renamed(value) for key, value in schema.items()}
    start = "#/components/schemas/"
    if isinstance(schema, str) and schema.startswith(start):
        return start + OF_CUSTOMERS.get(schema.removeprefix(start), schema.removeprefix(start))
    return schema


def _anchored(schema: Any) -> Any:
    """Return a schema of a path with its references led into the document."""
    if isinstance(schema, list):
        return [_anchored(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"urn:meta{value}" if key == "$ref" and isinstance(value, str) else _anchored(value)
        for key, value in schema.items()
    }


def _lines(error: Any) -> list[str]:
    """Return one error as lines; of alternatives that all fail, what is wrong with the nearest."""
    if not error.context:
        return [f"{error.json_path}: {error.message}"[:300]]
    by_branch: dict[Any, list[Any]] = {}
    for one in error.context:
        by_branch.setdefault(one.schema_path[0], []).append(one)
    nearest = min(by_branch.values(), key=len)
    return [line for one in nearest for line in _lines(one)]


@lru_cache(maxsize=1)
def document(file: Path) -> Document:
    """Return the document, read once."""
    return Document(file)
