// What a person can settle about a reply that failed, or of which nobody knows whether it was sent.

frappe.ui.form.on("Social Message", {
	refresh(frm) {
		if (/^https?:/.test(frm.doc.permalink || "")) {
			frm.add_web_link(frm.doc.permalink, __("Open on {0}", [frm.doc.platform || __("the platform")]));
		}
		if (frm.doc.direction === "In" && !frm.doc.ticket && frm.doc.kind !== "tombstone") {
			const open = __("Open a ticket for this message?");
			frm.add_custom_button(__("Open a ticket"), () => settle(frm, open, "open_ticket"));
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

function settle(frm, question, verb, more) {
	frappe.confirm(question, () => {
		frappe
			.call({ method: `social_care.api.settling.${verb}`, args: { message: frm.doc.name, ...more }, freeze: true })
			.then(() => frm.reload_doc());
	});
}
