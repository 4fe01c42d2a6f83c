// What waits for a supervisor, nearest deadline first. By keyboard: j and k move, a approves, e edits, r rejects.

frappe.pages["social-approvals"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Social Approvals"), single_column: true });
	wrapper.queue = new ApprovalQueue(page);
};

frappe.pages["social-approvals"].on_page_show = function (wrapper) {
	wrapper.queue.load();
};

class ApprovalQueue {
	constructor(page) {
		this.page = page;
		this.waiting = [];
		this.current = null;
		this.busy = false;
		this.$status = $('<p class="text-muted text-center mt-3" role="status"></p>').appendTo(page.main);
		this.$list = $('<ol class="social-approvals"></ol>').appendTo(page.main);
		page.set_secondary_action(__("Refresh"), () => this.load(), "refresh");
		this.add_shortcuts();
		frappe.realtime.doctype_subscribe("Social Approval");
		frappe.realtime.on("social_approvals", frappe.utils.debounce(() => this.load(), 300));
		setInterval(() => this.load(), 60000); // should the live connection be away
	}

	add_shortcuts() {
		const keys = [
			["j", __("Next reply"), () => this.move(1)],
			["k", __("Previous reply"), () => this.move(-1)],
			["a", __("Approve"), () => this.approve()],
			["e", __("Edit and approve"), () => this.edit()],
			["r", __("Reject with a note"), () => this.reject()],
		];
		for (const [shortcut, description, action] of keys) {
			const condition = () => !this.busy && !$(".modal.show").length;
			frappe.ui.keys.add_shortcut({ shortcut, description, action, condition, page: this.page });
		}
	}

	async load() {
		if (!this.page.wrapper.is(":visible")) {
			return;
		}
		const { message } = await frappe.call("social_care.api.approvals.get_queue");
		const place = this.place();
		this.waiting = message;
		if (!this.chosen()) {
			const next = this.waiting[Math.min(Math.max(place, 0), this.waiting.length - 1)];
			this.current = next ? next.name : null;
		}
		this.draw();
	}

	chosen() {
		return this.waiting.find((one) => one.name === this.current);
	}

	place() {
		return this.waiting.findIndex((one) => one.name === this.current);
	}

	move(step) {
		const next = this.waiting[this.place() + step];
		if (next) {
			this.current = next.name;
			this.mark();
			this.$list.children('[aria-current="true"]').trigger("focus")[0].scrollIntoView({ block: "nearest" });
		}
	}

	draw() {
		const keys = __("Keys: j and k move, a approves, e edits, r rejects.");
		const some = this.waiting.length === 1 ? __("1 reply waits.") : __("{0} replies wait.", [this.waiting.length]);
		this.$status.text(this.waiting.length ? `${some} ${keys}` : __("Nothing waits for approval."));
		const focused = this.$list.is(":focus-within");
		this.$list.empty().append(this.waiting.map((one) => this.card(one)));
		this.mark();
		if (focused) {
			this.$list.children('[aria-current="true"]').trigger("focus");
		}
	}

	mark() {
		this.$list.children().each((_at, card) => {
			const chosen = card.dataset.name === this.current;
			card.setAttribute("aria-current", chosen);
			card.tabIndex = chosen ? 0 : -1;
		});
	}

	card(one) {
		const $card = $("<li>").attr("data-name", one.name);
		const audiences = { public: "🌐 " + __("PUBLIC"), private: "🔒 " + __("PRIVATE"), email: "✉ " + __("E-MAIL") };
		const audience = audiences[one.audience];
		const ticket = `<a href="/helpdesk/tickets/${encodeURIComponent(one.ticket)}">#${escape_html(one.ticket)}</a>`;
		$card.append(`<div><strong>${audience}</strong> · ${escape_html(one.account)} · ${ticket}</div>`);
		$card.append(this.deadline(one));
		$card.append($("<div>").text(__("{0} wrote:", [one.customer || __("The customer")])));
		$card.append($("<blockquote>").text(one.message));
		if (one.message_deleted) {
			$card.append($("<p>").text("🗑 " + __("Deleted by its author.")));
		}
		$card.append($("<div>").text(__("{0} wants to answer:", [one.author_name])));
		if (one.recipients) {
			$card.append($("<div>").text(one.recipients));
		}
		$card.append($('<div class="proposed">').text(one.text));
		for (const words of one.personal) {
			$card.append($('<div class="late">').text(`⚠ ${words}`));
		}
		if (one.files.length) {
			$card.append($("<div>").text(`📎 ${one.files.join(", ")}`));
		}
		$card.append($('<p class="text-muted">').text(one.reasons.join(" ")));
		$card.append(one.own ? $("<p>").text(__("This is your own reply: another supervisor decides.")) : this.buttons(one));
		return $card.on("click focusin", () => {
			this.current = one.name;
			this.mark();
		});
	}

	deadline(one) {
		if (!one.deadline) {
			return "";
		}
		const late = one.alarmed || frappe.datetime.now_datetime(true) > frappe.datetime.str_to_obj(one.deadline);
		const words = __("To be answered by {0}", [frappe.datetime.str_to_user(one.deadline)]);
		return $("<div>").toggleClass("late", late).text(`${late ? "⚠" : "⏳"} ${words}`);
	}

	buttons(one) {
		const button = (label, kind, action) =>
			$(`<button type="button" class="btn btn-sm ${kind}"></button>`)
				.text(label)
				.on("click", () => {
					this.current = one.name;
					action();
				});
		return $("<div>").append(
			button(__("Approve"), "btn-primary", () => this.approve()),
			button(__("Edit"), "btn-default", () => this.edit()),
			button(__("Reject"), "btn-default", () => this.reject()),
		);
	}

	approve() {
		this.decide(this.decidable(), "approve", {}, __("Approved. It is being sent."));
	}

	edit() {
		const one = this.decidable();
		if (one) {
			const field = { fieldname: "text", fieldtype: "Text", label: __("Reply"), reqd: 1, default: one.text };
			let warned = null; // what is personal in a text is said once; the same text again is meant so
			this.ask(__("Edit and approve"), field, __("Approve"), ({ text }) => {
				const values = { text, confirmed: warned === text };
				warned = text;
				return this.decide(one, "edit_and_approve", values, __("Changed and approved. It is being sent."));
			});
		}
	}

	reject() {
		const one = this.decidable();
		if (one) {
			const field = {
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("What should the author do better?"),
				reqd: 1,
			};
			this.ask(__("Reject"), field, __("Reject"), ({ note }) =>
				this.decide(one, "reject", { note }, __("Rejected. The author was told why.")),
			);
		}
	}

	ask(title, field, label, then) {
		const dialog = new frappe.ui.Dialog({
			title,
			fields: [field],
			primary_action_label: label,
			primary_action: async (values) => {
				if (await then(values)) {
					dialog.hide();
				}
			},
		});
		dialog.$wrapper.on("keydown", (event) => {
			if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
				event.preventDefault();
				dialog.get_primary_btn().trigger("click");
			}
		});
		dialog.show();
	}

	decidable() {
		const one = this.chosen();
		return one && !one.own ? one : null;
	}

	async decide(one, verb, more, done) {
		if (!one || this.busy) {
			return false;
		}
		this.busy = true;
		try {
			const args = { approval: one.name, ...more };
			const { message } = await frappe.call({ method: `social_care.api.approvals.${verb}`, type: "POST", args });
			if (message?.done === false) {
				const again = __("Approve it once more if it shall be public all the same.");
				frappe.msgprint([...message.personal, again].map(escape_html).join("<br>"));
				return false;
			}
			frappe.show_alert({ message: done, indicator: "green" });
			return true;
		} catch {
			return false; // Frappe has shown why
		} finally {
			this.busy = false;
			this.load();
		}
	}
}

function escape_html(text) {
	return frappe.utils.escape_html(String(text));
}
