"""Tell what happened on the embedded desk: as text for a terminal, or as one self-contained page."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap

from social_care.desks.sqlite import SqliteDesk
from social_care.desks.sqlite.times import from_epoch
from social_care.engine.outcomes import Action, Outcome

STATES = {
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "sent, confirmed by the platform",
    "failed": "not sent",
    "unknown": "unknown: being checked",
    "cancelled": "given up",
}


@dataclass
class Tally:
    """Counts of what became of everything. `reasons` counts the ignored by reason."""

    actions: Counter[Action] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.actions[outcome.action] += 1
        if outcome.action is Action.IGNORE:
            self.reasons[outcome.reason] += 1

    def totals(self, desk: SqliteDesk) -> dict[str, int]:
        """Return the line of totals by name."""
        fates = Counter(row["state"] for row in desk.rows("select state from message where state is not null"))
        on_tickets = (Action.OPEN, Action.APPEND, Action.EDIT, Action.DELETE, Action.REACTION)
        return {
            "received": sum(self.actions.values()),
            "ticketed": sum(self.actions[action] for action in on_tickets),
            "confirmations": self.actions[Action.DELIVERY],
            "ignored": self.actions[Action.IGNORE],
            "parked": self.actions[Action.PARK],
            "sent": fates["sent"],
            "failed": fates["failed"],
            "unknown": fates["unknown"],
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One message on a ticket, ready to be shown."""

    when: str
    who: str
    out: bool
    private: bool
    text: str
    marks: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class TicketStory:
    """One ticket with its clock and its messages."""

    id: str
    account: str
    subject: str
    state: str
    clock: str
    lines: tuple[Line, ...]


def read_tickets(desk: SqliteDesk) -> list[TicketStory]:
    """Return every ticket with its messages, oldest first."""
    stories = []
    for ticket in desk.rows("select * from ticket order by id"):
        rows = desk.rows(
            "select * from message where ticket = ? and tombstone = 0 order by coalesce(sent_at, confirmed_at, seen_at), id",
            ticket["id"],
        )
        stories.append(
            TicketStory(
                id=str(ticket["id"]),
                account=ticket["account"],
                subject=ticket["subject"],
                state="closed" if ticket["closed_at"] else "open",
                clock=_clock(ticket),
                lines=tuple(_line(row) for row in rows),
            )
        )
    return stories


def _clock(ticket: sqlite3.Row) -> str:
    if ticket["first_response_at"] is None:
        return "first response: still running"
    minutes = (ticket["first_response_at"] - ticket["opened_at"]) / 60
    return f"first response: after {minutes:.0f} min"


def _line(row: sqlite3.Row) -> Line:
    marks = []
    if row["state"]:
        part = f", part {row['part']} of {row['of_parts']}" if row["of_parts"] > 1 else ""
        marks.append(STATES[row["state"]] + part + (f": {row['error']}" if row["error"] else ""))
    elif row["direction"] == "out":
        marks.append("answered outside the help desk" if not row["context"] else "our own post")
    marks += [f"edited; before: “{one['text']}”" for one in json.loads(row["versions"])]
    if row["deleted_at"]:
        marks.append("deleted by its author")
    if row["context"]:
        marks.append("shown as context")
    marks += json.loads(row["notes"])
    moment = from_epoch(row["sent_at"] or row["confirmed_at"] or row["seen_at"])
    return Line(
        when=f"{moment:%H:%M}" if moment else "",
        who=row["author_user"] if row["state"] else _who(row),
        out=row["direction"] == "out",
        private=row["audience"] == "private",
        text=row["text"],
        marks=tuple(marks),
        link=row["permalink"] or "",
    )


def _who(row: sqlite3.Row) -> str:
    handle = (row["author_handle"] or "").lstrip("@")
    if handle:
        return f"@{handle}"
    return row["author_name"] or ("the team" if row["direction"] == "out" else row["author_id"] or "unknown")


def as_text(desk: SqliteDesk, width: int = 96) -> str:
    """Return the tickets for a terminal; a ticket with one plain message takes one line."""
    out = []
    for ticket in read_tickets(desk):
        if len(ticket.lines) == 1 and not ticket.lines[0].marks:
            out.append(
                f"#{ticket.id:<3} {ticket.lines[0].who}: {ticket.lines[0].text[:width]}  [{ticket.state}; {ticket.clock}]"
            )
            continue
        out.append(f"#{ticket.id:<3} {ticket.subject}  [{ticket.account}; {ticket.state}; {ticket.clock}]")
        for line in ticket.lines:
            head = (
                f"     {line.when} {'→' if line.out else '←'} {'private' if line.private else 'public ':<7} {line.who:<13} "
            )
            out += wrap(" ".join(line.text.split()), width + 30, initial_indent=head, subsequent_indent=" " * len(head))
            out += [f"{' ' * len(head)}· {mark}" for mark in line.marks]
    return "\n".join(out)


_STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--soft:#667085;--line:#e2e6ee;--paper:#fff;--ground:#f5f6f9;--in:#eef2f8;
--out:#e7f3ec;--private:#7a4bc4;--public:#1769c2}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaf0;--soft:#98a2b3;--line:#2c3444;--paper:#171c26;--ground:#0f131a;
--in:#1f2734;--out:#17301f;--private:#b794f4;--public:#6bb1ff}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:860px;margin:0 auto;padding:32px 16px}h1{font-size:26px;margin:0 0 4px}
.lead{color:var(--soft);margin:0 0 20px}
.totals{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 24px;padding:0;list-style:none}
.totals li{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:8px 14px;min-width:86px}
.totals b{display:block;font-size:22px;line-height:1.2}.totals span{color:var(--soft);font-size:13px}
section{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:16px 18px;margin:0 0 16px}
h2{font-size:17px;margin:0;overflow-wrap:anywhere}.clock{color:var(--soft);font-size:13px;margin:0 0 10px}
article{max-width:88%;margin:8px 0;padding:9px 13px;border-radius:12px;background:var(--in);overflow-wrap:anywhere}
article.out{margin-left:auto;background:var(--out)}article header{font-size:13px;color:var(--soft)}
.tag{font-weight:600;color:var(--public)}.tag.private{color:var(--private)}
article p{margin:3px 0;white-space:pre-wrap}article ul{margin:4px 0 0;padding-left:18px;font-size:13px;color:var(--soft)}
ol.said{padding-left:20px;color:var(--soft)}a{color:inherit}
"""


def as_html(desk: SqliteDesk, tally: Tally, told: list[str]) -> str:
    """Return the same as one self-contained page. Everything a customer wrote is escaped."""
    totals = "".join(f"<li><b>{number}</b><span>{escape(name)}</span></li>" for name, number in tally.totals(desk).items())
    tickets = "".join(_ticket_html(ticket) for ticket in read_tickets(desk))
    said = "".join(f"<li>{escape(line)}</li>" for line in told)
    reasons = "".join(f"<li>{number} × {escape(reason)}</li>" for reason, number in tally.reasons.most_common())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>social_care: a delayed flight</title><style>{_STYLE}</style></head><body><main>"
        "<h1>A delayed flight</h1><p class='lead'>Every customer's word as a ticket; every answer with its fate.</p>"
        f"<ul class='totals'>{totals}</ul>{tickets}"
        f"<section><h2>Ignored, and why</h2><ul>{reasons or '<li>nothing</li>'}</ul></section>"
        f"<section><h2>How it went</h2><ol class='said'>{said}</ol></section></main></body></html>"
    )


def _ticket_html(ticket: TicketStory) -> str:
    lines = "".join(_line_html(line) for line in ticket.lines)
    return (
        f"<section><h2>#{escape(ticket.id)} {escape(ticket.subject)}</h2>"
        f"<p class='clock'>{escape(ticket.account)} · {escape(ticket.state)} · {escape(ticket.clock)}</p>{lines}</section>"
    )


def _line_html(line: Line) -> str:
    audience = "private" if line.private else "public"
    link = f" · <a href='{escape(line.link, quote=True)}'>original</a>" if line.link.startswith("https://") else ""
    marks = "".join(f"<li>{escape(mark)}</li>" for mark in line.marks)
    return (
        f"<article{' class=out' if line.out else ''}><header>{escape(line.when)} · {escape(line.who)} · "
        f"<span class='tag {audience}'>{audience}</span>{link}</header><p>{escape(line.text)}</p>"
        + (f"<ul>{marks}</ul>" if marks else "")
        + "</article>"
    )
