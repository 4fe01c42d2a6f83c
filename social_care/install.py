"""What the app adds to a site beside its own doctypes, and how it takes all of that away again.

Custom fields and roles are put right at every migrate. The row in Helpdesk's default ticket template is added once, at
install: a team that removes it does not get it back.

Uninstalling also drops the columns of our custom fields, which Frappe would leave behind: the doctypes they point to are
gone by then, and `bench uninstall-app` makes a backup first. Tickets, communications and contacts stay.
"""

from __future__ import annotations

from pathlib import Path

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

MODULE = "Social Care"
SETTINGS = "Social Care Settings"
ROLES = ("Social Care Agent", "Social Care Trainee", "Social Care Supervisor", "Social Care Owner")
DEFAULT_TEMPLATE = "Default"
ON_SOCIAL_TICKETS = "eval:doc.social_account"

TICKET_FIELDS: tuple[dict[str, object], ...] = (
    {
        "fieldname": "social_section",
        "fieldtype": "Section Break",
        "label": "Social media",
        "collapsible": 1,
        "depends_on": ON_SOCIAL_TICKETS,
    },
    {
        "fieldname": "social_platform",
        "fieldtype": "Select",
        "label": "Platform",
        "options": "\nX\nFacebook\nInstagram\nWhatsApp\nTelegram\nMastodon\nBluesky\nYouTube\nFeed\nInbound",
        "in_standard_filter": 1,
    },
    {"fieldname": "social_account", "fieldtype": "Link", "label": "Social Account", "options": "Social Account"},
    {"fieldname": "social_audience", "fieldtype": "Select", "label": "Audience", "options": "\nPublic\nPrivate"},
    {"fieldname": "social_profile", "fieldtype": "Link", "label": "Social Profile", "options": "Social Profile"},
    {"fieldname": "social_handle", "fieldtype": "Data", "label": "Handle"},
    {"fieldname": "social_followers", "fieldtype": "Int", "label": "Followers"},
    {
        "fieldname": "social_sentiment",
        "fieldtype": "Select",
        "label": "Sentiment",
        "options": "\nNegative\nNeutral\nPositive",
        "read_only": 0,
    },
    {"fieldname": "social_language", "fieldtype": "Data", "label": "Language", "read_only": 0},
    {
        "fieldname": "social_urgency",
        "fieldtype": "Select",
        "label": "Urgency",
        "options": "\nUrgent",
        "in_standard_filter": 1,
        "read_only": 0,
    },
    {
        "fieldname": "social_spam",
        "fieldtype": "Select",
        "label": "Spam",
        "options": "\nPossible\nLikely",
        "in_standard_filter": 1,
        "read_only": 0,
    },
    {"fieldname": "social_corrected", "fieldtype": "Small Text", "label": "Set by a Person", "hidden": 1, "no_copy": 1},
    {"fieldname": "social_permalink", "fieldtype": "Small Text", "label": "Link to the Message"},
    {
        "fieldname": "social_reply_until",
        "fieldtype": "Datetime",
        "label": "Can Be Answered Until",
        "in_list_view": 1,
        "search_index": 1,
        "no_copy": 1,
    },
    {
        "fieldname": "social_window_warned",
        "fieldtype": "Datetime",
        "label": "Alarm Given for the Window Until",
        "hidden": 1,
        "no_copy": 1,
        "search_index": 1,
    },
    {
        "fieldname": "social_delivery_state",
        "fieldtype": "Select",
        "label": "Delivery of the Last Reply",
        "options": "\nAwaiting Approval\nQueued\nSending\nSent\nFailed\nUnknown\nCancelled\nRejected",
        "no_copy": 1,
    },
    {
        "fieldname": "social_reply_audience",
        "fieldtype": "Select",
        "label": "Reply Audience",
        "options": "\nPublic\nPrivate",
        "description": "Who will see your reply. Empty: whoever could see the message that you answer.",
        "depends_on": ON_SOCIAL_TICKETS,
        "read_only": 0,
        "no_copy": 1,
    },
)

COMMUNICATION_FIELDS: tuple[dict[str, object], ...] = (
    {
        "fieldname": "social_message",
        "fieldtype": "Data",
        "label": "Social Message",
        "hidden": 1,
        "print_hide": 1,
        "search_index": 1,
    },
)

USER_FIELDS: tuple[dict[str, object], ...] = (
    {
        "fieldname": "social_initials",
        "fieldtype": "Data",
        "label": "Initials in Social Media Replies",
        "description": "Empty: made from the name, different from everybody else's.",
        "length": 8,
        "no_copy": 1,
        "permlevel": 1,
        "read_only": 0,
    },
)
FORM_SCRIPT = "Social Care"
LOADER = """\
// Loads the panel of Social Care. The app restores this text at each migrate; to switch the panel off, untick Enabled.
function setupForm({ doc, router, toast }) {
  window.social_care_page ??= fetch("/api/method/social_care.api.desk_page.get_boot")
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then(({ message }) => message && import(message.script).then((page) => page.start(message)))
    .catch((error) => console.warn("Social Care: no panel on this page, the ordinary reply box works.", error));
  window.social_care_page.then((page) => page && doc && page.show({ doc, router, toast }));
  return {};
}
"""
"""A form script of Helpdesk. It names no version, since browsers may keep it for long: `get_boot` does."""

TEMPLATE_FIELD = "social_reply_audience"

LEFTOVERS = (
    ("__Auth", "doctype"),
    ("__UserSettings", "doctype"),
    ("__global_search", "doctype"),
    ("Comment", "reference_doctype"),
    ("Custom DocPerm", "parent"),
    ("Custom Field", "dt"),
    ("Deleted Document", "deleted_doctype"),
    ("DocShare", "share_doctype"),
    ("Document Follow", "ref_doctype"),
    ("Notification Log", "document_type"),
    ("Property Setter", "doc_type"),
    ("Singles", "doctype"),
    ("Tag Link", "document_type"),
    ("ToDo", "reference_type"),
    ("Version", "ref_doctype"),
)
"""Where Frappe keeps something about a doctype (tokens first of all), and in which column it names the doctype."""

NAMING_OUR_FIELDS = (
    ("Assignment Rule", ("assign_condition", "unassign_condition", "close_condition")),
    ("HD Service Level Agreement", ("condition",)),
    ("HD View", ("filters", "columns", "rows", "order_by", "group_by_field")),
)
"""Settings of Helpdesk in which people may have named our fields."""


def before_install() -> None:
    """Make Frappe see our module: on a site that ran before the app came to the bench, its list of modules is stale.

    Without this Frappe would install the app without its doctypes.
    """
    frappe.cache.delete_value(["app_modules", "module_app"])
    frappe.setup_module_map()


def after_install() -> None:
    """Add what the app needs; Frappe has synced the doctypes already."""
    after_migrate()
    show_reply_audience()


def after_migrate() -> None:
    """Put custom fields and roles right. Safe to call any number of times."""
    create_custom_fields(custom_fields())
    for role in ROLES:
        if not frappe.db.exists("Role", role):
            frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(ignore_permissions=True)
    keep_form_script()
    write_missing_settings()


def before_uninstall() -> None:
    """Say which settings of Helpdesk will stop working. Changes nothing: Frappe calls it in a dry run, too."""
    for doctype, name in settings_naming_our_fields():
        print(f"{doctype} '{name}' names a field of social_care: change it, or it will fail once the app is gone.")


def after_uninstall() -> None:
    """Leave Helpdesk as it was. In a dry run, where Frappe also calls this, the app is still installed."""
    if "social_care" in frappe.get_installed_apps():
        return
    remove_leftovers(own_doctypes())
    remove_roles()
    remove_scheduled_jobs()
    frappe.db.delete("HD Form Script", {"name": FORM_SCRIPT})
    frappe.db.delete("HD Ticket Template Field", {"fieldname": ["in", [field["fieldname"] for field in TICKET_FIELDS]]})
    for doctype, fields in custom_fields().items():
        remove_custom_fields(doctype, [str(field["fieldname"]) for field in fields])
    frappe.db.commit()
    frappe.clear_cache()


def custom_fields() -> dict[str, list[dict[str, object]]]:
    """Return the fields added to doctypes of Helpdesk and Frappe, in the shape Frappe wants."""
    return {
        "HD Ticket": _in_a_row(TICKET_FIELDS, after="feedback_extra"),
        "Communication": _in_a_row(COMMUNICATION_FIELDS, after="message_id"),
        "User": _in_a_row(USER_FIELDS, after="full_name"),
    }


def _in_a_row(fields: tuple[dict[str, object], ...], *, after: str) -> list[dict[str, object]]:
    """Return the fields one after the other, read-only unless they say otherwise."""
    rows = []
    for field in fields:
        rows.append({"module": MODULE, "translatable": 0, "read_only": 1, "insert_after": after, **field})
        after = str(field["fieldname"])
    return rows


def keep_form_script() -> None:
    """Have Helpdesk's ticket page load our panel; a team that switched it off keeps it off."""
    if frappe.db.exists("HD Form Script", FORM_SCRIPT):
        frappe.db.set_value("HD Form Script", FORM_SCRIPT, "script", LOADER)
        return
    values = {"dt": "HD Ticket", "apply_to": "Form", "enabled": 1, "script": LOADER}
    frappe.get_doc({"doctype": "HD Form Script", "__newname": FORM_SCRIPT, **values}).insert(ignore_permissions=True)


def write_missing_settings() -> None:
    """Give settings that came with an update their default: Frappe reads what was never saved as 0."""
    saved = frappe.db.get_singles_dict(SETTINGS)
    for field in frappe.get_meta(SETTINGS).fields:
        if field.default and saved.get(field.fieldname) is None:
            frappe.db.set_single_value(SETTINGS, field.fieldname, field.default)


def show_reply_audience() -> None:
    """Show the reply audience in the side bar of Helpdesk's ticket page, to agents only."""
    parent = {"parenttype": "HD Ticket Template", "parent": DEFAULT_TEMPLATE, "parentfield": "fields"}
    if not frappe.db.exists("HD Ticket Template", DEFAULT_TEMPLATE):
        return
    if frappe.db.exists("HD Ticket Template Field", {**parent, "fieldname": TEMPLATE_FIELD}):
        return
    row = {
        "fieldname": TEMPLATE_FIELD,
        "hide_from_customer": 1,
        "idx": frappe.db.count("HD Ticket Template Field", parent) + 1,
    }
    frappe.get_doc({"doctype": "HD Ticket Template Field", **parent, **row}).insert(ignore_permissions=True)
    frappe.clear_document_cache("HD Ticket Template", DEFAULT_TEMPLATE)


def own_doctypes() -> list[str]:
    """Return the names of our doctypes, whether or not they are on the site."""
    return sorted(frappe.unscrub(folder.name) for folder in Path(__file__).with_name("doctype").glob("social_*"))


def settings_naming_our_fields() -> list[tuple[str, str]]:
    """Return doctype and name of everything in which people named our fields."""
    found = []
    for doctype, columns in NAMING_OUR_FIELDS:
        for field in TICKET_FIELDS:
            patterns = {column: ["like", f"%{field['fieldname']}%"] for column in columns}
            found += [(doctype, name) for name in frappe.get_all(doctype, or_filters=patterns, pluck="name")]
    return sorted(set(found))


def remove_leftovers(doctypes: list[str]) -> None:
    """Forget what Frappe keeps about our doctypes outside of their tables."""
    for file in frappe.get_all("File", {"attached_to_doctype": ["in", doctypes]}, pluck="name"):
        frappe.delete_doc("File", file, force=True, ignore_permissions=True)
    for table, column in LEFTOVERS:
        frappe.db.delete(table, {column: ["in", doctypes]})


def remove_roles() -> None:
    """Take our roles from everybody, and from every permission, and delete them."""
    for table in ("Has Role", "Custom DocPerm", "DocPerm"):
        frappe.db.delete(table, {"role": ["in", ROLES]})
    for role in ROLES:
        frappe.delete_doc("Role", role, force=True, ignore_missing=True, ignore_permissions=True)


def remove_scheduled_jobs() -> None:
    """Delete our scheduled jobs and their logs; Frappe would do so at the next migrate only."""
    jobs = frappe.get_all("Scheduled Job Type", {"method": ["like", "social_care.%"]}, pluck="name")
    frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": ["in", jobs or [""]]})
    frappe.db.delete("Scheduled Job Type", {"name": ["in", jobs or [""]]})


def remove_custom_fields(doctype: str, fieldnames: list[str]) -> None:
    """Delete our custom fields, what was set about them, and their columns."""
    frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ["in", fieldnames]})
    frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ["in", fieldnames]})
    frappe.clear_cache(doctype=doctype)
    columns = [f"drop column `{name}`" for name in fieldnames if name in frappe.db.get_table_columns(doctype)]
    if columns:
        frappe.db.sql_ddl(f"alter table `tab{doctype}` {', '.join(columns)}")
    frappe.clear_cache(doctype=doctype)
