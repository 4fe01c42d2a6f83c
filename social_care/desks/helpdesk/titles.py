"""How platforms are called where people read: `x` is X."""

from __future__ import annotations

from typing import Any

import frappe


def of_platforms() -> dict[str, str]:
    """Return the titles of all platforms by the names under which rows keep them."""
    options = frappe.get_meta("Social Account").get_field("platform").options
    return {title.lower(): title for title in options.split("\n")}


def add_to_boot(bootinfo: Any) -> None:
    """Let the desk's lists and forms know the titles."""
    bootinfo.social_care_platforms = of_platforms()
