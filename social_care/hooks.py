"""What Frappe calls, and when: strings and dicts, no logic."""

app_name = "social_care"
app_title = "Social Care"
app_publisher = "The social_care authors"
app_description = "Customer service on social media, inside Frappe Helpdesk"
app_email = "social_care@example.invalid"
app_license = "AGPL-3.0-or-later"
required_apps = ["frappe/helpdesk"]
require_type_annotated_api_methods = True

# Install and uninstall
before_install = "social_care.install.before_install"
after_install = "social_care.install.after_install"
after_migrate = ["social_care.install.after_migrate"]
before_uninstall = "social_care.install.before_uninstall"
after_uninstall = "social_care.install.after_uninstall"

# A ticket, a communication or a contact may be deleted although our records name it.
ignore_links_on_delete = [
    "Social Approval",
    "Social Contact Request",
    "Social Erasure",
    "Social Message",
    "Social Moderation Action",
    "Social Profile",
    "Social Storm",
    "Social Thread",
]

# What a ticket does where social messages stand on it
override_doctype_class = {
    "HD Ticket": "social_care.desks.helpdesk.ticket_extension.SocialHDTicket",
    "Assignment Rule": "social_care.desks.helpdesk.assignment.SocialAssignmentRule",
}
override_whitelisted_methods = {
    "helpdesk.helpdesk.doctype.hd_ticket.api.get_ticket_activities": "social_care.api.ticket_page.get_ticket_activities",
    "helpdesk.helpdesk.doctype.hd_ticket.api.get_one": "social_care.api.ticket_page.get_one",
    "helpdesk.api.saved_replies.get_rendered_saved_reply": "social_care.api.saved_replies.get_rendered_saved_reply",
}
doc_events = {
    "Communication": {"validate": "social_care.jobs_guards.guard_communication"},
    "Contact": {"on_trash": "social_care.jobs_contact_requests.forget"},
    "HD Ticket": {
        "on_trash": "social_care.jobs_contact_requests.forget",
        "after_delete": "social_care.jobs_guards.keep_number",
    },
    "Social Profile": {"on_trash": "social_care.jobs_contact_requests.forget"},
    "Email Queue": {"before_insert": "social_care.jobs_guards.guard_mail"},
    "Social Search": {"validate": "social_care.jobs_guards.check_search"},
    "User": {"validate": "social_care.jobs_guards.check_initials"},
    (
        "Social Approval",
        "Social Contact Request",
        "Social Message",
        "Social Moderation Action",
        "Social Payload",
        "Social Profile",
        "Social Storm",
        "Social Storm Person",
        "Social Thread",
    ): {"on_trash": "social_care.jobs_guards.leave_no_copy"},
}
page_renderer = ["social_care.api.contact_page.ContactPage"]
after_request = ["social_care.api.webhooks.answer_unread_webhook"]

extend_bootinfo = "social_care.desks.helpdesk.titles.add_to_boot"

scheduler_events = {
    "cron": {
        "* * * * *": [
            "social_care.jobs.poll_due_accounts",
            "social_care.jobs.sweep",
            "social_care.jobs_contact_requests.sweep",
        ],
        "*/5 * * * *": ["social_care.jobs.watch_windows"],
    },
    "hourly_long": [
        "social_care.jobs.fetch_missing_attachments",
        "social_care.jobs_erasing.go_on",
        "social_care.jobs.refresh_old_templates",
        "social_care.jobs_keeping.watch_webhooks",
    ],
    "daily_long": [
        "social_care.jobs.erase_old_payloads",
        "social_care.jobs_erasing.erase_old_messages",
        "social_care.jobs.look_for_deleted",
        "social_care.jobs_keeping.keep_connected",
    ],
}

# Lists and reports of what customers wrote, shown as text.
_PLAIN_TEXT = "public/js/plain_text.js"
doctype_list_js = {
    "Social Approval": _PLAIN_TEXT,
    "Social Contact Request": _PLAIN_TEXT,
    "Social Message": _PLAIN_TEXT,
    "Social Moderation Action": _PLAIN_TEXT,
    "Social Payload": _PLAIN_TEXT,
    "Social Profile": _PLAIN_TEXT,
    "Social Storm": _PLAIN_TEXT,
    "Social Storm Person": _PLAIN_TEXT,
    "Social Template": _PLAIN_TEXT,
    "Social Thread": _PLAIN_TEXT,
}

# A message, a case or a profile is seen by whoever may see a ticket of it.
permission_query_conditions = {
    "Social Message": "social_care.desks.helpdesk.visibility.message_condition",
    "Social Moderation Action": "social_care.desks.helpdesk.visibility.moderation_condition",
    "Social Thread": "social_care.desks.helpdesk.visibility.thread_condition",
    "Social Approval": "social_care.desks.helpdesk.visibility.approval_condition",
    "Social Contact Request": "social_care.desks.helpdesk.visibility.contact_request_condition",
    "Social Profile": "social_care.desks.helpdesk.visibility.profile_condition",
}
has_permission = {
    "Social Message": "social_care.desks.helpdesk.visibility.has_permission",
    "Social Moderation Action": "social_care.desks.helpdesk.visibility.has_permission_by_message",
    "Social Thread": "social_care.desks.helpdesk.visibility.has_permission",
    "Social Approval": "social_care.desks.helpdesk.visibility.has_permission",
    "Social Contact Request": "social_care.desks.helpdesk.visibility.has_permission",
    "Social Profile": "social_care.desks.helpdesk.visibility.has_profile_permission",
}
