// What customers wrote is text. Frappe's lists and reports show a column's value as HTML, which Frappe has cleaned when a
// document was saved; our rows are kept as they came. So < and > are written out. Twice does no harm: forms do it before.
(function () {
	const KINDS = ["Data", "Small Text", "Text", "Long Text", "JSON"];
	const OURS = [
		"Social Approval",
		"Social Contact Request",
		"Social Message",
		"Social Moderation Action",
		"Social Payload",
		"Social Profile",
		"Social Storm",
		"Social Storm Person",
		"Social Template",
		"Social Thread",
	];
	const plain = (value) => String(value ?? "").replace(/</g, "&lt;").replace(/>/g, "&gt;");
	const title = (value) => frappe.boot.social_care_platforms?.[value] || plain(value);
	for (const doctype of OURS) {
		for (const field of Object.values(frappe.meta.docfield_map[doctype] || {})) {
			if (field.fieldname === "platform") field.formatter = title;
			else if (KINDS.includes(field.fieldtype)) field.formatter = plain;
		}
	}
})();
