"""The team's accounts: policy from the form, spend and health in fields that the form never writes."""

from __future__ import annotations

from collections.abc import Collection, ItemsView, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import frappe
from frappe import _
from frappe.utils.password import get_decrypted_password, remove_encrypted_password, set_encrypted_password

from social_care.core.accounts import STOP_WORDS, Account, Standing
from social_care.core.approvals import ApprovalPolicy, Asks
from social_care.core.connecting import Identity
from social_care.core.errors import ConfigurationError, Retryable
from social_care.core.ports import Clock
from social_care.desks.helpdesk import notices, rows, searches
from social_care.desks.helpdesk.allowances import Allowances
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Account"
SECRETS = ("client_secret", "access_token", "access_token_secret", "refresh_token", "bearer_token")
SETTINGS = ("client_id", "auth_method", "api_base_url", "feed_url")
SIGNING = ("webhook_secret", "previous_webhook_secret")
EXPIRES_AT = "token_expires_at"
CHOSEN_BY_SIGN_IN = ("auth_method", "instagram_login", "whatsapp_phone_number_id", "whatsapp_business_account_id")
"""What a sign-in decides, beside the tokens."""
RENEWAL_WAIT_S = 30
"""How long a worker waits for another one that renews the same token; a renewal is one call, which has time-outs."""
FEEDS = ("mentions", "direct_messages", "searches", "entries")


class HelpdeskAccounts(Allowances):
    """See `core.ports.Accounts`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def get(self, name: str) -> Account:
        row = rows.row("select * from `tabSocial Account` where name = %(name)s", name=name)
        if row is None:
            raise ConfigurationError(f"There is no account {name}.")
        platform = row["platform"].lower()
        return Account(
            name=name,
            platform=platform,
            external_id=row["external_id"] or "",
            handle=row["handle"] or "",
            enabled=bool(row["enabled"]),
            receive=frozenset(feed for feed in FEEDS if row[f"receive_{feed}"]),
            searches=searches.of_account(name),
            poll_interval_s=row["poll_interval_s"],
            signature=row["signature"] or "",
            automatic_signature=row["automatic_signature"] or "",
            approval=_approval(row),
            acknowledgements=_acknowledgements(name) if row["acknowledge_outside_hours"] else {},
            number_parts=bool(row["number_parts"]),
            reopen_days=row["reopen_days"],
            monthly_budget=Decimal(row["monthly_budget"]) if row["monthly_budget"] else None,
            spent=_money(row["spent"]),
            spent_month=row["spent_month"] or "",
            sending_paused=row["sending_paused"] or "",
            standing=Standing(row["token_state"] or "Unknown"),
            token_expires_at=from_site(row["token_expires_at"]),
            stop_words=_words(row["stop_words"]) or STOP_WORDS,
            public_note=row["public_note"] or "",
            permissions=frozenset((row["permissions"] or "").split()),
            options=_options(row, platform),
        )

    def siblings(self, name: str, external_ids: Collection[str], signed_with: Sequence[str]) -> tuple[Account, ...]:
        found = rows.rows(
            "select name from `tabSocial Account` where enabled = 1 and name != %(name)s and external_id in %(ids)s",
            name=name,
            ids=tuple(external_ids) or ("",),
        )
        own = self.gate(name) if found else None
        trusted = set(own.chosen(tuple(signed_with))) if own else set()
        return tuple(self.get(one["name"]) for one in found if self._trusts(one["name"], trusted, tuple(signed_with)))

    def _trusts(self, name: str, secrets: set[str], signed_with: tuple[str, ...]) -> bool:
        gate = self.gate(name)
        return gate is not None and not secrets.isdisjoint(gate.chosen(signed_with))

    def add_spend(self, name: str, amount: Decimal, now: datetime) -> None:
        with rows.transaction():
            rows.run(
                "update `tabSocial Account` set spent = if(spent_month = %(month)s, spent, 0) + %(amount)s,"
                " spent_month = %(month)s where name = %(name)s",
                name=name,
                amount=amount,
                month=f"{now:%Y-%m}",
            )

    def pause_sending(self, name: str, reason: str, standing: Standing) -> None:
        with rows.transaction():
            paused = rows.run(
                "update `tabSocial Account` set sending_paused = %(reason)s, token_state = %(standing)s"
                " where name = %(name)s and coalesce(sending_paused, '') = ''",
                name=name,
                reason=reason,
                standing=standing.value,
            )
            if paused:
                words = "{0}: {1}" if standing is Standing.GONE else _("{0} no longer sends: {1}")
                notices.tell_owners(name, words.format(name, reason))
        _forget_cached(name)

    def resume_sending(self, name: str) -> None:
        """Send again, beginning with what could not be sent; a time for undoing, or a pace, is kept. Commits by itself."""
        waits = "account = %(name)s and state = 'Queued' and error != ''"
        with rows.transaction():
            rows.update(DOCTYPE, name, {"sending_paused": "", "token_state": "Unknown"})
            rows.run(f"update `tabSocial Message` set next_attempt = null where {waits}", name=name)  # noqa: S608 - ours
        _forget_cached(name)

    def record_health(self, name: str, *, ok: bool, error: str = "") -> None:
        now = to_site(self.clock())
        values = {"last_success": now, "last_error": ""} if ok else {"last_error": error, "last_error_at": now}
        with rows.transaction():
            rows.update(DOCTYPE, name, values)
            if ok:
                self._turn(name, Standing.UNKNOWN, Standing.VALID)

    def _turn(self, name: str, before: Standing, after: Standing) -> None:
        change = "update `tabSocial Account` set token_state = %(after)s where name = %(name)s and token_state = %(before)s"
        rows.run(change, name=name, before=before.value, after=after.value)

    def record_polling_note(self, name: str, note: str) -> None:
        """Say on the account why it is polled differently, "" for as usual. Commits by itself."""
        with rows.transaction():
            rows.update(DOCTYPE, name, {"polling_note": note})

    def record_identity(
        self,
        name: str,
        external_id: str,
        handle: str,
        permissions: Sequence[str] = (),
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Keep who the platform says we are, what it lets us do, and what its server told; the credentials are good, then.

        Feeds that waited for good credentials are due at once, and their next visit says what is wrong, if anything is.
        Commits by itself.
        """
        with rows.transaction():
            rows.run(
                "update `tabSocial Cursor` set next_poll_at = null where account = %(name)s and error != ''"
                " and exists (select name from `tabSocial Account` where name = %(name)s and token_state != 'Valid')",
                name=name,
            )
            rows.run("update `tabSocial Cursor` set error = '' where account = %(name)s", name=name)
            rows.update(
                DOCTYPE,
                name,
                {
                    "external_id": external_id,
                    "handle": handle,
                    "permissions": " ".join(permissions),
                    "server_options": dict(options or {}),
                    "token_state": "Valid",
                    "last_success": to_site(self.clock()),
                    "last_error": "",
                },
            )
        _forget_cached(name)

    def count_refused_webhook(self, name: str) -> None:
        """Count a webhook that did not prove where it came from. Commits by itself."""
        with rows.transaction():
            rows.run(
                "update `tabSocial Account` set refused_webhooks = refused_webhooks + 1 where name = %(name)s", name=name
            )

    def title(self, name: str) -> str:
        """Return the platform's name as people write it."""
        return frappe.get_cached_value(DOCTYPE, name, "platform") or ""

    def routing(self, name: str) -> dict[str, str]:
        """Return the fields of a new ticket that the account decides, without those left to Helpdesk."""
        team, kind, priority = frappe.get_cached_value(DOCTYPE, name, ["team", "ticket_type", "priority"]) or ("", "", "")
        wanted = {"agent_group": team, "ticket_type": kind, "priority": priority}
        return {field: value for field, value in wanted.items() if value}

    def credentials(self, name: str) -> Mapping[str, str]:
        """Return what a connection needs, by field name, as a live view: a token that was just renewed is seen."""
        return Credentials(name)

    def keep_credentials(self, name: str, fresh: Mapping[str, str]) -> None:
        with rows.transaction():
            for field, value in fresh.items():
                if field in SECRETS:
                    self._keep_secret(name, field, value)
                elif field == EXPIRES_AT:
                    rows.update(DOCTYPE, name, {field: to_site(datetime.fromisoformat(value)) if value else None})
                elif field in CHOSEN_BY_SIGN_IN:
                    rows.update(DOCTYPE, name, {field: value})
            self._turn(name, Standing.ENDS_SOON, Standing.VALID)
        _forget_cached(name)

    def _keep_secret(self, name: str, field: str, value: str) -> None:
        """Store or remove a secret as Frappe does: stars in its column, without which saving the form would remove it."""
        rows.update(DOCTYPE, name, {field: "*" * 10 if value else ""})
        if value:
            set_encrypted_password(DOCTYPE, name, value, field)
        else:
            remove_encrypted_password(DOCTYPE, name, field)

    def connect(self, name: str, identity: Identity) -> None:
        """Make an account that of who signed in, of whose server nothing is known yet. Commits by itself.

        A form that was opened before can no longer be saved: it would write the old choices back.
        """
        with rows.transaction():
            self.keep_credentials(name, identity.credentials)
            rows.update(DOCTYPE, name, {"modified": frappe.utils.now_datetime()})
            self.record_identity(name, identity.id, identity.handle)

    def record_webhook(self, name: str, *, pushed: bool, note: str = "") -> None:
        values = {
            "webhook_state": "Pushes" if pushed else "Does not push",
            "webhook_note": note,
            "webhook_checked_at": to_site(self.clock()),
        }
        with rows.transaction():
            known = rows.row("select webhook_note from `tabSocial Account` where name = %(name)s for update", name=name)
            rows.update(DOCTYPE, name, values)
            if note and known and (known["webhook_note"] or "") != note:
                notices.tell_owners(name, f"{name}: {note}")
        _forget_cached(name)

    def warn(self, name: str, reason: str) -> None:
        with rows.transaction():
            changed = rows.run(
                "update `tabSocial Account` set token_state = %(soon)s where name = %(name)s"
                " and token_state in (%(unknown)s, %(valid)s)",
                name=name,
                soon=Standing.ENDS_SOON.value,
                unknown=Standing.UNKNOWN.value,
                valid=Standing.VALID.value,
            )
            if changed:
                notices.tell_owners(name, f"{name}: {reason}")
        _forget_cached(name)

    def is_pushed_to(self, name: str) -> bool:
        """Tell whether the webhook of an account was registered here, or anything ever came through it."""
        return bool(
            self.webhook_of(name).state or frappe.db.exists("Social Payload", {"account": name, "source": "Webhook"})
        )

    def webhook_of(self, name: str) -> Webhook:
        """Return what is known of an account's webhook."""
        row = rows.the_row("select webhook_state, webhook_address from `tabSocial Account` where name = %(name)s", name=name)
        gate = self.gate(name)
        return Webhook(
            secrets=gate.secrets if gate else {}, state=row["webhook_state"] or "", address=row["webhook_address"] or ""
        )

    def keep_webhook_address(self, name: str, address: str) -> None:
        """Remember where the platform was told to push: a job may know this site by another name. Commits by itself."""
        with rows.transaction():
            rows.update(DOCTYPE, name, {"webhook_address": address})

    def gate(self, name: str) -> Gate | None:
        """Return what a webhook of this account must pass; None when there is no such account."""
        found = frappe.db.sql(
            "select platform, external_id, enabled, modified from `tabSocial Account` where name = %s", (name,)
        )
        if not found:
            return None
        platform, external_id, enabled, modified = found[0]
        return Gate(
            platform=platform.lower(),
            external_id=external_id or "",
            enabled=bool(enabled),
            secrets=_webhook_secrets(frappe.local.site, name, modified),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """secrets: by the name of the account's field. state: as on the form, "" for never registered, and so is the address."""

    secrets: Mapping[str, str] = field(repr=False)
    state: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What decides about a webhook. secrets: by the name of the account's field."""

    platform: str
    external_id: str
    enabled: bool
    secrets: Mapping[str, str] = field(repr=False)

    def chosen(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the secrets of these fields that are set, in this order."""
        return tuple(self.secrets[name] for name in names if self.secrets.get(name))


@lru_cache(maxsize=256)
def _webhook_secrets(site: str, name: str, modified: datetime) -> Mapping[str, str]:
    """Return the secrets of an account as its form was saved at that moment; decrypted once in the life of a process."""
    return {one: _secret(name, one) or "" for one in ("webhook_secret", "client_secret", "previous_webhook_secret")}


class Credentials(Mapping[str, str]):
    """The credentials of an account as they are stored at the moment of looking. Never show or log them."""

    def __init__(self, account: str) -> None:
        self._account = account

    def _present(self) -> dict[str, str]:
        found = frappe.db.get_value(DOCTYPE, self._account, list(SETTINGS), as_dict=True) or {}
        found |= {field: _secret(self._account, field) for field in (*SECRETS, *SIGNING)}
        return {field: value for field, value in found.items() if value}

    def __getitem__(self, field: str) -> str:
        return self._present()[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._present())

    def __len__(self) -> int:
        return len(self._present())

    def items(self) -> ItemsView[str, str]:
        return self._present().items()

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """See `core.connecting.LocksRenewal`. The lock is the database's: it falls with the connection of a dead worker."""
        name = f"social_care:{rows.digest(frappe.local.site, self._account)}"
        if not frappe.db.sql("select get_lock(%s, %s)", (name, RENEWAL_WAIT_S))[0][0]:
            raise Retryable("Another worker is renewing the account's token.")
        try:
            if not frappe.flags.in_social_transaction:
                frappe.db.commit()  # else we would see the token as it was when our transaction began
            yield
        finally:
            frappe.db.sql("select release_lock(%s)", name)

    def __repr__(self) -> str:
        return f"<credentials of {self._account}>"


def _words(listed: str | None) -> tuple[str, ...]:
    """Return what people typed with commas or on lines of its own."""
    words = (" ".join(one.casefold().split()) for one in (listed or "").replace("\n", ",").split(","))
    return tuple(word for word in words if word)


def _secret(name: str, field: str) -> str | None:
    return get_decrypted_password(DOCTYPE, name, field, raise_exception=False)


def _money(stored: float | Decimal | None) -> Decimal:
    """Return US dollars without the dust of floating point; the column keeps nine places."""
    return Decimal(str(stored or 0)).quantize(Decimal("0.000001")).normalize() + 0


def _approval(row: rows.Row) -> ApprovalPolicy:
    return ApprovalPolicy(
        asks=Asks((row["approval_policy"] or "Trainees").lower()),
        words=tuple(line.strip() for line in (row["approval_words"] or "").splitlines() if line.strip()),
        sentiments=frozenset((row["approval_sentiment"] or "").lower().split(" or ")) - {""},
        urgent=bool(row["approval_urgent"]),
        followers=row["approval_followers"] or 0,
        alarm_s=60 * (row["approval_alarm_minutes"] or 0),
    )


def _acknowledgements(name: str) -> dict[str, str]:
    found = rows.rows(
        "select language, text from `tabSocial Acknowledgement` where parent = %(name)s and parenttype = 'Social Account'",
        name=name,
    )
    return {(one["language"] or "").strip(): one["text"] or "" for one in found}


def _options(row: rows.Row, platform: str) -> dict[str, str]:
    """Return what only this platform's connector understands: what its server told, and fields of the form."""
    told = rows.load(row["server_options"], {})
    if frappe.conf.get("social_care_allow_loopback"):  # for a sandbox on this machine; only who runs the site can say so
        told = told | {"loopback_allowed": "1"}
    own = told | {field: value for field, value in row.items() if field.startswith(f"{platform}_")}
    return {field: "" if value is None else str(value) for field, value in own.items()}


def _forget_cached(name: str) -> None:
    frappe.clear_document_cache(DOCTYPE, name)
