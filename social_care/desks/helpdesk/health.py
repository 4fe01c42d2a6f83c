"""What a site's owner should know: is everything that has to run running, and does anything wait for a person?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.utils.background_jobs import get_workers
from frappe.utils.scheduler import is_scheduler_inactive
from redis.exceptions import RedisError

from social_care.core.accounts import Standing
from social_care.core.findings import Finding
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.assignment import team_is_empty
from social_care.desks.helpdesk.times import to_site, utc_now

TICK_S = 240
"""Seconds between two looks of Frappe's scheduler, unless `scheduler_tick_interval` says otherwise."""
LATE = timedelta(minutes=30)
"""A payload or a reply that has waited longer than this without a retry planned is stuck."""


def check_site() -> list[Finding]:
    """Look at the scheduler, the workers, the ledger and the outbox of this site."""
    return [*_running(), *_ledger(), *_outbox()]


def _running() -> list[Finding]:
    findings = []
    if is_scheduler_inactive(verbose=False):
        findings.append(Finding(what="the scheduler is off", bad=True, advice="bench --site SITE enable-scheduler"))
    else:
        findings.append(Finding(what="the scheduler is on"))
    tick_s = int(frappe.conf.scheduler_tick_interval or TICK_S)
    shortest = rows.row("select min(poll_interval_s) shortest from `tabSocial Account` where enabled = 1")
    if shortest and shortest["shortest"] and shortest["shortest"] < tick_s:
        findings.append(
            Finding(
                what=f"the scheduler looks every {tick_s} s, an account wants to be polled every {shortest['shortest']} s",
                bad=True,
                advice="bench set-config -g -p scheduler_tick_interval 60, then restart the scheduler",
            )
        )
    try:
        workers = len(get_workers())
    except RedisError as error:
        what = f"the queue does not answer ({type(error).__name__})"
        return [*findings, Finding(what=what, bad=True, advice="start Redis")]
    findings.append(
        Finding(what=f"workers that are running: {workers}", bad=not workers, advice="" if workers else "start the workers")
    )
    return findings


def _ledger() -> list[Finding]:
    findings = []
    parked = _count("select count(*) number from `tabSocial Payload` where state = 'Parked'")
    if parked:
        advice = "open Social Payload, filter by Parked, read the note, then Handle again"
        findings.append(Finding(what=f"{parked} payloads are parked", bad=True, advice=advice))
    late = _count(
        "select count(*) number from `tabSocial Payload` where state in ('Received', 'Processing')"
        " and received_at < %(late)s and (lease_until is null or lease_until < %(now)s)",
        late=to_site(utc_now() - LATE),
        now=to_site(utc_now()),
    )
    if late:
        findings.append(Finding(what=f"{late} payloads wait too long", bad=True, advice="see scheduler and workers above"))
    return findings or [Finding(what="every payload is handled")]


def _outbox() -> list[Finding]:
    findings = []
    unknown = _count("select count(*) number from `tabSocial Message` where state = 'Unknown'")
    if unknown:
        advice = "look on the platform, then Send again or It was sent"
        findings.append(Finding(what=f"{unknown} replies are unknown", bad=True, advice=advice))
    failed = _count(
        "select count(*) number from `tabSocial Message` where state = 'Failed' and creation > %(recent)s",
        recent=to_site(utc_now() - timedelta(days=7)),
    )
    if failed:
        advice = "read the reason on the ticket, then answer otherwise"
        findings.append(Finding(what=f"{failed} replies are failed", bad=True, advice=advice))
    return findings or [Finding(what="no reply waits for a person")]


def check_account(name: str, now: datetime, *, feeds: Collection[str]) -> list[Finding]:
    """Look at what is known of one account, without asking its platform.

    feeds: what is fetched for it; where everything is pushed, silence means nothing.
    """
    row = rows.row("select * from `tabSocial Account` where name = %(name)s", name=name)
    if row is None:
        return [Finding(what=f"there is no account {name}", bad=True, advice="see the list of Social Accounts")]
    if not row["enabled"]:
        return [Finding(what=f"{name} is switched off")]
    findings = []
    if row["sending_paused"]:
        findings.append(
            Finding(what=f"{name} does not send: {row['sending_paused']}", bad=True, advice="mend it, Resume sending")
        )
    if row["last_error"]:
        findings.append(Finding(what=f"{name}: {row['last_error']}", bad=True, advice="Test connection on its form"))
    findings += _failing(row, feeds)
    if other := _same_account(row):
        advice = "switch one of them off: which of them gets a message is chance"
        findings.append(Finding(what=f"{name} and {other} are the same account of the platform", bad=True, advice=advice))
    expected = timedelta(seconds=max(row["poll_interval_s"] * 5, TICK_S * 5))
    slowed = bool(row["polling_note"])  # it says why, and until when
    if row["last_success"] is None:
        findings.append(Finding(what=f"{name} was never reached", bad=True, advice="Test connection on its form"))
    elif feeds and not slowed and row["last_success"] < to_site(now - expected):
        last = f"{row['last_success']:%Y-%m-%d %H:%M}"
        findings.append(Finding(what=f"{name} was last reached: {last}", bad=True, advice="Poll now, and see the scheduler"))
    if row["token_state"] == Standing.ENDS_SOON.value:
        advice = "sign in again on its form"
        findings.append(Finding(what=f"{name}: the token ends at {row['token_expires_at']}", bad=True, advice=advice))
    if row["webhook_note"]:
        pushes = row["webhook_state"] == "Pushes"
        advice = "" if pushes else "Register webhook on its form"
        findings.append(Finding(what=f"{name}: {row['webhook_note']}", bad=not pushes, advice=advice))
    if row["team"] and team_is_empty(row["team"]):
        findings.append(
            Finding(what=f"nobody is in the team {row['team']}", bad=True, advice="add agents: nobody gets its tickets")
        )
    if row["refused_webhooks"]:
        advice = "some are normal; many: compare the webhook secret"
        findings.append(Finding(what=f"{name} refused {row['refused_webhooks']} webhooks", advice=advice))
    if row["polling_note"]:
        findings.append(Finding(what=f"{name}: {row['polling_note']}"))
    return findings or [Finding(what=f"{name}: everything is well")]


def _failing(account: Mapping[str, Any], feeds: Collection[str]) -> list[Finding]:
    """Return what is wrong with one feed while the last visit of another one went well."""
    failing = rows.rows(
        "select feed, error from `tabSocial Cursor` where account = %(name)s and error != '' and error != %(known)s"
        " and feed in %(feeds)s order by feed",
        name=account["name"],
        known=account["last_error"] or "",
        feeds=tuple(feeds) or ("",),
    )
    advice = "Poll now on its form, when it is mended"
    return [Finding(what=f"{one['feed']}: {one['error']}", bad=True, advice=advice) for one in failing]


def _same_account(account: Mapping[str, Any]) -> str:
    """Return the name of another enabled account that is the same one on the platform, "" for none."""
    other = rows.row(
        "select name from `tabSocial Account` where platform = %(platform)s and external_id = %(id)s and external_id != ''"
        " and name != %(name)s and enabled = 1 order by creation limit 1",
        platform=account["platform"],
        id=account["external_id"],
        name=account["name"],
    )
    return str(other["name"]) if other else ""


def _count(sql: str, **values: object) -> int:
    found = rows.row(sql, **values)
    return int(found["number"]) if found else 0
