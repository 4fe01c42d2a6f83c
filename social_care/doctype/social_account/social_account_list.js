frappe.listview_settings["Social Account"] = {
	add_fields: ["enabled", "sending_paused", "token_state", "last_success", "last_error"],
	has_indicator_for_draft: true,
	hide_name_column: true,
	get_indicator(doc) {
		if (!doc.enabled) {
			return [__("Disabled"), "gray", "enabled,=,0"];
		}
		if (["Needs login", "Out of credit", "Needs attention", "Gone"].includes(doc.token_state)) {
			return [__(doc.token_state), "red", `token_state,=,${doc.token_state}`];
		}
		if (doc.token_state === "Ends soon") {
			return [__("Ends soon"), "orange", "token_state,=,Ends soon"];
		}
		if (doc.sending_paused) {
			return [__("Sending paused"), "orange", "sending_paused,is,set"];
		}
		if (doc.last_error) {
			return [__("Has trouble"), "orange", "last_error,is,set"];
		}
		if (doc.token_state === "Valid") {
			return [__("Connected"), "green", "token_state,=,Valid"];
		}
		return [__("Not tested"), "blue", "token_state,=,Unknown"];
	},
};
