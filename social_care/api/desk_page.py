"""Where Helpdesk's ticket page finds our script: it asks once, and loads exactly the files of the installed version."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import frappe
from helpdesk.utils import is_agent

PUBLIC = Path(__file__).parents[1] / "public"
ASSETS = "/assets/social_care"
MORE_SECTIONS = "social_care_panel_sections"
"""Hook of other apps: addresses of modules that add sections to the panel."""


@frappe.whitelist(methods=["GET", "POST"])
def get_boot() -> dict[str, Any] | None:
    """Return the addresses of script, style and added sections, or None for whoever is no agent."""
    if not is_agent():
        return None
    version = files_version()
    return {
        "script": f"{ASSETS}/js/ticket_page/main.js?v={version}",
        "style": f"{ASSETS}/css/ticket_page.css?v={version}",
        "sections": frappe.get_hooks(MORE_SECTIONS),
    }


def files_version() -> str:
    """Return a text that changes whenever a file of ours does that the page loads: browsers keep assets for long."""
    files = sorted((*PUBLIC.glob("js/ticket_page/*.js"), *PUBLIC.glob("css/*.css")))
    stamps = (f"{file.name} {file.stat().st_mtime_ns} {file.stat().st_size}" for file in files)
    return sha256("\n".join(stamps).encode()).hexdigest()[:12]
