"""Message forms that a platform has approved for an account: what may be said where one may not write freely.

With them stand their ports: what a platform that has them implements, and the desk's facet that keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from social_care.core.replies import StoredMessage

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


# --- ports ---
@runtime_checkable
class UsesTemplates(Protocol):
    """A connector of a platform that takes approved templates where one may not write freely."""

    def template_refusal(self, template: Template, values: Mapping[str, str], target: StoredMessage) -> str:
        """Return in a plain sentence why the platform would not take these values, or "" when it would."""

    def known_as(self, target: StoredMessage) -> tuple[str, ...]:
        """Return every id by which the platform may speak of a message's author."""

    def template_remark(self, template: Template, target: StoredMessage, now: datetime) -> str:
        """Return what the author should know before sending it (what it costs), "" for nothing."""


@runtime_checkable
class ListsTemplates(Protocol):
    """A connection of such a platform."""

    def templates(self) -> tuple[Template, ...]:
        """Return every template of the account, whatever its status. Raises: SocialCareError."""


class Templates(Protocol):
    """The approved templates of the accounts, as they were when the platform was asked. Every method commits by itself."""

    def keep(self, account: str, templates: Sequence[Template], now: datetime) -> None:
        """Keep an account's templates in the place of those before."""

    def expire(self, account: str) -> None:
        """Remember that an account's templates are out of date; they can be used meanwhile."""

    def fetched_at(self, account: str) -> datetime | None:
        """Return when the platform was asked; None: never, or what is known is out of date."""

    def listed(self, account: str) -> tuple[Template, ...]:
        """Return an account's templates, by name and language."""

    def find(self, account: str, name: str, language: str) -> Template | None:
        """Return one template."""
