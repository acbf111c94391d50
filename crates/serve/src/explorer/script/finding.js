// ---- Finding

/** A field whose answers are picked from a list: arrows, Enter, Escape. */
function combobox({ input = make("input", { type: "search" }), placeholder, label, signal, find, pick }) {
  const number = (combobox.number = (combobox.number ?? 0) + 1);
  const list = make("div", { role: "listbox", id: `found-${number}`, "aria-label": "What was found" });
  const note = text("p", "note", "");
  const popup = make("div", { className: "popup", hidden: true }, list, note);
  const turn = turns(signal);
  let timer = 0, options = [], active = -1, current = false, eager = false;

  const set = (key, value) => input.setAttribute(key, value);
  Object.assign(input, { autocomplete: "off", spellcheck: false });
  const roles = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": false };
  Object.entries(roles).forEach(([key, value]) => set(key, value));
  if (label) set("aria-label", label);
  if (placeholder) set("placeholder", placeholder);

  const mark = (position) => {
    options[active]?.node.setAttribute("aria-selected", false);
    active = position;
    const option = options[active]?.node;
    set("aria-activedescendant", option?.id ?? "");
    option?.setAttribute("aria-selected", true);
    option?.scrollIntoView({ block: "nearest" });
  };
  const open = (words) => {
    note.textContent = words;
    popup.hidden = false;
    set("aria-expanded", true);
  };
  const close = () => {
    clearTimeout(timer);
    turn();
    mark(-1);
    [current, eager, popup.hidden] = [false, false, true];
    set("aria-expanded", false);
  };
  const choose = (option) => {
    input.value = "";
    close();
    pick(option);
  };
  const draw = (groups) => {
    options = groups.flatMap((group) => group.options);
    options.forEach((option, n) => {
      Object.assign(option.node, { id: `found-${number}-${n}`, onclick: () => choose(option) });
    });
    const full = groups.filter((group) => group.options.length);
    list.replaceChildren(...full.map(({ title, options: some }) => {
      const heading = make("div", { className: "group", ariaHidden: "true", textContent: title });
      return make("div", { role: "group", "aria-label": title }, heading, some.map(({ node }) => node));
    }));
    mark(-1);
  };
  const look = async () => {
    const mine = turn();
    const q = input.value.trim();
    try {
      draw(await find(q, mine));
      current = true;
      open(options.length ? "" : `Nothing found for “${q}”.`);
      say(options.length ? counted(options.length, "match", "matches") : "Nothing found.");
      if (eager && options.length) choose(options[0]);
    } catch (error) {
      if (mine.aborted) return;
      close();
      if (!trouble(error)) return;
      draw([]);
      open(error.message);
    }
  };

  input.oninput = () => {
    clearTimeout(timer);
    [current, eager] = [false, false];
    if (input.value.trim()) timer = setTimeout(look, PAUSE);
    else close();
  };
  const step = (by) => {
    if (popup.hidden) return look();
    const from = active < 0 && by < 0 ? options.length : active;
    if (options.length) mark((from + by + options.length) % options.length);
  };
  /** Takes what is marked, or the first; the first of what is still to come, too. */
  const enter = () => {
    if (current && options.length) return choose(options[Math.max(active, 0)]);
    if (current || !input.value.trim()) return;
    clearTimeout(timer);
    eager = true;
    look();
  };
  const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: enter, Escape: close };
  input.onkeydown = (event) => {
    if (!(event.key in keys) || (event.key === "Escape" && popup.hidden)) return;
    event.preventDefault();
    keys[event.key]();
  };
  input.onblur = close;
  popup.onpointerdown = (event) => event.preventDefault();
  return { input, node: box("finder", input, popup) };
}

/** What can be chosen of a list: who or what it is, and how often the data have it. */
function option(id, kind, words, note) {
  const what = make("span", { className: "what clamp" }, words);
  const more = { role: "option", className: "option", "aria-selected": false };
  return { id, kind, node: make("div", more, what, text("span", "note", note)) };
}

const itemOption = (q) => ({ item, title, users }) => {
  const id = title && title !== item ? [" ", found(item, q, "id")] : [];
  return option(item, "item", [found(title || item, q), ...id], counted(users, "user"));
};
const userOption = (q) => ({ user, items }) => option(user, "user", [found(user, q)], counted(items, "item"));

/** Foreign text, with what was looked for marked. */
function found(content, q, className = "") {
  const lower = content.toLowerCase();
  const at = q && lower.length === content.length ? lower.indexOf(q.toLowerCase()) : -1;
  if (at < 0) return foreign(content, className);
  const end = at + q.length;
  const match = text("mark", "", content.slice(at, end));
  return make("bdi", { className }, content.slice(0, at), match, content.slice(end));
}

/** Items and users for what was typed; first the one whose id it is. */
async function findAll(q, signal) {
  const [items, users] = await Promise.all([seek("items", q, 20, signal), seek("users", q, 20, signal)]);
  const [ofItems, ofUsers] = [items.map(itemOption(q)), users.map(userOption(q))];
  const exact = ({ id }) => id === q;
  const first = (options, n) => options.sort((a, b) => exact(b) - exact(a)).slice(0, n);
  const groups = [{ title: "Items", options: first(ofItems, 8) }, { title: "Users", options: first(ofUsers, 6) }];
  return ofUsers.some(exact) && !ofItems.some(exact) ? groups.reverse() : groups;
}

