// An erasure is shown as it goes on.

const LOOK_AGAIN_MS = 3000;

frappe.ui.form.on("Social Erasure", {
	refresh(frm) {
		const shown = frm.doc.name;
		const here = () => frm.doc.name === shown && frappe.get_route_str() === `Form/Social Erasure/${shown}`;
		if (frm.doc.state === "Running") {
			setTimeout(() => here() && frm.reload_doc(), LOOK_AGAIN_MS);
		}
	},
});
