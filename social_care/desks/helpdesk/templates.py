"""Approved templates of the accounts, in rows of Social Template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from social_care.core.templates import Template, dump_template, load_template
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Template"


class HelpdeskTemplates:
    """See `core.ports.Templates`."""

    def keep(self, account: str, templates: Sequence[Template], now: datetime) -> None:
        with rows.transaction():
            rows.run("delete from `tabSocial Template` where account = %(account)s", account=account)
            for one in templates:
                values = {
                    "account": account,
                    "template_name": one.name,
                    "language": one.language,
                    "category": one.category,
                    "status": one.status,
                    "text": one.text,
                    "definition": dump_template(one),
                }
                rows.insert(DOCTYPE, values, renew="name = name")
            rows.update("Social Account", account, {"templates_at": to_site(now)})

    def expire(self, account: str) -> None:
        with rows.transaction():
            rows.update("Social Account", account, {"templates_at": None})

    def fetched_at(self, account: str) -> datetime | None:
        row = rows.row("select templates_at from `tabSocial Account` where name = %(name)s", name=account)
        return from_site(row["templates_at"]) if row else None

    def listed(self, account: str) -> tuple[Template, ...]:
        found = rows.rows(
            "select definition from `tabSocial Template` where account = %(account)s order by template_name, language",
            account=account,
        )
        return tuple(load_template(rows.load(row["definition"], {})) for row in found)

    def find(self, account: str, name: str, language: str) -> Template | None:
        row = rows.row(
            "select definition from `tabSocial Template` where account = %(account)s and template_name = %(name)s"
            " and language = %(language)s",
            account=account,
            name=name,
            language=language,
        )
        return load_template(rows.load(row["definition"], {})) if row else None
