// Everything of a person can be erased, on their request.

frappe.ui.form.on("Social Profile", {
	refresh(frm) {
		const may = ["System Manager", "Social Care Owner"].some((role) => frappe.user.has_role(role));
		if (!may || frm.doc.external_id.startsWith("erased:")) {
			return;
		}
		frm.add_custom_button(__("Erase this person…"), () =>
			frappe.warn(__("Erase this person?"), warning(), () => erase(frm), __("Erase for good"))
		);
	},
});

function warning() {
	const lines = [
		__("This cannot be undone. What this person wrote, their files, their name, and the subjects of their tickets are erased."),
		__("Tickets, times and states stay, and so does what others wrote; replies lose the person's name."),
		__("A Contact that your team linked, and e-mails, are not erased here."),
		__("If they write again, they are somebody new."),
	];
	return lines.map((line) => `<p>${line}</p>`).join("");
}

function erase(frm) {
	frappe
		.call({ method: "social_care.api.erasing.erase_person", args: { profile: frm.doc.name }, freeze: true })
		.then(({ message: erasure }) => frappe.set_route("Form", "Social Erasure", erasure));
}
