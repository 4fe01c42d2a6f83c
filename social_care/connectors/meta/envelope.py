"""The envelope of Meta's webhooks: every update of every entry, whichever of its printed forms it comes in.

`{"object", "entry": [{"id", "time", "changes" | "messaging" | "standby" | "changed_fields"}]}`; the documentation also
prints an array around it, `field` and `value` directly in the entry, and (the dashboard's samples) without any entry.
Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started,
https://developers.facebook.com/docs/instagram-platform/webhooks/examples (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social_care.connectors.kit.reading import identifier, items, load_json, mapping, moment, moment_from_epoch, text
from social_care.core.errors import UnreadablePayload
from social_care.core.events import AccountRevoked, Event, Ignored, MessageDeleted, MessageEdited, MessageReceived, Unknown

LONGEST_ID = 255
"""Message ids of Instagram have some 180 characters."""
DASHBOARD_TEST = "0"
"""The entry id of what the app dashboard's "Test" button sends: it belongs to no account."""
LISTS = ("changes", "messaging", "standby")

Dated = tuple[float, Event]
"""When it happened (epoch seconds, 0 unknown) and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One thing Meta tells.

    product: the envelope's `object`, "" where it is missing. account_id: the entry's id, "" likewise. list: where in the
    entry it stood, "" for an entry that holds nothing. at: the entry's time, epoch seconds, 0 unknown.
    """

    product: str = ""
    account_id: str = ""
    list: str = ""
    field: str = ""
    value: object = None
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What surrounds an update: our own id and name ("" unknown), the platform's title, the entry's time (epoch seconds)."""

    us: str
    title: str
    at: float = 0.0
    feed: str = "webhook"
    handle: str = ""


Read = Callable[[Update, Scene], Iterable[Dated]]
"""A platform's reader of one update."""


def remote_id(*values: object) -> str:
    """Return the first value that can be an id at Meta, or ""."""
    return identifier(*values, longest=LONGEST_ID)


def when(value: object) -> datetime | None:
    """Return a time, UTC-aware: in seconds or milliseconds since 1970 (a number, or one as text), or in ISO 8601."""
    return moment_from_epoch(value) or moment(value)


def epoch(value: object) -> float:
    """Return a time (see `when`) as epoch seconds, 0 for none."""
    found = when(value)
    return found.timestamp() if found else 0.0


def walk(root: object) -> Iterator[Update]:
    """Yield every update of a body. Raises: UnreadablePayload when it is no webhook of Meta at all."""
    found = False
    for envelope in root if isinstance(root, list) else [root]:
        body = mapping(mapping(envelope).get("sample")) or mapping(envelope)
        product = text(mapping(envelope).get("object")) or ""
        if "entry" in body:
            found = True
            entries = body["entry"]
            for entry in entries if isinstance(entries, list) else [entries]:
                yield from _walk_entry(entry, product)
        elif "field" in body and "value" in body:
            found = True
            yield Update(product=product, list="changes", field=text(body["field"]) or "", value=body["value"])
    if not found:
        raise UnreadablePayload("It is JSON, but no webhook as Meta sends them.")


def _walk_entry(entry: object, product: str) -> Iterator[Update]:
    body = mapping(entry)
    account, at = remote_id(body.get("id")), epoch(body.get("time"))
    empty = True
    if "field" in body and "value" in body:
        empty = False
        yield from _changes(product, account, body, at)
    for name in LISTS:
        given = body.get(name)
        for one in given if isinstance(given, list) else [given] if given is not None else []:
            empty = False
            if name == "changes":
                yield from _changes(product, account, mapping(one), at)
            else:
                yield Update(product=product, account_id=account, list=name, field=name, value=one, at=at)
    changed = [name for name in map(text, items(body.get("changed_fields"))) if name]
    if changed:
        empty = False
        yield Update(product=product, account_id=account, list="changed_fields", field=", ".join(changed)[:80], at=at)
    if empty:
        yield Update(product=product, account_id=account, at=at)


def _changes(product: str, account: str, change: Mapping[str, Any], at: float) -> Iterator[Update]:
    """Yield a change, one for each of its values: the documentation calls `value` an array, and prints an object."""
    field, value = text(change.get("field")) or "", change.get("value")
    for one in value if isinstance(value, list) and value else [value]:
        yield Update(product=product, account_id=account, list="changes", field=field, value=one, at=at)


def entry_account(update: Update) -> str:
    """Return the account an update is for, as its entry names it; "" for unknown."""
    return update.account_id


def read_updates(
    root: object,
    *,
    us: str,
    title: str,
    products: Mapping[str, str],
    read: Read,
    account_of: Callable[[Update], str] = entry_account,
    handle: str = "",
) -> tuple[Event, ...]:
    """Return the events of a body, oldest first, whatever order Meta put them in. Raises: UnreadablePayload.

    products: each `object` this platform reads; another one of Meta's leads to what its value says. read: gets an update
    only when it is this account's. account_of: names that account.
    """
    dated: list[Dated] = []
    for update in walk(root):
        account = account_of(update)
        problem = _not_ours(update, account, us, title, products)
        if problem is not None:
            dated.append((update.at, problem))
            continue
        scene = Scene(us=us or account, title=title, at=update.at, handle=handle)
        dated.extend(read(update, scene))
    return in_order(dated)


def read_body(
    raw: bytes | str,
    scene: Scene,
    *,
    listing: Callable[[Mapping[str, Any], Scene], tuple[Event, ...]],
    products: Mapping[str, str],
    read: Read,
) -> tuple[Event, ...]:
    """Return the events of a raw body, oldest first: of a webhook, or of a list or node of the Graph API.

    listing: reads the latter. products, read: see `read_updates`. Raises: UnreadablePayload.
    """
    root = load_json(raw)
    if isinstance(root, dict) and not ("entry" in root or "sample" in root or ("field" in root and "value" in root)):
        return listing(root, scene)
    return read_updates(root, us=scene.us, title=scene.title, products=products, read=read, handle=scene.handle)


def in_order(dated: Iterable[Dated]) -> tuple[Event, ...]:
    """Return events oldest first; what happened at the same moment in the order in which Meta tells it."""
    return tuple(event for _, event in sorted(dated, key=_order))


def _not_ours(update: Update, account: str, us: str, title: str, products: Mapping[str, str]) -> Event | None:
    """Return why an update is not to be read, or None when it is."""
    if update.product == "permissions":
        return _permission(update, us, title)
    if update.account_id == DASHBOARD_TEST:
        return Ignored(reason="a test sent from the app dashboard, which belongs to no account")
    if update.product and update.product not in products:
        return Ignored(reason=f"it is not for {title}: another product of the app was pointed to this address")
    if us and account and account != us and not _names(update.value, us):
        return Ignored(reason=f"it is for another {title} account of the same app")
    if update.list == "changed_fields":
        return Unknown(
            reason='Meta told only which fields changed, not what: switch on "Include Values" for the app\'s webhook.'
        )
    if not update.list:
        return Unknown(reason="Meta sent an entry in which nothing is known.")
    return None


def _names(value: object, us: str) -> bool:
    """Tell whether a private message names us, whatever id the entry has (Instagram accounts have several)."""
    body = mapping(value)
    return us in {remote_id(mapping(body.get(side)).get("id")) for side in ("sender", "recipient")}


def _permission(update: Update, us: str, title: str) -> Event:
    """Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/permissions (read 2026-11)."""
    value = mapping(update.value)
    targets = {remote_id(one) for one in items(value.get("target_ids"))}
    if text(value.get("verb")) == "revoke" and (not targets or not us or us in targets):
        return AccountRevoked(reason=f"A permission of this account was taken from the app: connect it to {title} again.")
    return Ignored(reason="a permission of the app changed, but not one of this account")


def _order(dated: Dated) -> tuple[float, int, int, str]:
    """Return what to sort by: time first; of the same moment a message before its edits, these by version, its end last."""
    at, event = dated
    rank = 3 if isinstance(event, MessageDeleted) else 1 if isinstance(event, MessageEdited) else 2
    version = event.revision if isinstance(event, MessageEdited) else ""
    return at, 0 if type(event) is MessageReceived else rank, len(version), version


def addressees(root: object) -> Iterator[str]:
    """Yield every id that may be one of our accounts: entries, both sides of private messages, phone numbers."""
    for update in walk(root):
        value: Mapping[str, Any] = mapping(update.value)
        yield update.account_id
        yield remote_id(mapping(value.get("metadata")).get("phone_number_id"))
        for side in ("sender", "recipient"):
            yield remote_id(mapping(value.get(side)).get("id"))


def account_ids(root: object) -> Iterator[str]:
    """Yield the id of every entry, without those of dashboard tests; of a dashboard sample whom it was sent to."""
    try:
        for update in walk(root):
            if update.account_id and update.account_id != DASHBOARD_TEST:
                yield update.account_id
            elif not update.account_id:
                value: Mapping[str, Any] = mapping(update.value)
                echo = mapping(value.get("message")).get("is_echo") is True
                yield remote_id(mapping(value.get("sender" if echo else "recipient")).get("id"))
    except UnreadablePayload:
        return
