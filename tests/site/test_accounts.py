"""The form of a Social Account: what it refuses, and what it must not write back."""

from __future__ import annotations

from datetime import timedelta

import pytest

WRITTEN_BY_THE_APP = {
    "external_id": "99",
    "handle": "acme_support",
    "spent": 12.5,
    "spent_month": "2026-11",
    "token_state": "Needs login",
    "sending_paused": "X no longer accepts our token",
    "last_error": "X no longer accepts our token",
    "refused_webhooks": 3,
    "polling_note": "Slower: the budget is used up",
    "webhook_state": "Does not push",
    "webhook_note": "X has switched this site's address off.",
    "webhook_address": "https://help.example/api/method/social_care.api.webhook?account=Acme%20on%20X",
    "webhook_checked_at": "2026-11-22 10:00:00",
    "templates_at": "2026-11-22 11:00:00",
    "permissions": "read write",
    "last_success": "2026-11-22 10:00:00",
    "last_error_at": "2026-11-22 10:00:00",
    "token_expires_at": "2026-11-22 12:00:00",
    "server_options": '{"mastodon_max_characters": "500"}',
}


def test_a_form_opened_before_does_not_write_old_values_back(site, account):
    form = site.get_doc("Social Account", account.name)
    site.db.set_value("Social Account", account.name, WRITTEN_BY_THE_APP, update_modified=False)
    form.signature = "^MB"
    form.save()
    stored = site.get_doc("Social Account", account.name)
    assert stored.signature == "^MB"
    assert {name: stored.get(name) for name in WRITTEN_BY_THE_APP} == {
        name: site.utils.get_datetime(value) if name.endswith(("_at", "success")) else value
        for name, value in WRITTEN_BY_THE_APP.items()
    }


def test_every_health_and_spend_field_is_protected(site):
    from social_care.desks.helpdesk.account_rules import RUNTIME_FIELDS

    meta = site.get_meta("Social Account")
    assert set(RUNTIME_FIELDS) == {field.fieldname for field in meta.fields if field.read_only}
    assert set(WRITTEN_BY_THE_APP) == set(RUNTIME_FIELDS)


def test_the_connector_gets_the_options_of_the_form(site, account):
    from social_care.desks.helpdesk.desk import HelpdeskDesk

    options = HelpdeskDesk().accounts.get(account.name).options
    wanted = {"x_backfill_hours": "24", "x_overlap_s": "90", "x_owned_reads": "0", "x_bill_expansions": "1"}
    assert {name: options[name] for name in wanted} == wanted


def test_a_form_keeps_the_tokens_it_does_not_show(site, account):
    form = site.get_doc("Social Account", account.name)
    assert form.access_token == "*" * len("token")
    form.save()
    assert site.get_doc("Social Account", account.name).get_password("access_token") == "token"


@pytest.mark.parametrize(
    "change",
    [
        {"poll_interval_s": 59},
        {"poll_interval_s": None},
        {"api_base_url": "http://api.example.com"},
        {"api_base_url": "ftp://api.example.com"},
        {"api_base_url": "javascript:alert(1)"},
        {"api_base_url": "https://"},
        {"api_base_url": "https://user:secret@api.example.com"},
        {"api_base_url": "https://api.example.com?token=1"},
        {"api_base_url": "http://localhost.example.com"},
        {"api_base_url": "http://[::1"},
        {"api_base_url": "https://api.example.com:port"},
        {"signature": "x" * 41},
        {"reopen_days": -1},
        {"monthly_budget": -0.5},
        {"payload_retention_days": -1},
        {"platform": "Friendster"},
        {"x_reply_rule": "Whatever"},
    ],
)
def test_what_cannot_work_is_refused(site, account, change):
    account.update(change)
    with pytest.raises(site.ValidationError):
        account.save()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://api.example.com",
        "http://localhost:8099",
        "http://127.0.0.1:8099/2",
        "http://[::1]:8099",
        "http://x.localhost",
    ],
)
def test_servers_that_keep_tokens_to_themselves_are_allowed(site, account, url):
    account.api_base_url = url
    account.save()


def test_settings_may_allow_plain_http(site, account):
    site.db.set_single_value("Social Care Settings", "allow_plain_http", 1)
    account.api_base_url = "http://mastodon.test"
    account.save()


def test_name_and_platform_stay(site, account):
    account.account_name = "Another"
    account.save()
    assert account.account_name == "Acme on X"
    with pytest.raises(site.ValidationError):
        site.rename_doc("Social Account", "Acme on X", "Another")


def test_changes_are_tracked_without_secrets(site, account):
    account.reload()
    account.update({"signature": "^MB", "access_token": "very-secret"})
    account.save()
    versions = site.get_all("Version", {"ref_doctype": "Social Account", "docname": account.name}, pluck="data")
    assert any("^MB" in data for data in versions)
    assert not any("very-secret" in data for data in versions)


def test_deleting_an_account_takes_its_cursors_and_searches_along(site, account):
    site.get_doc({"doctype": "Social Cursor", "account": account.name, "feed": "mentions"}).insert()
    site.get_doc({"doctype": "Social Search", "account": account.name, "search_name": "brand", "query": "acme"}).insert()
    assert site.db.exists("Social Cursor", "Acme on X:mentions")
    account.delete()
    assert not site.get_all("Social Cursor")
    assert not site.get_all("Social Search")


def test_an_account_with_messages_cannot_be_deleted(site, account):
    site.get_doc({"doctype": "Social Message", "account": account.name, "event_key": "k"}).insert(ignore_permissions=True)
    with pytest.raises(site.LinkExistsError):
        account.delete()


def test_what_a_server_told_is_found_among_the_options(site):
    from social_care.core.accounts import Account
    from social_care.desks.helpdesk.desk import HelpdeskDesk

    given = {"doctype": "Social Account", "account_name": "Acme on Mastodon", "platform": "Mastodon"}
    site.get_doc({**given, "api_base_url": "https://social.example", "access_token": "token"}).insert()
    accounts = HelpdeskDesk().accounts
    before: Account = accounts.get("Acme on Mastodon")
    assert before.options["mastodon_idempotency"] == "Automatic"
    told = {"mastodon_max_characters": "1000", "mastodon_software": "mastodon"}
    accounts.record_identity("Acme on Mastodon", "https://social.example/@acme", "acme@social.example", options=told)
    after: Account = accounts.get("Acme on Mastodon")
    assert (after.external_id, after.handle) == ("https://social.example/@acme", "acme@social.example")
    assert after.options == {**before.options, **told}


def test_silence_is_trouble_only_where_something_is_fetched(site):
    from social_care.desks.helpdesk import health
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.desks.helpdesk.times import utc_now

    name, now = "Acme on WhatsApp", utc_now()
    site.get_doc({"doctype": "Social Account", "account_name": name, "platform": "WhatsApp"}).insert()
    HelpdeskDesk().accounts.record_health(name, ok=True)
    later = now + timedelta(days=3)
    assert [one.what for one in health.check_account(name, later, feeds=())] == [f"{name}: everything is well"]
    told = [one.what for one in health.check_account(name, later, feeds=("mentions",))]
    assert told[0].startswith(f"{name} was last reached: ")
    assert "." not in told[0].rpartition(": ")[2]


def test_the_form_offers_polling_only_where_something_is_fetched(site):
    from social_care.api import accounts as api

    for name, platform in (("Acme portal", "Inbound"), ("Acme news", "Feed")):
        site.get_doc(
            {"doctype": "Social Account", "account_name": name, "platform": platform, "feed_url": "https://example.com/feed"}
        ).insert()
    assert not api.look("Acme portal")["polled"]
    assert api.look("Acme news")["polled"]
    steps = [one["advice"] for one in api.look("Acme portal")["steps"] if one["bad"]]
    assert not [advice for advice in steps if "Poll now" in advice]


def test_blanks_that_come_along_with_a_pasted_value_are_taken_away(site):
    pasted = {"whatsapp_phone_number_id": " 200100200300400\n", "client_id": "\t77 ", "access_token": "EAA token \n"}
    doc = {"doctype": "Social Account", "account_name": "Acme on WhatsApp", "platform": "WhatsApp", **pasted}
    stored = site.get_doc("Social Account", site.get_doc(doc).insert().name)
    assert (stored.whatsapp_phone_number_id, stored.client_id) == ("200100200300400", "77")
    assert stored.get_password("access_token") == "EAA token"


def test_the_same_account_connected_twice_is_told(site, account):
    from social_care.desks.helpdesk import health
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.desks.helpdesk.times import utc_now

    site.get_doc({"doctype": "Social Account", "account_name": "Acme again", "platform": "X"}).insert()
    accounts = HelpdeskDesk().accounts
    for name in (account.name, "Acme again"):
        accounts.record_identity(name, "99", "acme")
    told = [one.what for one in health.check_account("Acme again", utc_now(), feeds=("mentions",)) if one.bad]
    assert told == [f"Acme again and {account.name} are the same account of the platform"]
    site.db.set_value("Social Account", account.name, "enabled", 0)
    assert not [one for one in health.check_account("Acme again", utc_now(), feeds=("mentions",)) if one.bad]


def test_a_feed_that_fails_is_told_although_another_one_is_well(site, account):
    from social_care.desks.helpdesk import health
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.desks.helpdesk.times import utc_now

    desk = HelpdeskDesk()
    desk.accounts.record_health(account.name, ok=True)
    desk.ledger.record_poll(account.name, "direct_messages", next_in_s=60, error="X does not allow this account to do that.")

    def told(*feeds: str) -> list[str]:
        return [one.what for one in health.check_account(account.name, utc_now(), feeds=feeds) if one.bad]

    assert told("mentions", "direct_messages") == ["direct_messages: X does not allow this account to do that."]
    assert told("mentions") == [], "it is not fetched any more"
    desk.accounts.record_identity(account.name, "99", "acme")
    assert told("mentions", "direct_messages") == [], "the next visit tells whether it is mended"
