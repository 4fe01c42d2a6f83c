"""What a platform lets us do, as data: the table in the README and the checks before sending are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """How long one message may be. `limit` is in `unit` ("weighted characters", "bytes"); 0 parts: as many as it takes."""

    limit: int
    unit: str
    max_parts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRule:
    """What may be attached to one message. Sizes are in bytes, by MIME type; count 0 means nothing may.

    apart: a file is a message of its own, without words. opening: it may also go with the first private answer to a public
    message. by_address: the platform fetches it from an address of ours. alone: with a file of these types goes no other.
    """

    count: int = 0
    max_bytes: tuple[tuple[str, int], ...] = ()
    alone: tuple[str, ...] = ()
    apart: bool = False
    opening: bool = True
    by_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The abilities of one platform; a contract test holds them against what the connector implements.

    needs_mention: a public answer reaches the author only if it names him (@handle), and the platform does not see to that.
    subscribes: a call makes it push. one_way: it pushes or is polled, never both.
    signs_in: it gives tokens to whoever signs in there. renews: its tokens can be renewed.
    look_up_price: US dollars for looking whether one message is still there.
    private_opening_once: only one private answer to a public message is taken, and only for a while.
    looks_up: what a message left out can be asked for. refuses_same_text: the very same words cannot be posted twice.
    private_opening: the rule for a private answer to a public message, where it differs from `private`.
    replies: False where the platform is only read; people answer elsewhere and record that.
    moderates: what can be done to (some) messages or their authors; what undoes it is part of it, but of the `irreversible`.
    rights_by_place: which of these the account may do is a matter of each group, where it is asked for.
    counts_units: every call takes units of the app's daily allowance.
    fetches_files: for some accounts it fetches files from an address of ours.
    """

    feeds: tuple[str, ...]
    public: TextRule | None
    private: TextRule | None
    private_opening: TextRule | None = None
    public_media: MediaRule = MediaRule()
    private_media: MediaRule = MediaRule()
    webhook: bool = False
    subscribes: bool = False
    one_way: bool = False
    signs_in: bool = False
    renews: bool = False
    search: bool = False
    replies: bool = True
    edits_seen: bool = False
    deletes_seen: bool = False
    delivery_reports: bool = False
    reconciles: bool = False
    idempotent_send: bool = False
    moderates: tuple[ModerationAction, ...] = ()
    irreversible: tuple[ModerationAction, ...] = ()
    rights_by_place: bool = False
    costs_money: bool = False
    counts_units: bool = False
    fetches_files: bool = False
    templates: bool = False
    needs_mention: bool = False
    private_opening_once: bool = False
    looks_up: bool = False
    refuses_same_text: bool = False
    look_up_price: Decimal = Decimal(0)

    def text_rule(self, audience: Audience, *, opening: bool = False) -> TextRule | None:
        """Return the rule for this audience, or None where the platform has no such replies.

        opening: a private answer to a public message.
        """
        if audience is Audience.PUBLIC:
            return self.public
        return (self.private_opening if opening else None) or self.private

    def media_rule(self, audience: Audience) -> MediaRule:
        """Return the rule for files with a reply to this audience."""
        return self.public_media if audience is Audience.PUBLIC else self.private_media
