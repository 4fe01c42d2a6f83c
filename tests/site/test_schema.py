"""What an installed site holds: doctypes, where they load from, unique keys, custom fields, roles."""

from __future__ import annotations

import pytest

from social_care import install
from tests.site.conftest import OWN

UNIQUE = (
    ("Social Payload", {"account": "A", "sha256": "f" * 64, "source": "Poll"}),
    ("Social Allowance", {"pool": "youtube:1", "day": "2026-11-22", "used": 1}),
    ("Social Profile", {"platform": "X", "external_id": "1"}),
    ("Social Message", {"event_key": "x:post:1:abc"}),
    ("Social Thread", {"key": "1:abc"}),
    ("Social Search", {"account": "A", "search_name": "brand", "query": "acme"}),
)

INDEXED = (
    ("Social Payload", ["state", "next_attempt"]),
    ("Social Message", ["account", "message_id"]),
    ("Social Message", ["account", "thread_id", "sent_at"]),
    ("Social Message", ["state", "next_attempt"]),
    ("Social Message", ["ticket"]),
    ("Social Message", ["communication"]),
    ("Social Message", ["reply"]),
    ("Social Moderation Action", ["message"]),
    ("Social Moderation Action", ["account", "author_id"]),
    ("Social Thread", ["account", "thread_id"]),
    ("Social Thread", ["ticket"]),
)


def bare(site, doctype, values):
    """Insert a row without any check of Frappe, so that only the database can refuse it."""
    site.get_doc({"doctype": doctype, **values}).db_insert()


@pytest.mark.parametrize("doctype", [*OWN, "Social Care Settings"])
def test_every_doctype_loads_its_controller_from_the_shared_folder(site, doctype):
    controller = type(site.new_doc(doctype))
    slug = site.scrub(doctype)
    assert controller.__module__ == f"social_care.social_care.doctype.{slug}.{slug}"


def test_own_doctypes_are_those_of_the_site(site):
    assert install.own_doctypes() == sorted(site.get_all("DocType", {"module": "Social Care"}, pluck="name"))


@pytest.mark.parametrize(("doctype", "values"), UNIQUE)
def test_the_database_refuses_a_second_row(site, doctype, values):
    bare(site, doctype, values)
    with pytest.raises(site.UniqueValidationError):
        bare(site, doctype, values)


@pytest.mark.parametrize(
    ("doctype", "one", "other"),
    [
        ("Social Profile", {"platform": "X", "external_id": "UCab"}, {"platform": "X", "external_id": "UCaB"}),
        ("Social Message", {"account": "A", "message_id": "m.a"}, {"account": "A", "message_id": "m.A"}),
    ],
)
def test_ids_that_differ_by_case_alone_are_two(site, doctype, one, other):
    bare(site, doctype, one)
    bare(site, doctype, other)
    with pytest.raises(site.UniqueValidationError):
        bare(site, doctype, other)


def test_rows_without_an_event_key_do_not_collide(site):
    bare(site, "Social Message", {"message_id": "1"})
    bare(site, "Social Message", {"message_id": "2", "event_key": ""})


def test_the_same_body_may_come_to_two_accounts(site):
    for account in ("A", "B"):
        bare(site, "Social Payload", {"account": account, "sha256": "f" * 64, "source": "Poll"})


@pytest.mark.parametrize(("doctype", "columns"), INDEXED)
def test_what_is_looked_up_is_indexed(site, doctype, columns):
    rows = site.db.sql(f"show index from `tab{doctype}`", as_dict=True)
    indexes: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row.Seq_in_index):
        indexes.setdefault(row.Key_name, []).append(row.Column_name)
    assert columns in indexes.values()


@pytest.mark.parametrize("doctype", ["HD Ticket", "Communication"])
def test_custom_fields_and_their_columns_are_there(site, doctype):
    columns = site.db.get_table_columns(doctype)
    for field in install.custom_fields()[doctype]:
        stored = site.get_meta(doctype).get_field(field["fieldname"])
        assert stored, field["fieldname"]
        assert stored.get("options") == field.get("options")
        assert field["fieldtype"] == "Section Break" or field["fieldname"] in columns


def test_the_ticket_page_shows_the_reply_audience_to_agents_only(site):
    from helpdesk.helpdesk.doctype.hd_ticket_template.api import get_one

    (row,) = [field for field in get_one("Default")["fields"] if field.fieldname == "social_reply_audience"]
    assert row.hide_from_customer == 1
    assert row.options.split("\n") == ["", "Public", "Private"]


def test_roles_and_workspace_are_there(site):
    assert all(site.db.exists("Role", role) for role in install.ROLES)
    assert site.db.exists("Workspace", "Social Care")


def test_installing_twice_changes_nothing(site):
    def counts():
        doctypes = ("Custom Field", "Property Setter", "HD Ticket Template Field", "Role")
        return [site.get_all(doctype, pluck="name", order_by="name") for doctype in doctypes]

    before = counts()
    install.after_install()
    install.after_migrate()
    assert counts() == before


def test_migrating_does_not_bring_back_a_row_that_the_team_removed(site):
    row = {"parent": "Default", "fieldname": "social_reply_audience"}
    site.db.delete("HD Ticket Template Field", row)
    install.after_migrate()
    assert not site.db.exists("HD Ticket Template Field", row)


def test_a_ticket_can_be_deleted_although_messages_name_it(site):
    ticket = site.get_doc({"doctype": "HD Ticket", "subject": "Late flight", "raised_by": "c@example.com"}).insert()
    bare(site, "Social Message", {"ticket": ticket.name})
    ticket.delete()
    assert not site.db.exists("HD Ticket", ticket.name)


def test_migrating_restores_the_form_script_and_leaves_its_switch(site):
    assert site.db.get_value("HD Form Script", install.FORM_SCRIPT, "enabled") == 1
    site.db.set_value("HD Form Script", install.FORM_SCRIPT, {"enabled": 0, "script": "changed"})
    install.keep_form_script()
    assert site.db.get_value("HD Form Script", install.FORM_SCRIPT, ["enabled", "script"]) == (0, install.LOADER)


def test_a_setting_that_was_never_saved_gets_its_default(site):
    site.db.delete("Singles", {"doctype": install.SETTINGS, "field": "undo_seconds"})
    install.write_missing_settings()
    assert site.db.get_single_value(install.SETTINGS, "undo_seconds", cache=False) == 8
    site.db.set_single_value(install.SETTINGS, "undo_seconds", 0)
    install.write_missing_settings()
    assert site.db.get_single_value(install.SETTINGS, "undo_seconds", cache=False) == 0, "a chosen 0 was overwritten"
