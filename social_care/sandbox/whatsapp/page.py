"""The page to play with: conversations, and a form to write as each customer."""

from __future__ import annotations

from datetime import datetime
from html import escape

from social_care.sandbox.whatsapp.model import Customer, Message
from social_care.sandbox.whatsapp.state import State

STYLE = """
:root{color-scheme:light dark}
body{max-width:760px;margin:20px auto;padding:0 20px;font:15px/1.45 system-ui,sans-serif}
section{border:1px solid #8886;border-radius:10px;padding:12px 16px;margin:0 0 20px}
h1{font-size:20px}h2{font-size:16px;margin:0 0 8px}
p{margin:4px 0;overflow-wrap:anywhere;white-space:pre-wrap}
.us{margin-left:15%;color:#1769d2}
small{opacity:.7}
form{display:flex;gap:8px;margin-top:8px;flex-wrap:wrap}
input{flex:1;padding:6px;font:inherit}
button{padding:6px 12px;font:inherit;cursor:pointer}
"""


def render_page(state: State, now: datetime) -> str:
    """Return the page; every text in it is escaped."""
    people = "".join(_conversation(state, customer) for customer in state.customers.values())
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>WhatsApp sandbox</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>
<h1>WhatsApp sandbox</h1><p><small>Made-up people on your own machine; no word of it reaches the real WhatsApp.
It is {escape(now.strftime("%Y-%m-%d %H:%M:%S"))} UTC here.</small></p>{people}
<section><h2>Another customer</h2><form method="post" action="/_sandbox/customers"><input name="phone" placeholder="phone"
aria-label="Phone" required><input name="name" placeholder="name" aria-label="Name" required>
<button>Add</button></form></section>
<section><h2>Time</h2><form method="post" action="/_sandbox/clock"><input name="advance_s" value="86400"
aria-label="Seconds"><button>Let so many seconds pass</button></form></section></body></html>"""


def _conversation(state: State, customer: Customer) -> str:
    who, name = escape(customer.user_id), escape(customer.name or customer.phone)
    shown = "".join(_message(message) for message in state.spoken_with(customer))
    actions = "".join(
        f'<button formaction="/_sandbox/customers/{who}/{action}" formnovalidate>{words}</button>'
        for action, words in (("read", "Read"), ("stop", "Stop marketing"), ("resume", "Resume marketing"))
    )
    return (
        f"<section><h2>{name}</h2>{shown}<form method='post' action='/_sandbox/messages'>"
        f"<input type='hidden' name='from' value='{who}'><input name='text' aria-label='Text' required>"
        f"<button>Write as {name}</button>{actions}</form></section>"
    )


def _message(message: Message) -> str:
    about = " · ".join(one for one in (message.kind, *message.statuses, *message.reactions.values()) if one)
    words = f"{escape(message.text)} <small>{escape(about)}</small>"
    return f"<p class='us'>{words}</p>" if message.ours else f"<p>{words}</p>"
