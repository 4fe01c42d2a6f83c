frappe.listview_settings["Social Account"] = {
	add_fields: ["enabled", "sending_paused", "token_state", "last_success"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (!doc.enabled) {
			return [__("Disabled"), "gray", "enabled,=,0"];
		}
		if (doc.token_state === "Needs login") {
			return [__("Needs login"), "red", "token_state,=,Needs login"];
		}
		if (doc.sending_paused) {
			return [__("Sending paused"), "orange", "sending_paused,is,set"];
		}
		if (doc.token_state === "Valid") {
			return [__("Connected"), "green", "token_state,=,Valid"];
		}
		return [__("Not tested"), "blue", "token_state,=,Unknown"];
	},
};
