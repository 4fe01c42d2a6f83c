"""What Meta pushes: signed bodies to the app's address, in batches, for accounts that the app is subscribed to.

Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started (2026-11-22).
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from social_care.sandbox.faults import Faults
from social_care.sandbox.pushing import Delivery, Pusher, call_address

PATIENCE = timedelta(hours=1)
"""After so long without one accepted delivery Meta unsubscribes an account; told by others, not documented (unsure)."""


WHOLE = frozenset({"instagram"})
"""Objects of which an account gets all that the app's address takes, once it is subscribed to any field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the app gets one object's news. fields None: all of them."""

    url: str
    verify_token: str
    fields: frozenset[str] | None = None


def sign(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers that prove that a body is Meta's."""
    return {
        "x-hub-signature": "sha1=" + hmac.new(secret.encode(), body, sha1).hexdigest(),
        "x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest(),
    }


def dump(body: object) -> bytes:
    """Return a body as Meta writes it: other than ASCII as \\uXXXX, slashes escaped, so that only raw bytes verify."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()


class Webhooks:
    """The app's addresses by object ("page", "instagram", …), and the fields each account has the app subscribed to."""

    def __init__(self, secret: str, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._secret, self._faults, self._clock = secret, faults, clock
        self._pusher = Pusher(faults, lambda body: sign(self._secret, body))
        self.clear()

    def clear(self) -> None:
        """Forget addresses, subscriptions and deliveries."""
        self.addresses: dict[str, Address] = {}
        self.installed: dict[str, frozenset[str]] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._failing_since: datetime | None = None
        self._given_up: Delivery | None = None
        self._pusher.clear()

    # --- subscribing -------------------------------------------------------------------------------------------
    def subscribe(self, product: str, url: str, verify_token: str, fields: Iterable[str] | None = None) -> None:
        """Enter an address for an object, as in the app's dashboard. Raises: ValueError when it fails Meta's check."""
        challenge = str(secrets.randbelow(10**9))
        query = urlencode({"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token})
        status, body = call_address("GET", f"{url}{'&' if urlsplit(url).query else '?'}{query}")
        if status != 200 or body.decode("utf-8", "replace").strip() != challenge:
            raise ValueError("The callback URL or verify token couldn't be validated.")
        wanted = None if fields is None else frozenset(fields)
        self.addresses[product] = Address(url=url, verify_token=verify_token, fields=wanted)

    def install(self, account_id: str, fields: Iterable[str]) -> None:
        """Subscribe an account to the app; what was subscribed before and is not named ends."""
        self.installed[account_id] = frozenset(fields)

    def uninstall(self, account_id: str) -> None:
        """End an account's subscription, as Meta does after an hour of failures."""
        self.installed.pop(account_id, None)

    # --- pushing -----------------------------------------------------------------------------------------------
    def change(self, product: str, account_id: str, field: str, value: Mapping[str, Any], *, through: str = "") -> None:
        """Push a change of a field. through: see `hears`."""
        if self._listens(product, account_id, field, through):
            entry = {"id": account_id, "time": int(self._clock().timestamp())}
            self._push(product, field, entry | {"changes": [{"field": field, "value": dict(value)}]})

    def message(
        self,
        product: str,
        account_id: str,
        field: str,
        item: Mapping[str, Any],
        *,
        through: str = "",
        standby: bool = False,
    ) -> None:
        """Push an entry of `messaging`, or of `standby` while another app has the conversation. through: see `hears`."""
        if self._listens(product, account_id, "standby" if standby else field, through):
            entry = {"id": account_id, "time": int(self._clock().timestamp() * 1000)}
            self._push(product, field, entry | {"standby" if standby else "messaging": [dict(item)]})

    def hears(self, product: str, account_id: str, field: str, through: str = "") -> bool:
        """Return whether the app gets a field of an account. through: the Page that an account is connected by, "" none.

        Source for WHOLE: https://developers.facebook.com/docs/instagram-platform/webhooks ("Limitations", 2026-11-22).
        """
        address = self.addresses.get(product)
        own = self.installed.get(account_id) or self.installed.get(through) or frozenset()
        wanted = bool(own) if product in WHOLE else field in own
        return wanted and address is not None and (address.fields is None or field in address.fields)

    def _listens(self, product: str, account_id: str, field: str, through: str) -> bool:
        self._drop_the_deaf()
        return self.hears(product, account_id, field, through)

    def _push(self, product: str, field: str, entry: dict[str, Any]) -> None:
        self._waiting.setdefault(product, []).insert(0, entry)  # a batch has no order; the newest first is the hardest
        if not self._faults.take("batch_delivery", f"{product} {field}"):
            self._send(product, f"{product} {field}")

    def _send(self, product: str, event_type: str) -> None:
        entries = self._waiting.pop(product, [])
        if entries:
            self._pusher.put(self.addresses[product].url, event_type, dump({"object": product, "entry": entries}))

    def _drop_the_deaf(self) -> None:
        """Unsubscribe every account once nothing was taken for an hour."""
        last = self.deliveries[-1] if self.deliveries else None
        if last is None or last.status == 200 or last is self._given_up:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = self._clock()
        elif self._clock() - self._failing_since >= PATIENCE:
            self.installed.clear()
            self._given_up = last

    # --- for tests and the page --------------------------------------------------------------------------------
    @property
    def deliveries(self) -> list[Delivery]:
        """What was pushed, in order."""
        return self._pusher.deliveries

    def flush(self) -> None:
        """Wait until everything is pushed, what waits for its batch too."""
        for product in list(self._waiting):
            self._send(product, f"{product} batch")
        self._pusher.flush()

    def redeliver(self) -> int:
        """Push again what was not answered with 200; return how many bodies that were."""
        return self._pusher.redeliver()

    def stop(self) -> None:
        """End pushing after what is queued."""
        self._pusher.stop()
