"""Units that a platform gives an app each day, counted for all accounts of that app."""

from __future__ import annotations

from datetime import datetime

from frappe.utils import get_system_timezone

from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.times import to_site


class Allowances:
    """See `core.ports.Meter`."""

    def add_units(self, pool: str, day: str, units: int) -> int:
        with rows.transaction():
            rows.insert(
                "Social Allowance",
                {"pool": pool, "day": day, "used": units},
                renew="used = values(used) + if(`day` = values(`day`), used, 0), `day` = values(`day`)",
            )
            return int(rows.the_row("select used from `tabSocial Allowance` where pool = %(pool)s", pool=pool)["used"])

    def local_time(self, when: datetime) -> str:
        return f"{to_site(when):%Y-%m-%d %H:%M} ({get_system_timezone()})"
