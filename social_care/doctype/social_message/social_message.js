// What can be done to a message or its author; what a person can settle about a reply that failed or is unknown.

frappe.ui.form.on("Social Message", {
	refresh(frm) {
		if (/^https?:/.test(frm.doc.permalink || "")) {
			frm.add_web_link(frm.doc.permalink, __("Open on {0}", [frm.doc.platform || __("the platform")]));
		}
		show_offers(frm);
		if (frm.doc.direction === "In" && !frm.doc.ticket && frm.doc.kind !== "tombstone") {
			const open = __("Open a ticket for this message?");
			frm.add_custom_button(__("Open a ticket"), () => settle(frm, open, "open_ticket"));
		}
		if (frm.doc.state === "Queued" && frm.doc.error) {
			const stop = __("This message waits for another attempt. Give up, so that it is never sent?");
			frm.add_custom_button(__("Give up"), () => settle(frm, stop, "give_up_waiting"));
		}
		if (frm.doc.direction !== "Out" || !["Failed", "Unknown"].includes(frm.doc.state)) {
			return;
		}
		const unknown = frm.doc.state === "Unknown";
		const again = unknown
			? __("Nobody knows whether this was sent. Look on the platform first: sending again may say it twice. Send again?")
			: __("Send this message again?");
		frm.add_custom_button(__("Send again"), () => settle(frm, again, "retry_message"));
		if (unknown) {
			const sent = __("You have seen this message on the platform?");
			frm.add_custom_button(__("It was sent"), () => settle(frm, sent, "settle_message", { sent: 1 }));
		}
		const never = __("This message will not be sent. Give up?");
		frm.add_custom_button(__("Give up"), () => settle(frm, never, "settle_message", { sent: 0 }));
	},
});

function show_offers(frm) {
	if (frm.doc.kind === "tombstone" || (frm.doc.direction === "Out" && !frm.doc.message_id)) {
		return;
	}
	const shown = frm.doc.name;
	frappe.call({ method: "social_care.api.moderation.offers", args: { message: shown } }).then(({ message: offers }) => {
		if (frm.doc.name !== shown) {
			return;
		}
		for (const offer of offers || []) {
			const act = offer.refusal ? () => frappe.msgprint(frappe.utils.escape_html(offer.refusal)) : () => ask(frm, offer);
			const button = frm.add_custom_button(offer.label, act, __("Moderate"));
			button.toggleClass("text-muted", Boolean(offer.refusal)).attr("title", offer.refusal || offer.note);
		}
	});
}

function ask(frm, offer) {
	const fields = [{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: offer.needs_reason ? 1 : 0 }];
	if (offer.note) {
		fields.unshift({ fieldname: "note", fieldtype: "HTML", options: `<p>${frappe.utils.escape_html(offer.note)}</p>` });
	}
	frappe.prompt(
		fields,
		({ reason }) => {
			const args = { message: frm.doc.name, action: offer.action, reason: reason || "" };
			frappe
				.call({ method: "social_care.api.moderation.moderate", args, freeze: true })
				.then(({ message: fate }) => {
					const done = fate.state === "done";
					const said = done ? __("Done.") : frappe.utils.escape_html(fate.error);
					frappe.show_alert({ message: said, indicator: done ? "green" : "orange" }, done ? 5 : 15);
					frm.reload_doc();
				});
		},
		offer.label,
		offer.label
	);
}

function settle(frm, question, verb, more) {
	frappe.confirm(question, () => {
		frappe
			.call({ method: `social_care.api.settling.${verb}`, args: { message: frm.doc.name, ...more }, freeze: true })
			.then(() => frm.reload_doc());
	});
}
