// The form of a Social Account: what its buttons ask the server, and how the answer is shown.

frappe.ui.form.on("Social Account", {
	refresh(frm) {
		if (frm.is_new()) {
			frm.set_intro(__("Save the account with its credentials, then choose Test connection."));
			return;
		}
		if (frm.doc.sending_paused) {
			frm.set_intro(__("Sending is paused: {0}", [frappe.utils.escape_html(frm.doc.sending_paused)]), "orange");
		}
		if (!frm.perm[0].write) {
			return;
		}
		frm.add_custom_button(__("Test connection"), () => test_connection(frm));
		frm.add_custom_button(__("Poll now"), () => poll_now(frm));
		frm.add_custom_button(__("Subscribe webhook"), () => subscribe_webhook(frm));
		if (frm.doc.sending_paused) {
			frm.add_custom_button(__("Resume sending"), () => resume_sending(frm)).addClass("btn-primary");
		}
	},
});

function test_connection(frm) {
	ask(frm, "check_account", __("Asking {0} …", [frm.doc.platform])).then((found) => show_check_up(frm, found || {}));
}

function poll_now(frm) {
	ask(frm, "poll_now").then((answer) => {
		const text = typeof answer === "string" ? answer : __("Polling has begun. New messages show up in a moment.");
		frappe.show_alert({ message: frappe.utils.escape_html(text), indicator: "green" });
		frm.reload_doc();
	});
}

function subscribe_webhook(frm) {
	ask(frm, "subscribe_webhook", __("Asking {0} …", [frm.doc.platform])).then((lines) => {
		frappe.msgprint({ title: __("Webhook"), message: part(__("Done"), lines || [], "") });
		frm.reload_doc();
	});
}

function resume_sending(frm) {
	const question = __("Waiting replies will be sent. Has the cause been removed? {0}", [
		`<br><br><i>${frappe.utils.escape_html(frm.doc.sending_paused)}</i>`,
	]);
	frappe.confirm(question, () => {
		ask(frm, "resume_sending").then(() => {
			frappe.show_alert({ message: __("Sending goes on."), indicator: "green" });
			frm.reload_doc();
		});
	});
}

// Unsaved changes would make the answer about something else than what is on the screen.
function ask(frm, verb, freeze_message) {
	if (frm.is_dirty()) {
		frappe.throw(__("Please save first."));
	}
	return frappe
		.call({ method: `social_care.api.accounts.${verb}`, args: { account: frm.doc.name }, freeze: true, freeze_message })
		.then((answer) => answer.message);
}

function show_check_up(frm, found) {
	const who = [found.name, found.handle && `@${found.handle}`, found.account_id].filter(Boolean).join(" · ");
	const problems = found.problems || [];
	const dialog = new frappe.ui.Dialog({
		title: problems.length ? __("Connected, but look at this") : __("The connection works"),
		indicator: problems.length ? "orange" : "green",
		fields: [{ fieldtype: "HTML", fieldname: "found" }],
	});
	dialog.fields_dict.found.$wrapper.html(
		[
			part(__("Who am I"), who ? [who] : [], __("The platform did not say.")),
			part(__("Permissions"), found.permissions, __("The platform does not list them.")),
			part(__("Limits left"), found.limits, __("None reported.")),
			part(__("Problems"), problems, __("None found.")),
		].join("")
	);
	dialog.onhide = () => frm.reload_doc();
	dialog.show();
}

function part(title, lines, otherwise) {
	const shown = lines && lines.length ? lines : [otherwise];
	const items = shown.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("");
	return `<h5>${title}</h5><ul>${items}</ul>`;
}
