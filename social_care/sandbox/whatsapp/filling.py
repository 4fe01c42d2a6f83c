"""A template and its parameters → the words a customer reads, or WhatsApp's refusal.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from social_care.sandbox.whatsapp.model import Template
from social_care.sandbox.whatsapp.problems import problem

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FORBIDDEN = re.compile(r"[\n\t]| {5}")
FILES = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})


def fill(template: Template, given: Sequence[Any]) -> str:
    """Return a template's text with its parameters. Raises: Problem where they do not fit."""
    parameters = {_key(one): list(one.get("parameters") or []) for one in given if isinstance(one, dict)}
    lines = []
    for component in template.components:
        kind = component["type"]
        if kind == "BUTTONS":
            lines += [_button(number, one, parameters) for number, one in enumerate(component["buttons"])]
        elif kind == "HEADER" and component.get("format") in FILES:
            lines.append(_file(component["format"].lower(), parameters.pop("header", [])))
        else:
            lines.append(_text(component.get("text", ""), parameters.pop(kind.lower(), [])))
    if any(parameters.values()):
        raise problem(132000, "Parameters were given for a component that has none.")
    return "\n".join(line for line in lines if line)


def _key(component: dict[str, Any]) -> str:
    kind = str(component.get("type") or "").lower()
    return f"button.{component.get('index')}" if kind == "button" else kind


def _text(text: str, parameters: list[Any]) -> str:
    places = list(dict.fromkeys(PLACE.findall(text)))
    if len(places) != len(parameters):
        raise problem(132000, f"{len(places)} parameters are expected, {len(parameters)} were given.")
    values = {}
    for number, parameter in enumerate(parameters):
        name = str(parameter.get("parameter_name") or places[number])
        value = parameter.get("text")
        if parameter.get("type") != "text" or not isinstance(value, str) or not value or name not in places:
            raise problem(132012)
        if FORBIDDEN.search(value):
            raise problem(132012, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces.")
        values[name] = value
    if len(values) != len(places) or any(not place.isdecimal() for place in places) != any(
        "parameter_name" in one for one in parameters
    ):
        raise problem(132012, "Named parameters need parameter_name, numbered ones have none.")
    return PLACE.sub(lambda found: values[found.group(1)], text)


def _file(kind: str, parameters: list[Any]) -> str:
    if len(parameters) != 1:
        raise problem(132000)
    content = parameters[0].get(kind)
    if parameters[0].get("type") != kind or not isinstance(content, dict) or not (content.get("link") or content.get("id")):
        raise problem(132012)
    return f"[{kind}]"


def _button(number: int, button: dict[str, Any], parameters: dict[str, list[Any]]) -> str:
    given = parameters.pop(f"button.{number}", [])
    url = str(button.get("url") or "")
    if not PLACE.search(url):
        if given and button["type"] != "QUICK_REPLY":
            raise problem(132000)
        return f"[{button['text']}]"
    return f"[{button['text']}: {_text(url, given)}]"
