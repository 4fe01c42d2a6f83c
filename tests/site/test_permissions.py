"""Who may see and do what. Everything that is not listed is forbidden."""

from __future__ import annotations

import pytest

from social_care import install

EDIT = "read write create"
PEOPLE = {
    "System Manager": "System Manager",
    "Owner": "Social Care Owner",
    "Supervisor": "Social Care Supervisor",
    "Agent": "Social Care Agent",
    "Trainee": "Social Care Trainee",
    "HD Agent": "Agent",
    "HD Manager": "Agent Manager",
    "Customer": "HD Customer",
}
SHOWN = {
    "System Manager": "read delete",
    **dict.fromkeys(("Owner", "Supervisor", "Agent", "Trainee", "HD Agent", "HD Manager"), "read"),
}
ALLOWED = {
    "Social Account": {"System Manager": f"{EDIT} delete", "Owner": EDIT, "Supervisor": "read"},
    "Social Search": {"System Manager": f"{EDIT} delete", "Owner": EDIT, "Supervisor": "read"},
    "Social Routing Rule": {"System Manager": f"{EDIT} delete", "Owner": EDIT, "Supervisor": EDIT},
    "Social Care Settings": {"System Manager": EDIT, "Owner": EDIT},
    "Social Allowance": {"System Manager": "read delete", "Owner": "read"},
    "Social Cursor": {"System Manager": "read delete", "Owner": "read"},
    "Social Erasure": {"System Manager": "read", "Owner": "read"},
    "Social Payload": {"System Manager": "read delete", "Owner": "read"},
    "Social Preference": {"System Manager": "read delete", "Owner": "read", "Supervisor": "read"},
    "Social Storm": {"System Manager": "read delete", "Owner": "read", "Supervisor": "read"},
    "Social Storm Person": {"System Manager": "read delete", "Owner": "read", "Supervisor": "read"},
    "Social Template": SHOWN,
    "Social Message": SHOWN,
    "Social Approval": {person: "read" for person in SHOWN},
    "Social Contact Request": SHOWN,
    "Social Moderation Action": SHOWN,
    "Social Thread": SHOWN,
    "Social Profile": SHOWN,
}
SECRETS = (
    "client_secret",
    "access_token",
    "access_token_secret",
    "refresh_token",
    "bearer_token",
    "webhook_secret",
    "previous_webhook_secret",
)


def test_every_doctype_is_in_the_matrix(site):
    tables = set(site.get_all("DocType", {"istable": 1}, pluck="name"))
    assert set(ALLOWED) == set(install.own_doctypes()) - tables


def become(site, role):
    """Be a new user with this one role."""
    email = f"test_{site.scrub(role)}@example.com"
    user = site.get_doc({"doctype": "User", "email": email, "first_name": role, "send_welcome_email": 0})
    user.append("roles", {"role": role})
    user.insert(ignore_permissions=True)
    site.set_user(email)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_matrix(site, person):
    become(site, PEOPLE[person])
    rights = ("read", "write", "create", "delete")
    found = {doctype: " ".join(r for r in rights if site.has_permission(doctype, r)) for doctype in ALLOWED}
    assert found == {doctype: people.get(person, "") for doctype, people in ALLOWED.items()}


def test_guests_may_do_nothing(site):
    site.set_user("Guest")
    rights = ("read", "write", "create", "delete", "select", "report", "export")
    assert not [(doctype, right) for doctype in ALLOWED for right in rights if site.has_permission(doctype, right)]


def test_an_agent_reads_no_payload(site, agent, account):
    payload = {"doctype": "Social Payload", "account": account.name, "sha256": "0" * 64, "source": "Poll", "body": "{}"}
    name = site.get_doc(payload).insert().name
    site.set_user(agent)
    with pytest.raises(site.PermissionError):
        site.get_list("Social Payload")
    with pytest.raises(site.PermissionError):
        site.get_doc("Social Payload", name).check_permission("read")


def test_an_agent_reads_no_account(site, agent, account):
    site.set_user(agent)
    with pytest.raises(site.PermissionError):
        site.get_list("Social Account", fields=["client_id"])


def test_a_supervisor_sees_the_account_but_no_credential(site, account):
    from frappe.client import get

    become(site, "Social Care Supervisor")
    seen = get("Social Account", account.name)
    assert seen["handle"] == "acme"
    assert not [name for name in (*SECRETS, "client_id", "api_base_url") if seen.get(name)]


@pytest.mark.parametrize("role", ["Social Care Owner", "Social Care Supervisor", "Agent"])
def test_nobody_but_a_system_manager_asks_for_a_password(site, account, role):
    from frappe.client import get_password

    become(site, role)
    for field in SECRETS:
        with pytest.raises(site.PermissionError):
            get_password("Social Account", account.name, field)


def test_an_owner_can_change_credentials(site, account):
    become(site, "Social Care Owner")
    form = site.get_doc("Social Account", account.name)
    form.access_token = "another"
    form.save()
    assert form.get_password("access_token") == "another"


def test_secrets_are_in_encrypted_fields_only(site):
    meta = site.get_meta("Social Account")
    assert {field.fieldname for field in meta.fields if field.fieldtype == "Password"} == set(SECRETS)
    assert all(meta.get_field(name).permlevel == 1 for name in SECRETS)


def test_people_cannot_make_messages_by_hand(site, agent):
    site.set_user(agent)
    with pytest.raises(site.PermissionError):
        site.get_doc({"doctype": "Social Message", "text": "made up"}).insert()


@pytest.fixture
def private_message(site):
    """A message on a ticket of another team."""
    ticket = site.get_doc({"doctype": "HD Ticket", "subject": "Booking code", "raised_by": "c@example.com"}).insert()
    ticket.db_set({"agent_group": "Billing", "_assign": None})
    values = {"event_key": "k", "audience": "Private", "text": "My code is ABC123", "ticket": ticket.name}
    return site.get_doc({"doctype": "Social Message", **values}).insert()


def sees(site, name):
    """Whether the current user finds the message in the list, and whether it can be opened."""
    listed = name in site.get_list("Social Message", pluck="name")
    return listed, bool(site.get_doc("Social Message", name).has_permission("read"))


def test_an_agent_sees_messages_of_visible_tickets(site, agent, private_message):
    site.set_user(agent)
    assert sees(site, private_message.name) == (True, True)


@pytest.mark.parametrize("ticketless", [False, True])
def test_a_team_restriction_covers_messages(site, agent, private_message, ticketless):
    site.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 1)
    if ticketless:
        private_message.db_set("ticket", None)
    site.clear_cache()
    site.set_user(agent)
    assert sees(site, private_message.name) == (False, False)
    site.set_user("Administrator")
    become(site, "Social Care Supervisor")
    assert sees(site, private_message.name) == (True, True)


def test_our_role_alone_opens_no_tickets_messages(site, private_message):
    become(site, "Social Care Agent")
    assert sees(site, private_message.name) == (False, False)


@pytest.mark.parametrize("doctype", ["Social Profile", "Social Approval", "Social Contact Request", "Social Thread", "File"])
def test_a_team_restriction_covers_profiles_decisions_and_media(site, agent, private_message, doctype):
    ticket = private_message.ticket
    profile = site.get_doc({"doctype": "Social Profile", "platform": "X", "external_id": "77"}).insert()
    private_message.db_set("profile", profile.name)
    made = {
        "Social Profile": lambda: profile,
        "Social Approval": lambda: site.get_doc({"doctype": doctype, "reply": "r", "ticket": ticket}).insert(),
        "Social Contact Request": lambda: site.get_doc({"doctype": doctype, "token_digest": "d", "ticket": ticket}).insert(),
        "Social Thread": lambda: site.get_doc({"doctype": doctype, "key": "k", "ticket": ticket}).insert(),
        "File": lambda: site.get_doc(
            {
                "doctype": doctype,
                "file_name": "passport.txt",
                "content": b"secret",
                "is_private": 1,
                "attached_to_doctype": "HD Ticket",
                "attached_to_name": ticket,
            }
        ).insert(),
    }[doctype]()
    site.set_user(agent)
    assert made.has_permission("read")
    if doctype != "File":
        assert made.name in site.get_list(doctype, pluck="name")
    site.set_user("Administrator")
    site.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 1)
    site.clear_cache()
    site.set_user(agent)
    assert not site.get_doc(doctype, made.name).has_permission("read"), f"{doctype} of another team's ticket can be opened"
    if doctype != "File":
        assert made.name not in site.get_list(doctype, pluck="name"), f"{doctype} of another team's ticket is listed"
    site.set_user("Administrator")
    if doctype != "File":
        become(site, "Social Care Supervisor")
        assert site.get_doc(doctype, made.name).has_permission("read")
