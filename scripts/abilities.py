"""The table of platforms and abilities in README.md, made from the code.

    python scripts/abilities.py            write the table
    python scripts/abilities.py --check    say whether it is current; exit code 1 when it is not
    python scripts/abilities.py --print    print it

What a platform can do is said once, in the `Capabilities` of its connector; a contract test holds that against the code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from social_care.connectors import registry  # noqa: E402 - the checkout comes first, as in the other scripts
from social_care.core.capabilities import Capabilities, MediaRule, TextRule  # noqa: E402

README = ROOT / "README.md"
START, END = "<!-- abilities:start -->", "<!-- abilities:end -->"
FEEDS = {"mentions": "mentions", "direct_messages": "direct messages", "searches": "saved searches", "entries": "entries"}


def text_of(rule: TextRule | None) -> str:
    """Return how long one message may be, and into how many a reply may be cut."""
    if rule is None:
        return "–"
    parts = "" if rule.max_parts != 1 else ", one message"
    return f"{rule.limit:,} {rule.unit}{parts}"


def files_of(able: Capabilities) -> str:
    """Return how many files may go with a public and with a private reply."""
    return f"{count_of(able.public_media)} / {count_of(able.private_media)}"


def count_of(rule: MediaRule) -> str:
    """Return how many files a rule allows."""
    return str(rule.count) if rule.count else "–"


def received_by(able: Capabilities) -> str:
    """Return how messages come to us."""
    ways = [*(["webhook"] if able.webhook else []), *(["polling"] if able.feeds else [])]
    return (" or " if able.one_way else ", ").join(ways) or "–"


def feeds_of(able: Capabilities) -> str:
    """Return what is polled, in words."""
    return ", ".join(FEEDS.get(feed, feed.replace("_", " ")) for feed in able.feeds) or "–"


def after_lost_answer(able: Capabilities) -> str:
    """Return how it is found out whether a reply arrived when the platform's answer was lost."""
    if not able.replies:
        return "–"
    if able.idempotent_send:
        return "sent again under the same key"
    return "looked for on the platform" if able.reconciles else "a person is asked"


def yes(ability: bool) -> str:
    """Return a sign that also reads well as plain text."""
    return "yes" if ability else "–"


COLUMNS: tuple[tuple[str, Callable[[Capabilities], str]], ...] = (
    ("Received by", received_by),
    ("Sign-in by button", lambda able: yes(able.signs_in)),
    ("Polled", feeds_of),
    ("Public reply", lambda able: text_of(able.public)),
    ("Private reply", lambda able: text_of(able.private)),
    ("Files (public / private)", files_of),
    ("Edits seen", lambda able: yes(able.edits_seen)),
    ("Deletions seen", lambda able: yes(able.deletes_seen)),
    ("Moderation", lambda able: ", ".join(action.value for action in able.moderates) or "–"),
    ("If the answer is lost", after_lost_answer),
    ("Templates", lambda able: yes(able.templates)),
    ("Costs money", lambda able: yes(able.costs_money)),
)


def table() -> str:
    """Return the table: a row a platform, in the order of the registry."""
    lines = [["Platform", *(title for title, _ in COLUMNS)], ["---"] * (len(COLUMNS) + 1)]
    for platform in registry.platforms():
        connector = registry.load(platform)
        cells = [show(connector.capabilities) for _, show in COLUMNS]
        lines.append([f"[{connector.title}](docs/platforms/{platform}.md)", *cells])
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def put_in(text: str) -> str:
    """Return a page with the table between the markers. Raises: ValueError when it has no markers."""
    before, _, rest = text.partition(START)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{README.name} has no {START} … {END}")
    return f"{before}{START}\n{table()}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks."""
    if "--print" in arguments:
        print(table())
        return 0
    written = README.read_text(encoding="utf-8")
    current = put_in(written)
    if "--check" not in arguments:
        README.write_text(current, encoding="utf-8")
        return 0
    if written == current:
        return 0
    print(f"The table of abilities in {README.name} is not current: run python scripts/abilities.py")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
