"""Helpdesk is as it was before, once the app is uninstalled. On a site of its own."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
# Frappe's own diaries: what was installed when, what was deleted, what failed; and its list of versions.
DIARIES = {
    "tabDeleted Document",
    "tabError Log",
    "tabPatch Log",
    "tabScheduled Job Log",
    "tabActivity Log",
    "tabInstalled Application",
}
DIARIES |= {"__global_search", "tabRoute History", "tabSeries"}

USE = """
import frappe, json
ticket = frappe.get_doc({"doctype": "HD Ticket", "subject": "Late flight", "raised_by": "c@example.com"}).insert()
account = {"doctype": "Social Account", "account_name": "A", "platform": "X", "access_token": "secret"}
account = frappe.get_doc(account).insert()
account.signature = "^A"
account.save()
account.add_comment("Comment", "Looks good")
ticket.db_set({"social_platform": "X", "social_account": "A", "social_reply_audience": "Public"})
frappe.get_doc({"doctype": "Social Message", "event_key": "k", "account": "A", "ticket": ticket.name}).insert()
frappe.get_doc("User", "agent@example.com").add_roles("Social Care Agent")
frappe.make_property_setter({"doctype": "HD Ticket", "fieldname": "social_handle", "property": "hidden", "value": "1",
    "property_type": "Check"})
frappe.db.commit()
"""


def load_script() -> Any:
    """Return scripts/site.py as a module; its own name is that of a module of the standard library."""
    spec = importlib.util.spec_from_file_location("social_care_site_script", CHECKOUT / "scripts/site.py")
    assert spec
    assert spec.loader
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def spare() -> Iterator[Any]:
    """A site with Helpdesk and without the app."""
    script = load_script()
    site = script.Site(bench=Path(os.environ["SOCIAL_CARE_BENCH"]), name=f"uninstall-{os.environ['SOCIAL_CARE_SITE']}")
    site.create(with_app=False)
    yield site
    site.drop()


def schema(site: Any) -> set[str]:
    """Every column and index of every table."""
    columns = "table_name, column_name, column_type, is_nullable, column_default from information_schema.columns"
    indexes = "table_name, index_name, seq_in_index, column_name, non_unique from information_schema.statistics"
    found = [
        site.sql(f"select {what} where table_schema = database();", database=site.database) for what in (columns, indexes)
    ]
    return set("\n".join(found).splitlines())


def rows(site: Any) -> dict[str, set[str]]:
    """The names of all rows, by table."""
    named = "from information_schema.columns where table_schema = database() and column_name = 'name'"
    names = dict.fromkeys(site.sql(f"select table_name {named};", database=site.database).splitlines(), "name")
    names |= {"__Auth": "concat(doctype, ':', name, ':', fieldname)", "tabSingles": "concat(doctype, ':', field)"}
    names |= {"tabDefaultValue": "concat(parent, ':', defkey)", "tabVersion": "concat(ref_doctype, ':', name)"}
    query = "".join(f"select '{table}', {name} from `{table}`;" for table, name in names.items() if table not in DIARIES)  # noqa: S608
    found: dict[str, set[str]] = {table: set() for table in names}
    for line in site.sql(query, database=site.database).splitlines():
        table, _, name = line.partition("\t")
        found[table].add(name)
    return found


def difference(more: dict[str, set[str]], less: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is in `more` only."""
    left = {table: names - less.get(table, set()) for table, names in more.items()}
    return {table: names for table, names in left.items() if names}


def test_a_dry_run_changes_nothing_and_a_real_one_leaves_helpdesk_as_it_was(spare):
    schema_before, rows_before = schema(spare), rows(spare)
    spare.frappe("install-app", "social_care")
    assert schema(spare) != schema_before
    use(spare)
    in_use = schema(spare), rows(spare)
    spare.frappe("uninstall-app", "social_care", "--dry-run", "--yes")
    assert (schema(spare), rows(spare)) == in_use

    spare.frappe("uninstall-app", "social_care", "--yes", "--no-backup")
    assert schema(spare) == schema_before
    rows_after = rows(spare)
    assert difference(rows_before, rows_after) == {}
    kept = difference(rows_after, rows_before)
    assert len(kept["tabHD Ticket"]) == 1
    versions = {line.partition(":")[0] for line in kept.pop("tabVersion")}
    assert versions <= {
        "User",
        "HD Ticket",
        "Installed Applications",
    }  # the last one: Frappe 15's record of what was installed
    assert set(kept) <= KEPT, {table: kept[table] for table in set(kept) - KEPT}

    spare.frappe("install-app", "social_care")
    spare.frappe("migrate", "--skip-search-index")


# The ticket and what Helpdesk makes with it; Frappe's record of who gave whom which role.
KEPT = {
    "tabCommunication",
    "tabCommunication Link",
    "tabContact",
    "tabContact Email",
    "tabHD Ticket",
    "tabHD Ticket Activity",
    "tabPermission Log",
}


def use(site: Any) -> None:
    """Work with the app as people do."""
    code = f"import frappe, os\nfrappe.init({site.name!r}, sites_path=os.getcwd())\nfrappe.connect()\n{USE}"
    site.python_code(code)
