"""The page to play with: people, posts with their replies, private messages, and forms to act as a customer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.faults import KINDS
from social_care.sandbox.x.model import DirectMessage, Post, User
from social_care.sandbox.x.state import State

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


def render_page(state: State, now: datetime, faults: list[dict[str, Any]]) -> str:
    """Return the page; every text in it is escaped."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>X sandbox</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>{_people_list(state)}
<header><h1>X sandbox</h1><p>Made-up people on your own machine; no word of it reaches the real X.
It is {escape(now.strftime("%Y-%m-%d %H:%M:%S"))} UTC here.</p></header><main><div>
<section><h2>Write a post</h2>{_post_form(state, None)}</section>
<section><h2>Posts</h2>{_posts(state)}</section></div><div>
<section><h2>Private messages</h2>{_messages(state)}{_message_form(state)}</section>
<section><h2>People</h2>{_people(state)}{_user_form()}</section>
<section><h2>Faults and time</h2>{_faults(faults)}{_clock_form()}</section></div></main></body></html>"""


def _people_list(state: State) -> str:
    options = "".join(f"<option>@{escape(user.handle)}</option>" for user in state.users.values())
    return f'<datalist id="people">{options}</datalist>'


def _person_field(name: str, label: str, user: User | None) -> str:
    value = f"@{user.handle}" if user else ""
    return f'<label>{label}</label><input name="{name}" list="people" required value="{escape(value)}" aria-label="{label}">'


def _ends(state: State) -> tuple[User | None, User | None]:
    """Return the first person (the team, as a rule) and the last."""
    people = list(state.users.values())
    return (people[0], people[-1]) if people else (None, None)


def _form(action: str, inner: str, button: str, css: str = "") -> str:
    return (
        f'<form method="post" action="/_sandbox/{action}" class="{css}" enctype="application/x-www-form-urlencoded">'
        f"{inner}<button>{escape(button)}</button></form>"
    )


def _post_form(state: State, target: Post | None) -> str:
    hidden = f'<input type="hidden" name="reply_to" value="{target.id}">' if target else ""
    label = "Your reply" if target else "Text"
    inner = (
        f"{hidden}{_person_field('user', 'As', _ends(state)[1])}"
        f'<label>{label}</label><textarea name="text" rows="3" required aria-label="{label}"></textarea>'
    )
    return _form("posts", inner, "Reply" if target else "Post")


def _posts(state: State) -> str:
    posts = [post for post, _ in zip(state.newest(), range(SHOWN), strict=False)]
    if not posts:
        return '<p class="dim">No posts yet.</p>'
    children: dict[str, list[Post]] = {}
    first_of = {version: post.history[0] for post in posts for version in post.history}
    roots = []
    for post in reversed(posts):
        parent = first_of.get(post.reply_to_id or "")
        if parent:
            children.setdefault(parent, []).append(post)
        else:
            roots.append(post)
    return "".join(_post(state, post, children, 0) for post in reversed(roots))


def _post(state: State, post: Post, children: dict[str, list[Post]], depth: int) -> str:
    author = state.users[post.author_id]
    notes = [f"edited, version {len(post.history)}"] if len(post.history) > 1 else []
    notes += ["hidden"] if post.hidden else []
    notes += ["quotes " + post.quote_id] if post.quote_id else []
    notes += [f"{len(post.media)} files"] if post.media else []
    answers = children.get(post.history[0], ())
    nested = "".join(_post(state, one, children, depth + 1) for one in answers)
    css = "replies" if depth < 6 else ""
    return (
        f'<div class="post"><div class="who">{_who(author)} <span title="{post.id}">{_time(post.created_at)}</span> '
        f'{escape(", ".join(notes))}</div><div class="text">{escape(post.full_text)}</div>'
        f"<details><summary>Reply, edit, delete</summary>{_post_form(state, post)}{_edit_form(post)}"
        f"{_form(f'posts/{post.id}/delete', '', 'Delete', 'inline')}</details>"
        f'<div class="{css}">{nested}</div></div>'
    )


def _edit_form(post: Post) -> str:
    area = f'<label>New text</label><textarea name="text" rows="2" aria-label="New text">{escape(post.text)}</textarea>'
    return _form(f"posts/{post.id}/edit", area, "Edit")


def _who(user: User) -> str:
    return f"<b>{escape(user.name)}</b> @{escape(user.handle)}"


def _time(moment: datetime) -> str:
    return escape(moment.strftime("%d %b %H:%M"))


def _messages(state: State) -> str:
    messages = list(state.messages.values())[-SHOWN:]
    if not messages:
        return '<p class="dim">No private messages yet.</p>'
    conversations: dict[str, list[DirectMessage]] = {}
    for message in messages:
        conversations.setdefault(message.conversation_id, []).append(message)
    parts = []
    for items in conversations.values():
        lines = "".join(
            f'<div class="who">{_who(state.users[one.sender_id])} {_time(one.created_at)}</div>'
            f'<div class="text">{escape(one.text)}</div>'
            for one in items
        )
        parts.append(f'<div class="post">{lines}</div>')
    return "".join(parts)


def _message_form(state: State) -> str:
    first, last = _ends(state)
    inner = (
        f"{_person_field('from', 'From', last)}{_person_field('to', 'To', first)}"
        '<label>Text</label><textarea name="text" rows="2" required aria-label="Text"></textarea>'
    )
    return _form("dms", inner, "Send privately")


def _people(state: State) -> str:
    rows = []
    for user in state.users.values():
        traits = [f"{user.followers:,} followers"]
        traits += ["protected"] if user.protected else []
        traits += [] if user.dms_open else ["closed to strangers' messages"]
        rows.append(f"<tr><td>{_who(user)}</td><td class=dim>{escape(', '.join(traits))}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _user_form() -> str:
    inner = (
        '<label>Handle</label><input name="handle" required maxlength="15" aria-label="Handle">'
        '<label>Name</label><input name="name" aria-label="Name">'
        '<label>Followers</label><input name="followers" type="number" value="100" aria-label="Followers">'
    )
    return f"<details><summary>Add a person</summary>{_form('users', inner, 'Add')}</details>"


def _faults(faults: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(fault['kind'])}</code></td><td><code>{escape(fault['route'])}</code></td>"
        f"<td>{'until cleared' if fault['times'] is None else str(fault['times']) + ' more'}</td></tr>"
        for fault in faults
    )
    choice = "".join(f"<option>{kind}</option>" for kind in sorted(KINDS))
    inner = (
        f'<label>Fault</label><select name="kind" aria-label="Fault">{choice}</select>'
        '<label>Route (a pattern)</label><input name="route" value="POST /2/tweets" aria-label="Route">'
        '<label>Status</label><input name="status" value="503" aria-label="Status">'
        '<label>Times (empty: until cleared)</label><input name="times" value="1" aria-label="Times">'
    )
    clear = _form("faults/clear", "", "Clear the faults", "inline") if faults else ""
    listing = f"<table>{rows}</table>" if rows else '<p class="dim">No faults in force.</p>'
    return f"{listing}{clear}<details><summary>Make something go wrong</summary>{_form('faults', inner, 'Set')}</details>"


def _clock_form() -> str:
    inner = '<label>Seconds</label><input name="advance_s" type="number" value="900" aria-label="Seconds">'
    return f"<details><summary>Move the clock on</summary>{_form('clock', inner, 'Advance')}</details>"
