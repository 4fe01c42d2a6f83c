"""Message forms that a platform has approved for an account: what may be said where one may not write freely."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MARKETING = "marketing"
_BLANK = re.compile(r"\{\{([^{}]+)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One blank of a template.

    key: as it stands between double braces in the template's words, or for a file with the header. kind: `text`, or
    `image`, `video`, `document`, which want an https address. example: what the form was approved with, "" unknown.
    """

    key: str
    kind: str = "text"
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One form in one language; name and language identify it within an account.

    category: `marketing`, `utility`, `authentication`, "" unknown. status: the platform's word, in lower case.
    header, body, footer, buttons: the words, with a blank as `{{key}}`. obstacle: why it cannot be sent from here, in a
    plain sentence, "" when it can.
    """

    name: str
    language: str
    category: str
    status: str
    approved: bool
    body: str
    header: str = ""
    footer: str = ""
    buttons: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    obstacle: str = ""

    @property
    def text(self) -> str:
        """The whole message as a customer sees it, blanks included."""
        buttons = "\n".join(f"[{button}]" for button in self.buttons)
        return "\n\n".join(part for part in (self.header, self.body, self.footer, buttons) if part)

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the whole message with its blanks filled; one without a value stays."""
        return _BLANK.sub(lambda found: values.get(found.group(1), found.group(0)), self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTemplate:
    """A template with what fills its blanks, by key: chosen by an agent, then sent."""

    name: str
    language: str
    category: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def dump_template(template: Template) -> dict[str, Any]:
    """Return a template as plain data."""
    return asdict(template)


def load_template(data: Mapping[str, Any]) -> Template:
    """Return the template that `dump_template` wrote."""
    variables = tuple(Variable(**one) for one in data["variables"])
    return Template(**{**data, "buttons": tuple(data["buttons"]), "variables": variables})
