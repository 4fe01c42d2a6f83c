"""Asking workers. What has to be done stands in the database: a queue that is full or away costs nothing but time."""

from __future__ import annotations

from typing import Any

import frappe


def ask_worker(method: str, queue: str = "short", **named: Any) -> None:
    """Queue a job after the commit. Raises nothing: the sweeper finds what the queue did not take."""
    frappe.db.after_commit.add(lambda: _enqueue(method, queue, named))


def _enqueue(method: str, queue: str, named: dict[str, Any]) -> None:
    try:
        frappe.enqueue(method, queue=queue, **named)
    except Exception as error:  # noqa: BLE001 - Redis, RQ and Frappe's limit of a queue each raise their own
        if isinstance(error, frappe.ValidationError):
            frappe.clear_last_message()  # nobody is to hear that what was stored did not work
        frappe.logger("social_care").warning("the queue takes no jobs; the sweeper will find the work", exc_info=True)
