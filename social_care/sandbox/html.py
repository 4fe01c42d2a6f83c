"""What the pages to play with have in common: their look, forms, faults and the clock. Every text in them is escaped."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.faults import KINDS

SHOWN = 200
STYLE = """
:root{color-scheme:light dark;--line:#d9e0e6;--soft:#f4f7f9;--ink:#14202b;--dim:#5b6b79;--mark:#1769d2;--card:#fff}
@media(prefers-color-scheme:dark){:root{--line:#2c3944;--soft:#121a21;--ink:#e6edf3;--dim:#93a3b1;--mark:#6cb0ff;--card:#1a242d}}
*{box-sizing:border-box}
body{margin:0;background:var(--soft);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
header{padding:18px 24px;border-bottom:1px solid var(--line);background:var(--card)}
h1{font-size:20px;margin:0}
header p{margin:2px 0 0;color:var(--dim)}
main{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:20px;
max-width:1200px;margin:20px auto;padding:0 20px}
@media(max-width:820px){main{grid-template-columns:minmax(0,1fr)}}
h2{font-size:16px;margin:0 0 10px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px;margin-bottom:20px}
.post{border-top:1px solid var(--line);padding:10px 0;overflow-wrap:anywhere}
.post:first-of-type{border:0}
.replies{margin-left:18px;border-left:2px solid var(--line);padding-left:14px}
.who,.dim{color:var(--dim)}
.who b{color:var(--ink)}
.text{white-space:pre-wrap;margin:2px 0}
label{display:block;margin:8px 0 2px;color:var(--dim)}
input,select,textarea{width:100%;padding:7px 9px;border:1px solid var(--line);border-radius:7px;
background:var(--soft);color:inherit;font:inherit}
button{margin-top:10px;padding:7px 14px;border:0;border-radius:7px;background:var(--mark);color:#fff;
font:inherit;cursor:pointer}
details{margin-top:4px}
summary{cursor:pointer;color:var(--mark)}
.inline{display:inline}
.inline button{background:none;color:var(--mark);padding:0;margin:0 10px 0 0}
table{width:100%;border-collapse:collapse}
td{padding:4px 6px 4px 0;border-top:1px solid var(--line)}
code{font-size:13px}
"""


def wrap(title: str, now: datetime, names: list[str], left: list[tuple[str, str]], right: list[tuple[str, str]]) -> str:
    """Return a page. names: what its `people` fields offer. left, right: its sections, heading and HTML."""
    options = "".join(f"<option>{escape(name)}</option>" for name in names)
    columns = "".join(
        f"<div>{''.join(f'<section><h2>{head}</h2>{body}</section>' for head, body in side)}</div>" for side in (left, right)
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} sandbox</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>
<datalist id="people">{options}</datalist><header><h1>{escape(title)} sandbox</h1>
<p>Made-up people on your own machine; no word of it reaches the real {escape(title)}.
It is {escape(now.strftime("%Y-%m-%d %H:%M:%S"))} UTC here.</p></header><main>{columns}</main></body></html>"""


def person_field(name: str, label: str, value: str) -> str:
    """Return a field for a person, with those there are on offer."""
    return f'<label>{label}</label><input name="{name}" list="people" required value="{escape(value)}" aria-label="{label}">'


def text_field(label: str, rows: int = 2, value: str = "", required: bool = True) -> str:
    """Return a field for a text."""
    needed = " required" if required else ""
    return (
        f'<label>{label}</label><textarea name="text" rows="{rows}"{needed} aria-label="{label}">{escape(value)}</textarea>'
    )


def form(action: str, inner: str, button: str, css: str = "") -> str:
    """Return a form that is sent to one of the control routes."""
    return (
        f'<form method="post" action="/_sandbox/{action}" class="{css}" enctype="application/x-www-form-urlencoded">'
        f"{inner}<button>{escape(button)}</button></form>"
    )


def time_of(moment: datetime) -> str:
    """Return a moment as the page shows it."""
    return escape(moment.strftime("%d %b %H:%M"))


def faults_and_time(faults: list[dict[str, Any]], route: str) -> tuple[str, str]:
    """Return the section with the faults in force and the clock. route: what the form suggests."""
    return "Faults and time", _faults(faults, route) + _clock_form()


def _faults(faults: list[dict[str, Any]], route: str) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(fault['kind'])}</code></td><td><code>{escape(fault['route'])}</code></td>"
        f"<td>{'until cleared' if fault['times'] is None else str(fault['times']) + ' more'}</td></tr>"
        for fault in faults
    )
    choice = "".join(f"<option>{kind}</option>" for kind in sorted(KINDS))
    inner = (
        f'<label>Fault</label><select name="kind" aria-label="Fault">{choice}</select>'
        f'<label>Route (a pattern)</label><input name="route" value="{escape(route)}" aria-label="Route">'
        '<label>Status</label><input name="status" value="503" aria-label="Status">'
        '<label>Shape (which of the platform\'s own refusals)</label><input name="shape" aria-label="Shape">'
        '<label>Times (empty: until cleared)</label><input name="times" value="1" aria-label="Times">'
    )
    clear = form("faults/clear", "", "Clear the faults", "inline") if faults else ""
    listing = f"<table>{rows}</table>" if rows else '<p class="dim">No faults in force.</p>'
    return f"{listing}{clear}<details><summary>Make something go wrong</summary>{form('faults', inner, 'Set')}</details>"


def _clock_form() -> str:
    inner = '<label>Seconds</label><input name="advance_s" type="number" value="900" aria-label="Seconds">'
    return f"<details><summary>Move the clock on</summary>{form('clock', inner, 'Advance')}</details>"
