// The explorer: what a served model knows of users and items, and what it recommends.
//
// What is seen is a function of the hash, `#/user/196?k=20`; what a view has begun ends with its signal.
// Text from data enters the page as text and as properties of nodes, never as markup.

const PATIENCE = 20_000; // milliseconds until a server that says nothing counts as gone
const PAUSE = 150; // milliseconds without a key until what was typed is asked for
const EXPLAINED = 50; // items that one request may ask reasons for
const NEAR = 5; // items of a history listed as most like an item
const PARTS = 8; // parts of a score listed by name; the others are summed up
const DEFAULTS = { k: "10", seen: "", by: "cosine", filter: "" };

const page = { facts: null, fingerprint: null, basket: [], titles: new Map(), leave: new AbortController() };

// ---- Words and numbers

const counted = (n, one, many = `${one}s`) => `${whole(n)} ${n === 1 ? one : many}`;
const name = (item) => page.titles.get(item) ?? item;
const say = (text) => { byId("said").textContent = text; };

/** Writes numbers of one column with the same number of digits. */
function writer(values) {
  const largest = Math.max(...values.map(Math.abs));
  const digits = largest > 0 ? Math.min(Math.max(3 - Math.floor(Math.log10(largest)), 0), 8) : 0;
  const fraction = values.every(Number.isInteger) ? 0 : digits;
  const format = new Intl.NumberFormat("en", {
    minimumFractionDigits: fraction, maximumFractionDigits: fraction, signDisplay: "negative",
  });
  return (value) => format.format(value).replace("-", "−");
}

/** How long the bar of a value is, 0 to 1: from zero, or from below the lowest where some are negative. */
function ruler(values) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const start = lowest < 0 ? lowest - 0.05 * (highest - lowest) : 0;
  return (value) => (highest > start ? (value - start) / (highest - start) : 1);
}

// ---- Nodes

const byId = (id) => document.getElementById(id);

/** A node with properties (or attributes, where there is no such property) and children. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const text = (tag, className, content) => make(tag, { className, textContent: content });
const box = (className, ...children) => make("div", { className }, children);
const section = (title, ...children) => make("section", {}, make("h2", {}, title), children);
const empty = (words) => text("p", "empty", words);
const whole = (n) => n.toLocaleString("en");
/** Text of the data: whichever way it runs, what is beside it stays where it is. */
const foreign = (content, className = "") => text("bdi", className, content);
const press = (label, onclick, more = {}) =>
  make("button", { type: "button", textContent: label, onclick, ...more });
const waiting = () => make("div", { className: "waiting", ariaHidden: "true" }, make("i"), make("i"), make("i"), make("i"));
/** Texts of the data, with commas between. */
const several = (contents, className) =>
  contents.flatMap((content, n) => [n ? ", " : "", foreign(content, className)]);
const warning = (error, ...more) => make("div", { className: "trouble", role: "alert" }, complaint(error), more);

/** A signal that ends with the outer one, or when the next is asked for. */
function turns(outer) {
  let last = new AbortController();
  return () => {
    last.abort();
    last = new AbortController();
    return AbortSignal.any([outer, last.signal]);
  };
}

/** Puts other nodes into a part; what had the focus there gives it to its like in the same row. */
function renew(part, nodes, otherwise = byId("main")) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const at = focused ? [...part.querySelectorAll("li")].indexOf(focused.closest("li")) : -1;
  part.replaceChildren(...nodes);
  if (!focused) return;
  const rows = part.querySelectorAll("li");
  const like = rows[Math.min(at, rows.length - 1)]?.querySelector(focused.tagName);
  (like ?? otherwise).focus({ preventScroll: true });
}

/** Fills a part of the page with what comes; meanwhile it shows what it had, or that it waits. */
async function fill(part, signal, load, again) {
  part.setAttribute("aria-busy", "true");
  if (!part.hasChildNodes()) part.append(waiting());
  try {
    const nodes = await load();
    if (!signal.aborted) renew(part, nodes);
  } catch (error) {
    const message = signal.aborted ? null : trouble(error, again);
    if (message) renew(part, [message]);
  }
  if (!signal.aborted) part.removeAttribute("aria-busy");
}

// ---- The server

class Refusal extends Error {
  constructor(status, { code, message, help, path }) {
    super(message);
    Object.assign(this, { status, code, help, path });
  }
}

/** The answer of the server, or a `Refusal`. */
async function ask(path, { body, signal }) {
  const token = kept("token");
  const headers = new Headers();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body) headers.set("Content-Type", "application/json");
  const request = {
    method: body ? "POST" : "GET", body: body && JSON.stringify(body), headers, cache: "no-store",
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  };
  let response, answer;
  try {
    response = await fetch(path, request);
    answer = await response.json();
  } catch {
    signal.throwIfAborted();
    if (!response) throw new Refusal(0, SILENCE);
  }
  if (!response.ok || !answer) throw new Refusal(response.status, answer?.error ?? strange(response));
  if (answer.model) heard(answer.model);
  learn(answer);
  return answer;
}

const SILENCE = { message: "The server does not answer.", help: "Is it still running, and can it be reached?" };
const strange = ({ status }) => ({
  message: `The server answered with status ${status}, and not as foretaste does.`,
  help: "Is something between, such as a proxy?",
});

const seek = async (kind, q, limit, signal) =>
  (await ask(`v1/${kind}?${new URLSearchParams({ q, limit })}`, { signal }))[kind];

/** Keeps the titles in an answer. */
function learn(answer) {
  if (answer === null || typeof answer !== "object") return;
  if (answer.item && answer.title) page.titles.set(answer.item, answer.title);
  Object.values(answer).forEach(learn);
}

/** Learns the titles of items where the model can take them as a history; gives those it does not know. */
async function meet(items, signal) {
  if (items.every((item) => page.titles.has(item)) || !page.facts.can.fold_in) return;
  const body = { history: items, allow: items, k: items.length, with_seen: true, include_cold: true };
  await ask("v1/recommend", { body, signal });
}

/** Says so when an answer is of another model than the one before. */
function heard(fingerprint) {
  const before = page.fingerprint;
  page.fingerprint = fingerprint;
  if (!before || before === fingerprint) return;
  page.titles.clear();
  const words = ["The model was replaced: ", foreign(fingerprint.slice(0, 12), "id"), " instead of ",
    foreign(before.slice(0, 12), "id"), ". What you see may still be of the old one."];
  const buttons = [press("Show the new one", start), press("Dismiss", hush)];
  byId("notice").replaceChildren(make("p", {}, words), ...buttons);
}

const hush = () => byId("notice").replaceChildren();

/** What this tab keeps, even where the browser keeps nothing. */
const memory = new Map();
function kept(key) {
  try { return sessionStorage.getItem(`foretaste.${key}`); } catch { return memory.get(key) ?? null; }
}
function keep(key, value) {
  memory.set(key, value);
  try { sessionStorage.setItem(`foretaste.${key}`, value); } catch { /* memory has it */ }
}

// ---- What went wrong

/** A box that says what went wrong; none where nothing else can work either, and the page is taken for it. */
function trouble(error, again) {
  if (!(error instanceof Refusal)) throw error;
  if (error.status === 0 || error.status === 401) {
    halt(error);
    return null;
  }
  return warning(error, again && press("Try again", again));
}

function complaint({ message, help, code, status, path }) {
  const details = [code, status, path].filter(Boolean).join(" · ");
  return [text("strong", "", message), help && text("p", "", help), details && text("small", "", details)];
}

/** Leaves the view for a page that asks for what is missing: the server, or a token. */
function halt(error) {
  page.leave.abort();
  byId("search").disabled = true;
  const [heading, way] = error.status === 401
    ? ["This server asks for a token", tokenForm()]
    : ["The server is gone", press("Try again", start, { className: "primary" })];
  byId("main").removeAttribute("aria-busy");
  byId("main").replaceChildren(box("halt", text("h1", "", heading), warning(error), way));
  byId("main").querySelector("input, button").focus();
}

function tokenForm() {
  const input = make("input", {
    type: "password", id: "token", autocomplete: "off", required: true, "aria-describedby": "token-note",
  });
  const onsubmit = (event) => {
    event.preventDefault();
    const token = input.value.trim();
    const fits = /^[\x21-\x7e]+$/.test(token);
    input.setCustomValidity(fits ? "" : "A token has letters, digits and signs of ASCII alone.");
    if (!input.reportValidity()) return;
    keep("token", token);
    start(event);
  };
  input.oninput = () => input.setCustomValidity("");
  const note = "It is kept until this tab is closed, and goes to this server alone.";
  return make("form", { onsubmit },
    make("label", { htmlFor: "token", textContent: "Token" }),
    box("line", input, text("button", "primary", "Go on")),
    make("p", { id: "token-note", className: "note", textContent: note }));
}

// ---- Where one is

/** The view that a hash names: `#/user/196?k=20`, `#/item/50`, `#/what-if/50,174`, or `#/`. */
function parse(hash) {
  const [, kind, rest = "", query = ""] = /^#?\/?([^/?]*)\/?([^?]*)\??(.*)$/s.exec(hash) ?? [];
  const options = { ...DEFAULTS };
  for (const [key, value] of new URLSearchParams(query)) if (key in DEFAULTS) options[key] = value;
  try {
    const ids = (kind === "what-if" ? rest.split(",") : [rest]).filter(Boolean).map(decodeURIComponent);
    return { kind, ids: [...new Set(ids)], options };
  } catch {
    return { kind: "nowhere", ids: [], options };
  }
}

function hashOf(kind, ids = [], options = {}) {
  const given = Object.entries(options).filter(([key, value]) => value !== DEFAULTS[key]);
  const query = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${[kind, ids.map(encodeURIComponent).join(",")].filter(Boolean).join("/")}${query}`;
}

const linkTo = (kind, id, content) => make("a", { href: hashOf(kind, [id]) }, content ?? foreign(id));

/** Writes what the view has become into the address, as the same step of the browser's history. */
const rewrite = (view) => history.replaceState(null, "", hashOf(view.kind, view.ids, view.options));

function show() {
  page.leave.abort();
  page.leave = new AbortController();
  const view = { ...parse(location.hash), signal: page.leave.signal };
  if (view.kind === "what-if") {
    setBasket(view.ids);
    view.ids = page.basket;
  }
  const draw = { "": home, user: ofUser, item: ofItem, "what-if": whatIf }[view.kind] ?? nowhere;
  const lost = draw !== home && draw !== whatIf && !view.ids.length;
  byId("main").replaceChildren(...(lost ? nowhere : draw)(view));
  const heading = byId("main").querySelector("h1");
  document.title = `${heading.textContent} · foretaste`;
  return heading;
}

/** Goes to where the hash points, for those who read the page by keyboard or by ear, too. */
function arrive(event) {
  if (!page.facts || byId("search").disabled) {
    start(event);
    return;
  }
  reach(show());
  scrollTo(0, 0);
}

/** Asks what model there is, then shows the view; after an event, with the focus on its heading. */
async function start(event) {
  page.leave.abort();
  page.leave = new AbortController();
  page.fingerprint = null;
  page.titles.clear();
  hush();
  byId("main").replaceChildren(waiting());
  await fill(byId("main"), page.leave.signal, async () => {
    page.facts = await ask("v1/model", page.leave);
    byId("search").disabled = false;
    byId("what-if").hidden = !page.facts.can.fold_in;
    foot();
    return [];
  }, start);
  if (!page.facts || byId("search").disabled) return;
  const heading = show();
  if (event) reach(heading);
}

function reach(heading) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function foot() {
  const { version, method, users, items, interactions, model } = page.facts;
  const sizes = [counted(users, "user"), counted(items, "item"), counted(interactions, "interaction")];
  const words = [`foretaste ${version}`, method, ...sizes, `model ${model.slice(0, 12)}`];
  const about = make("a", { href: "#/", textContent: "About the model" });
  const forget = press("Forget the token", () => {
    keep("token", "");
    start();
  });
  const spans = words.map((word) => text("span", "", word));
  byId("footer").replaceChildren(...spans, about, ...(kept("token") ? [forget] : []));
}

// ---- The history of what-if

function setBasket(ids) {
  const { history: most } = page.facts.limits;
  if (ids.length > most) say(`A history has at most ${counted(most, "item")}.`);
  page.basket = ids.slice(0, most);
  keep("what-if", JSON.stringify(page.basket));
  drawBasket();
  document.dispatchEvent(new Event("basket"));
}

function drawBasket() {
  const { basket } = page;
  byId("what-if").href = hashOf("what-if", basket);
  byId("what-if").querySelector(".count").textContent = basket.length.toLocaleString("en");
  document.querySelectorAll("button.toggle").forEach(drawToggle);
}

function toggle(item) {
  const had = page.basket.includes(item);
  setBasket(had ? page.basket.filter((other) => other !== item) : [...page.basket, item]);
  const now = counted(page.basket.length, "item");
  say(`${name(item)} ${had ? "left" : "joined"} the what-if history, which has ${now}.`);
}

/** A button that puts an item into the what-if history, or takes it out again. */
function toggler(item, wordy = false) {
  if (!page.facts.can.fold_in) return null;
  const button = press("", () => toggle(item), { className: wordy ? "toggle wordy" : "toggle" });
  button.dataset.item = item;
  return drawToggle(button);
}

function drawToggle(button) {
  const { item } = button.dataset;
  const had = page.basket.includes(item);
  const wordy = button.classList.contains("wordy");
  button.setAttribute("aria-pressed", had);
  button.textContent = had ? "✓" : "+";
  if (wordy) button.append(had ? " In the what-if history" : " Add to the what-if history");
  else button.setAttribute("aria-label", `${name(item)} in the what-if history`);
  button.title = had ? "Take out of the what-if history" : "Add to the what-if history";
  return button;
}

/** The what-if history, to be edited. */
function basketPanel(view) {
  const list = make("ol", { className: "plain" });
  const count = text("span", "count", "");
  const unknown = make("div");
  const see = text("a", "button", "See recommendations");
  let missing = [];
  const clear = press("Clear", () => {
    if (view.kind === "what-if") location.hash = hashOf("what-if", [], view.options);
    else setBasket([]);
    search.input.focus();
  });
  const row = (item) => make("li", {},
    make("span", { className: "what clamp" }, named(item)),
    missing.includes(item) ? text("span", "tag", "unknown") : null,
    press("×", () => toggle(item), { className: "icon", ariaLabel: `Remove ${name(item)}`, title: "Remove" }));
  const draw = () => {
    count.textContent = whole(page.basket.length);
    clear.hidden = !page.basket.length;
    see.hidden = clear.hidden || view.kind === "what-if";
    see.href = byId("what-if").href;
    renew(list, page.basket.map(row), search.input);
  };
  const drop = () => {
    setBasket(page.basket.filter((item) => !missing.includes(item)));
    search.input.focus();
  };
  const strangers = (items) => {
    missing = items;
    draw();
    unknown.replaceChildren(...(items.length ? [hintOf(items, drop)] : []));
  };
  const search = combobox({
    placeholder: "Add an item", label: "Add an item to the what-if history, by id or title",
    signal: view.signal,
    find: async (q, signal) => {
      const items = await seek("items", q, 10, signal);
      return [{ title: "Items", options: items.map(itemOption(q)) }];
    },
    pick: ({ id }) => { if (!page.basket.includes(id)) toggle(id); },
  });
  document.addEventListener("basket", draw, { signal: view.signal });
  draw();
  meet(page.basket, view.signal).then(draw, () => {});
  const title = make("h2", {}, "What-if history ", count);
  const node = make("section", { className: "basket" }, title, search.node, unknown, list, box("line", see, clear));
  return { node, strangers };
}

/** Says which items the model does not know. */
function hintOf(items, drop) {
  const named = several(items.slice(0, 20), "id");
  const others = items.length > 20 ? ` and ${items.length - 20} more.` : ".";
  return make("div", { className: "hint", role: "status" },
    make("p", {}, "The model does not know ", named, others),
    press(items.length === 1 ? "Remove it" : "Remove them", drop));
}

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

// ---- Lists

/** An item's link: its title, if it has one, and its id. */
function named(item) {
  const title = page.titles.get(item);
  const link = linkTo("item", item, foreign(title ?? item));
  link.title = title ? `${title} · ${item}` : item;
  return title && title !== item ? [link, " ", foreign(item, "id")] : [link];
}

/** A list of items with bars; `note(item)` is what stands under one. */
function ranked(items, value, { note = () => null, tag = () => null } = {}) {
  const values = items.map(value);
  const [write, measure] = [writer(values), ruler(values)];
  return make("ol", { className: "ranked" }, items.map(({ item }, n) => {
    const bar = make("i");
    bar.style.width = `${100 * measure(values[n])}%`;
    const track = make("span", { className: "bar", ariaHidden: "true" }, bar);
    return make("li", {},
      text("span", "rank", n + 1),
      box("name clamp", named(item), tag(item)),
      box("score", track, text("span", "number", write(values[n]))),
      toggler(item), note(item));
  }));
}

/** A field for the length of lists. */
function lengthField(view, refresh) {
  const most = page.facts.limits.k;
  const input = make("input", { type: "number", min: 1, max: most, required: true, value: lengthOf(view) });
  input.onchange = () => {
    if (!input.reportValidity()) return;
    view.options.k = input.value;
    refresh();
  };
  return make("label", {}, "Items ", input);
}

function lengthOf({ options }) {
  const k = Number(options.k);
  return Number.isInteger(k) && k >= 1 && k <= page.facts.limits.k ? k : Number(DEFAULTS.k);
}

function seenField(view, refresh) {
  const input = make("input", { type: "checkbox", checked: view.options.seen === "1" });
  input.onchange = () => {
    view.options.seen = input.checked ? "1" : "";
    refresh();
  };
  return make("label", {}, input, " with items of the history");
}

/** A field for a filter, with what the server says of it. */
function filterField(view, refresh) {
  const { attributes } = page.facts;
  const area = make("textarea", {
    rows: 4, id: "filter", dir: "ltr", spellcheck: false, value: view.options.filter,
    placeholder: exampleFilter(attributes), "aria-describedby": "filter-note",
  });
  const complaints = make("div");
  const summary = text("summary", "", "Filter");
  const node = make("details", { className: "filter", open: Boolean(view.options.filter) }, summary);
  const light = () => summary.classList.toggle("on", Boolean(view.options.filter));
  const complain = (error) => {
    complaints.replaceChildren(...(error ? [warning(error)] : []));
    area.setAttribute("aria-invalid", Boolean(error));
    if (error) node.open = true;
  };
  const apply = () => {
    view.options.filter = area.value.trim();
    light();
    refresh();
  };
  const put = (words) => () => {
    area.value = words;
    area.focus();
    if (!words) apply();
  };
  area.onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) apply(); };
  const main = press("Apply", apply, { className: "primary" });
  const buttons = box("line", main, press("Clear", put("")), press("Example", put(area.placeholder)));
  const label = make("label", { htmlFor: "filter", className: "unseen", textContent: "Filter as JSON" });
  light();
  if (attributes.length) node.append(label, area, complaints, buttons, filterHelp(attributes));
  else node.append(text("p", "note", "Items have no attributes: give the server a file of them, --attributes FILE."), complaints);
  return { node, complain };
}

function filterHelp(attributes) {
  const rule = "A condition has match with value or any, or range with gte or lt; it stands in must, should or must_not.";
  const properties = { id: "filter-note", className: "note" };
  return make("p", properties, "Attributes of items: ", several(attributes, "id"), `. ${rule}`);
}

function exampleFilter([first = "genre", second]) {
  const conditions = [{ key: first, match: { value: "…" } }];
  if (second) conditions.push({ key: second, range: { gte: 1990 } });
  return `{"must": [\n  ${conditions.map((condition) => JSON.stringify(condition)).join(",\n  ")}\n]}`;
}

/**
 * What the model recommends to a user or a history (`who`), with controls and reasons. `had` are the items of the
 * history, `hear` gets the answer, and `nobody` gives what stands there instead when there is nobody.
 */
function recommendations(view, { who, had, hear = () => {}, nobody = async () => null }) {
  const turn = turns(view.signal);
  const list = make("div");
  const ofFilter = (error) => view.options.filter && error instanceof Refusal && error.path?.startsWith("$.filter");
  /** The nodes of the list, and those under its items where reasons will stand. */
  const load = async (signal) => {
    const instead = await nobody(signal);
    if (instead) return [instead, new Map()];
    const answer = await listFor(view, who(), signal);
    hear(answer);
    const { items } = answer.lists[0];
    say(`${counted(items.length, "item")} recommended.`);
    if (!items.length) return [[nothing(view)], new Map()];
    const notes = new Map(items.map(({ item }) => [item, text("div", "why", " ")]));
    const tag = (item) => (had().has(item) ? text("span", "tag", "in the history") : null);
    const rows = ranked(items, ({ score }) => score, { tag, note: (item) => notes.get(item) });
    return [[rows, short(view, items)], notes];
  };
  const refresh = async () => {
    const signal = turn();
    let notes = new Map();
    rewrite(view);
    filter.complain(null);
    await fill(list, signal, async () => {
      try {
        const [nodes, places] = await load(signal);
        notes = places;
        return nodes;
      } catch (error) {
        if (signal.aborted || !ofFilter(error)) throw error;
        filter.complain(error);
        return [empty("Nothing is listed while the filter is refused.")];
      }
    }, refresh);
    if (notes.size) explain(who(), notes, signal);
  };
  const filter = filterField(view, refresh);
  const controls = box("controls", lengthField(view, refresh), seenField(view, refresh), filter.node);
  return { node: section("Recommendations", controls, list), refresh };
}

async function listFor(view, who, signal) {
  const whom = who.user === undefined ? who : { users: [who.user] };
  const body = { ...whom, k: lengthOf(view), with_seen: view.options.seen === "1" };
  if (view.options.filter) {
    try {
      body.filter = JSON.parse(view.options.filter);
    } catch (error) {
      throw new Refusal("", { message: "The filter is not JSON.", help: error.message, path: "$.filter" });
    }
  }
  return ask("v1/recommend", { body, signal });
}

const nothing = ({ options }) => empty(options.filter
  ? "Nothing to list: no item that is left passes the filter."
  : "Nothing to list: there is no item left to recommend.");

const short = (view, items) => (items.length < lengthOf(view)
  ? text("p", "note", `There are no more than ${counted(items.length, "item")} to recommend.`) : "");

// ---- Reasons

/** Puts reasons under the items of a list, as they come. */
async function explain(who, notes, signal) {
  const items = [...notes.keys()];
  try {
    for (let from = 0; from < items.length; from += EXPLAINED) {
      const body = { ...who, items: items.slice(from, from + EXPLAINED), k: NEAR };
      const { explanations } = await ask("v1/explain", { body, signal });
      for (const one of explanations) notes.get(one.item)?.replaceWith(reason(one));
    }
  } catch (error) {
    if (signal.aborted) return;
    const words = error.code === "not_supported" ? "This model can't say why." : `No reasons: ${error.message}`;
    if (!trouble(error)) return;
    notes.forEach((note) => { note.textContent = words; });
  }
}

/** What speaks most for an item: shares of the history, else what in it is most alike, else named terms. */
function because({ history = [], nearest = [], terms = [] }) {
  const lists = [
    history.map(({ item, value }) => [name(item), value]),
    nearest.map(({ item, score }) => [name(item), score]),
    terms.map((term) => [term.name, term.value]),
  ];
  const positive = lists.map((list) => list.filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]));
  return (positive.find((list) => list.length) ?? []).slice(0, 2).map(([words]) => words);
}

function reason(one) {
  const words = because(one);
  const line = words.length ? ["because of ", ...several(words)] : ["no single reason"];
  const summary = make("summary", {}, make("span", { className: "reason" }, line));
  const node = make("details", { className: "why" }, summary);
  node.addEventListener("toggle", () => node.append(...details(one)), { once: true });
  return node;
}

function details(one) {
  const tables = [];
  if (one.terms || one.history) tables.push(sum(one));
  if (one.nearest?.length) {
    const rows = one.nearest.map(({ item, score }) => [named(item), score]);
    tables.push(table("Most like it in the history", ["Item", "Likeness"], rows));
  }
  return tables.length ? tables : [text("p", "note", "The model says no more than the score.")];
}

/** The parts of a score, which sum to it. */
function sum({ score, terms = [], history = [], rest = 0 }) {
  const ofTerms = terms.map((term) => [[foreign(term.name)], term.value]);
  const ofItems = history.map(({ item, value }) => [named(item), value]);
  const others = ["other item of the history", "other items of the history"];
  const rows = [...largest(ofTerms, "other term", "other terms"), ...largest(ofItems, ...others)];
  const left = score - rows.reduce((total, [, value]) => total + value, 0);
  // What the answer leaves out belongs to the rest, but for rounding.
  const nameless = Math.abs(left - rest) > 1e-4 * Math.max(1, Math.abs(score)) ? left : rest;
  if (nameless !== 0 || !rows.length) rows.push([["the rest, which has no name"], nameless]);
  return table("What the score is made of", ["Part", "Share"], rows, score);
}

/** The parts that count most, and the sum of the others. */
function largest(parts, other, others) {
  const sorted = parts.toSorted((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const few = sorted.slice(PARTS);
  if (few.length < 2) return sorted;
  const total = few.reduce((sum, [, value]) => sum + value, 0);
  return [...sorted.slice(0, PARTS), [[counted(few.length, other, others)], total]];
}

function table(title, [left, right], rows, total) {
  const write = writer([...rows.map(([, value]) => value), total ?? 0]);
  const row = (cell, label, value) =>
    make("tr", {}, make(cell, {}, box("clamp", label)), text("td", "number", write(value)));
  return make("table", {}, text("caption", "", title),
    make("thead", {}, make("tr", {}, text("th", "", left), text("th", "number", right))),
    make("tbody", {}, rows.map(([label, value]) => row("td", label, value))),
    total === undefined ? null : make("tfoot", {}, row("th", ["Score"], total)));
}

// ---- The views

const columns = (main, aside, className = "") =>
  box(`columns ${className}`, box("wide", main), make("aside", {}, aside));

function home(view) {
  const part = (load) => {
    const node = make("div");
    const again = () => fill(node, view.signal, load, again);
    again();
    return node;
  };
  const items = part(async () => {
    const most = await seek("items", "", 12, view.signal);
    return [most.length ? ranked(most, ({ users }) => users) : empty("The model has no items.")];
  });
  const users = part(async () => {
    const some = await seek("users", "", 20, view.signal);
    return [some.length ? make("ul", { className: "chips" }, some.map(chip)) : empty("The model has no users.")];
  });
  const first = "Find a user or an item above, or begin with one below.";
  const second = " Under What-if, put items together, and see what would be recommended to somebody who has them.";
  return [
    text("h1", "", "What does the model recommend?"),
    text("p", "lead", page.facts.can.fold_in ? first + second : first),
    columns([
      section("Popular items", text("p", "note", "By how many users had them"), items),
      section("Some users", text("p", "note", "With how many items they had"), users),
    ], facts(), "home"),
  ];
}

const chip = ({ user, items }) => make("li", {}, linkTo("user", user), text("span", "note", counted(items, "item")));

/** What the server says of the model. */
function facts() {
  const { facts: told } = page;
  const pairs = [
    ["Method", told.method], ["Users", whole(told.users)], ["Items", whole(told.items)],
    ["Interactions", whole(told.interactions)], ["Titles", told.titles ? whole(told.titles) : "none"],
    ["Attributes", told.attributes.join(", ") || "none"], ["Loaded", moment(told.loaded)],
    ["Version", told.version], ["Model", told.model], ["Data", told.data],
  ];
  const group = (title, object) => [text("h3", "", title), definitions(Object.entries(object ?? {}))];
  const more = [...group("Parameters", told.parameters), ...group("Training", told.training)];
  const node = section("The model", definitions(pairs), more);
  node.className = "facts";
  return node;
}

function moment(time) {
  const when = new Date(time);
  if (Number.isNaN(when.valueOf())) return time;
  return when.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

function definitions(pairs) {
  const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const given = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const nodes = given.map(([key, value]) => [make("dt", {}, foreign(key)), make("dd", {}, foreign(plain(value)))]);
  return make("dl", {}, nodes.flat());
}

function ofUser(view) {
  const [user] = view.ids;
  const [line, main, aside] = [box("line"), make("div"), make("div")];
  const load = () => fill(main, view.signal, async () => {
    const past = await ask(`v1/users/${encodeURIComponent(user)}/history?limit=1000`, view);
    const items = past.items.map(({ item }) => item);
    const set = new Set(items);
    line.replaceChildren(text("span", "note", counted(past.total, "item")), ...takeButton(items));
    aside.replaceChildren(historyPanel(past));
    const listed = recommendations(view, { who: () => ({ user }), had: () => set });
    listed.refresh();
    return [listed.node];
  }, load);
  load();
  return [make("h1", {}, "User ", foreign(user)), line, columns(main, aside)];
}

function takeButton(items) {
  const { can, limits } = page.facts;
  if (!can.fold_in || !items.length) return [];
  const take = () => { location.hash = hashOf("what-if", items.slice(0, limits.history)); };
  return [press("Take this history as what-if", take)];
}

function historyPanel({ items, total }) {
  const title = ["History ", text("span", "count", whole(total))];
  if (!items.length) return section(title, empty("This user has no items."));
  const note = total > items.length ? text("p", "note", `The first ${whole(items.length)} of them.`) : null;
  const row = ({ item }) => make("li", {}, make("span", { className: "what clamp" }, named(item)));
  return section(title, note, make("ul", { className: "plain" }, items.map(row)));
}

function ofItem(view) {
  const [item] = view.ids;
  const heading = make("h1", {}, foreign(name(item)));
  const line = box("line");
  const had = text("span", "note", "");
  const draw = () => {
    heading.firstChild.textContent = name(item);
    document.title = `${name(item)} · foretaste`;
    const id = name(item) === item ? null : foreign(item, "id");
    line.replaceChildren(...[id, had, toggler(item, true)].filter(Boolean));
  };
  const similar = likeness(view, item, draw);
  const aside = page.facts.can.fold_in ? basketPanel(view).node : facts();
  draw();
  similar.refresh().then(() => popularity(item, view.signal)).then((users) => {
    if (users !== undefined) had.textContent = `had by ${counted(users, "user")}`;
    draw();
  }).catch(() => {});
  return [heading, line, columns(similar.node, aside)];
}

/** How many users had an item: the search says it, if it finds the item by its id or its title. */
async function popularity(item, signal) {
  await meet([item], signal);
  for (const q of new Set([item, name(item)])) {
    const hit = (await seek("items", q, 20, signal)).find((one) => one.item === item);
    if (hit) return hit.users;
  }
  return undefined;
}

/** The items most like an item. */
function likeness(view, item, learnt) {
  const title = "Similar items";
  if (!page.facts.can.similar) {
    const words = `A ${page.facts.method} model has no vectors of items to compare.`;
    return { node: section(title, empty(words)), refresh: async () => {} };
  }
  const turn = turns(view.signal);
  const list = make("div");
  const refresh = () => {
    const signal = turn();
    rewrite(view);
    return fill(list, signal, async () => {
      const query = new URLSearchParams({ k: lengthOf(view), by: view.options.by });
      const { items } = await ask(`v1/items/${encodeURIComponent(item)}/similar?${query}`, { signal });
      learnt();
      say(`${counted(items.length, "similar item")}.`);
      return [items.length ? ranked(items, ({ score }) => score) : empty("No other item is like it.")];
    }, refresh);
  };
  const controls = box("controls", choiceOf(view, refresh), lengthField(view, refresh));
  return { node: section(title, controls, list), refresh };
}

/** A choice of what makes items alike. */
function choiceOf(view, refresh) {
  const choice = (by, words, title) => {
    const input = make("input", { type: "radio", name: "by", checked: view.options.by === by });
    input.onchange = () => {
      view.options.by = by;
      refresh();
    };
    return make("label", { title }, input, words);
  };
  return make("fieldset", { className: "choice" }, text("legend", "unseen", "Likeness by"),
    choice("cosine", "Cosine", "By the angle alone: popularity does not count"),
    choice("dot", "Dot", "By the product of the vectors: those of popular items are long"));
}

function whatIf(view) {
  const heading = text("h1", "", "What if?");
  const lead = text("p", "lead", "What the model would recommend to somebody with these items.");
  if (!page.facts.can.fold_in) {
    return [heading, empty(`A ${page.facts.method} model can't take histories that it was not trained on.`)];
  }
  const basket = basketPanel(view);
  const listed = recommendations(view, {
    who: () => ({ history: view.ids }),
    had: () => new Set(view.ids),
    hear: ({ unknown_items: strangers = [] }) => basket.strangers(strangers),
    nobody: (signal) => (view.ids.length ? null : invite(signal)),
  });
  let timer = 0;
  document.addEventListener("basket", () => {
    view.ids = page.basket;
    clearTimeout(timer);
    timer = setTimeout(() => { if (!view.signal.aborted) listed.refresh(); }, PAUSE);
  }, { signal: view.signal });
  listed.refresh();
  return [heading, lead, columns(listed.node, basket.node, "aside-first")];
}

/** Items to begin a history with. */
async function invite(signal) {
  const items = await seek("items", "", 10, signal);
  const words = "Add an item, one of the popular below or any other, to see what would be recommended.";
  return [empty(words), ranked(items, ({ users }) => users)];
}

function nowhere() {
  const anew = make("a", { href: "#/", textContent: "Begin anew" });
  const lead = make("p", { className: "lead" }, "The address names no user, item or history. ", anew, ".");
  return [text("h1", "", "Nothing is here"), lead];
}

// ---- Begin

function begin() {
  try {
    page.basket = JSON.parse(kept("what-if") ?? "[]");
  } catch { /* begins empty */ }
  const { node } = combobox({
    input: byId("search"), signal: new AbortController().signal, find: findAll,
    pick: ({ kind, id }) => { location.hash = hashOf(kind, [id]); },
  });
  byId("find").append(...node.childNodes);
  document.addEventListener("keydown", (event) => {
    const writes = event.target.matches("input, textarea, select");
    if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("search").focus();
  });
  addEventListener("hashchange", arrive);
  drawBasket();
  start();
}

begin();
