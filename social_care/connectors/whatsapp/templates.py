"""Templates: WhatsApp's list of them, what fills one, and the body that sends it.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components and
https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from social_care.connectors.kit.reading import items, mapping, text
from social_care.core.replies import StoredMessage
from social_care.core.templates import FilledTemplate, Template, Variable

FILES = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FORBIDDEN = re.compile(r"[\n\t]| {5}")
PLAIN_BUTTONS = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER", "VOICE_CALL"})
LONGEST_VALUE = 1024
CANNOT = "This template has {what}, which cannot be filled in here: send it from WhatsApp Manager."
NOT_FOR_HIDDEN = "WhatsApp sends codes to phone numbers only, and this customer hides theirs."


def read_template(node: Mapping[str, Any]) -> Template | None:
    """Return one entry of WhatsApp's list, None for one without a name. Never raises."""
    name, language, status = text(node.get("name")), text(node.get("language")), (text(node.get("status")) or "").lower()
    if not name or not language:
        return None
    words: dict[str, str] = {}
    buttons: tuple[str, ...] = ()
    variables: list[Variable] = []
    obstacle = ""
    for component in map(mapping, items(node.get("components"))):
        kind = (text(component.get("type")) or "").upper()
        if kind == "BUTTONS":
            listed = [mapping(button) for button in items(component.get("buttons"))]
            buttons = tuple(_button(number, button, variables) for number, button in enumerate(listed))
            special = "" if all(text(one.get("type")) in PLAIN_BUTTONS for one in listed) else "a button of a special kind"
        elif kind in ("HEADER", "BODY", "FOOTER"):
            words[kind.lower()], special = _words(kind.lower(), component, variables)
        else:
            special = "a part of a special kind"
        obstacle = obstacle or (CANNOT.format(what=special) if special else "")
    return Template(
        name=name,
        language=language,
        category=(text(node.get("category")) or "").lower(),
        status=status,
        approved=status == "approved",
        body=words.get("body", ""),
        header=words.get("header", ""),
        footer=words.get("footer", ""),
        buttons=buttons,
        variables=tuple(variables),
        obstacle=obstacle,
    )


def _words(part: str, component: Mapping[str, Any], variables: list[Variable]) -> tuple[str, str]:
    """Return a part's words with our names for its blanks, and what in it cannot be filled; note the blanks."""
    form = text(component.get("format")) or "TEXT"
    if form in FILES:
        variables.append(Variable(key=f"{part}.{form}", kind=FILES[form]))
        return f"[{FILES[form]}]", ""
    if form != "TEXT":
        return "", "a header of a special kind"
    words, examples = text(component.get("text")) or "", _examples(part, mapping(component.get("example")))
    places = list(dict.fromkeys(PLACE.findall(words)))
    for place in sorted(places, key=lambda place: int(place) if place.isdecimal() else 0):
        variables.append(Variable(key=f"{part}.{place}", example=examples.get(place, "")))
    return PLACE.sub(lambda found: f"{{{{{part}.{found.group(1)}}}}}", words), ""


def _examples(part: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the examples that a template was approved with, by the name or the number of their blank."""
    named = [mapping(one) for one in items(given.get(f"{part}_text_named_params"))]
    if named:
        return {text(one.get("param_name")) or "": text(one.get("example")) or "" for one in named}
    listed = items(given.get(f"{part}_text"))
    row = items(listed[0]) or listed if listed else []
    return {str(number): text(one) or "" for number, one in enumerate(row, start=1)}


def _button(number: int, button: Mapping[str, Any], variables: list[Variable]) -> str:
    url, label = text(button.get("url")) or "", text(button.get("text")) or "button"
    if not PLACE.search(url):
        return label
    example = text((items(button.get("example")) or [None])[0]) or ""
    variables.append(Variable(key=f"button.{number}", example=example))
    return f"{label}: " + PLACE.sub(f"{{{{button.{number}}}}}", url)


# --- before sending -------------------------------------------------------------------------------------------------
def refuse(template: Template, values: Mapping[str, str], target: StoredMessage) -> str:
    """Return in a plain sentence why WhatsApp would not take these values, or ""."""
    for key, value in values.items():
        if len(value) > LONGEST_VALUE:
            return f"The value for {key} is too long: WhatsApp takes {LONGEST_VALUE} characters."
        if FORBIDDEN.search(value):
            return f"The value for {key} may have no new lines, tabs, or more than four spaces in a row."
    hidden = not target.route.get("phone") and target.route.get("user_id")
    return NOT_FOR_HIDDEN if template.category == "authentication" and hidden else ""


def remark(template: Template, target: StoredMessage, now: datetime) -> str:
    """Return what a template costs, in words: the figures depend on the customer's country."""
    window_open = target.reply_until is not None and now < target.reply_until
    if template.category == "utility" and window_open:
        return ""
    return f"WhatsApp charges for this template (category: {template.category or 'unknown'}) once it is delivered."


# --- sending --------------------------------------------------------------------------------------------------------
def template_body(chosen: FilledTemplate) -> dict[str, Any]:
    """Return the part of a message that sends a template."""
    body: dict[str, Any] = {"name": chosen.name, "language": {"policy": "deterministic", "code": chosen.language}}
    if components := list(_components(chosen.values)):
        body["components"] = components
    return {"type": "template", "template": body}


def _components(values: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the components that have blanks; the keys say where each value belongs."""
    parts: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        part, _, place = key.partition(".")
        if part == "button":
            parameters = [{"type": "text", "text": value}]
            parts[key] = {"type": "button", "sub_type": "url", "index": place, "parameters": parameters}
        else:
            parts.setdefault(part, {"type": part, "parameters": []})["parameters"].append(_parameter(place, value))
    yield from parts.values()


def _parameter(place: str, value: str) -> dict[str, Any]:
    if place in FILES:
        return {"type": FILES[place], FILES[place]: {"link": value}}
    return {"type": "text", "text": value} | ({} if place.isdecimal() else {"parameter_name": place})
