// A payload that could not be handled is handled again with one click.

frappe.ui.form.on("Social Payload", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.state === "Processing") {
			return;
		}
		const button = frm.add_custom_button(__("Handle again"), () => {
			frappe
				.call({ method: "social_care.api.settling.handle_payload_again", args: { payload: frm.doc.name }, freeze: true })
				.then(() => frm.reload_doc());
		});
		if (frm.doc.state === "Parked") {
			button.addClass("btn-primary");
		}
	},
});
