"""What a column needs that a doctype cannot say."""

from __future__ import annotations

import frappe


def compare_exactly(doctype: str, field: str) -> None:
    """Make a text column tell capital letters apart: platforms' ids may differ by case alone. Does so once."""
    column = frappe.db.sql(
        "select column_type, collation_name from information_schema.columns"
        " where table_schema = database() and table_name = %s and column_name = %s",
        (f"tab{doctype}", field),
        as_dict=True,
    )[0]
    if column["collation_name"] != "utf8mb4_bin":
        frappe.db.sql_ddl(
            f"alter table `tab{doctype}` modify `{field}` {column['column_type']} character set utf8mb4 collate utf8mb4_bin"
        )
