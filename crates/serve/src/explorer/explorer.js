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

const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
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
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const text = (tag, className, content) => make(tag, { className, textContent: content });
/** Text of the data: whichever way it runs, what is beside it stays where it is. */
const foreign = (content, className = "") => text("bdi", className, content);
const press = (label, onclick, more = {}) =>
  make("button", { type: "button", textContent: label, onclick, ...more });
const waiting = () => make("div", { className: "waiting", ariaHidden: "true" }, [1, 2, 3, 4].map(() => make("i")));

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
    const box = signal.aborted ? null : trouble(error, again);
    if (box) renew(part, [box]);
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
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) };
  const request = { headers, cache: "no-store", signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) };
  if (body) Object.assign(request, { method: "POST", body: JSON.stringify(body) });
  let response, answer;
  try {
    response = await fetch(path, request);
    answer = await response.json();
  } catch {
    signal.throwIfAborted();
    if (!response) throw new Refusal(0, { message: "The server does not answer.", help: "Is it still running, and can it be reached?" });
  }
  if (!response.ok || !answer) throw new Refusal(response.status, answer?.error ?? strange(response));
  if (answer.model) heard(answer.model);
  learn(answer);
  return answer;
}

const strange = ({ status }) => ({ message: `The server answered with status ${status}, and not as foretaste does.`, help: "Is something between, such as a proxy?" });

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
  byId("notice").replaceChildren(make("p", {}, words), press("Show the new one", start), press("Dismiss", hush));
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
  return make("div", { className: "trouble", role: "alert" }, complaint(error), again && press("Try again", again));
}

function complaint({ message, help, code, status, path }) {
  const details = [code, status, path].filter(Boolean).join(" · ");
  return [text("strong", "", message), help && text("p", "", help), details && text("small", "", details)];
}

/** Leaves the view for a page that asks for what is missing: the server, or a token. */
function halt(error) {
  page.leave.abort();
  byId("search").disabled = true;
  const heading = error.status === 401 ? "This server asks for a token" : "The server is gone";
  const way = error.status === 401 ? tokenForm() : press("Try again", start, { className: "primary" });
  byId("main").removeAttribute("aria-busy");
  byId("main").replaceChildren(make("section", { className: "halt" }, text("h1", "", heading), make("div", { className: "trouble", role: "alert" }, complaint(error)), way));
  byId("main").querySelector("input, button").focus();
}

function tokenForm() {
  const input = make("input", { type: "password", id: "token", autocomplete: "off", required: true, "aria-describedby": "token-note" });
  const onsubmit = (event) => {
    event.preventDefault();
    const token = input.value.trim();
    input.setCustomValidity(/^[\x21-\x7e]+$/.test(token) ? "" : "A token has letters, digits and signs of ASCII alone.");
    if (!input.reportValidity()) return;
    keep("token", token);
    start();
  };
  input.oninput = () => input.setCustomValidity("");
  return make("form", { onsubmit }, make("label", { htmlFor: "token", textContent: "Token" }), make("div", { className: "line" }, input, make("button", { className: "primary", textContent: "Go on" })),
    make("p", { id: "token-note", className: "note", textContent: "It is kept until this tab is closed, and goes to this server alone." }));
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
  if (view.kind === "what-if") setBasket(view.ids);
  const draw = { "": home, user: ofUser, item: ofItem, "what-if": whatIf }[view.kind] ?? nowhere;
  const lost = draw !== home && draw !== whatIf && !view.ids.length;
  byId("main").replaceChildren(...(lost ? nowhere : draw)(view));
  const heading = byId("main").querySelector("h1");
  document.title = `${heading.textContent} · foretaste`;
  return heading;
}

/** Goes to where the hash points, for those who read the page by keyboard or by ear, too. */
function arrive() {
  if (!page.facts || byId("search").disabled) return start();
  const heading = show();
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Asks what model there is, then shows the view. */
async function start() {
  page.leave.abort();
  page.leave = new AbortController();
  hush();
  byId("main").replaceChildren(waiting());
  await fill(byId("main"), page.leave.signal, async () => {
    page.facts = await ask("v1/model", page.leave);
    byId("search").disabled = false;
    byId("what-if").hidden = !page.facts.can.fold_in;
    foot();
    return [];
  }, start);
  if (!byId("search").disabled && page.facts) show();
}

function foot() {
  const { version, method, users, items, interactions, model } = page.facts;
  const words = [`foretaste ${version}`, method, counted(users, "user"), counted(items, "item"), counted(interactions, "interaction"), `model ${model.slice(0, 12)}`];
  const forget = press("Forget the token", () => { keep("token", ""); start(); });
  byId("footer").replaceChildren(...words.map((word) => text("span", "", word)), ...(kept("token") ? [forget] : []));
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
  say(`${name(item)} ${had ? "left" : "joined"} the what-if history, which has ${counted(page.basket.length, "item")}.`);
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
  button.textContent = (had ? "✓" : "+") + (wordy ? (had ? " In the what-if history" : " Add to the what-if history") : "");
  if (!wordy) button.setAttribute("aria-label", `${name(item)} in the what-if history`);
  button.title = had ? "Take out of the what-if history" : "Add to the what-if history";
  return button;
}

/** The what-if history, to be edited. */
function basketPanel(view) {
  const list = make("ol", { className: "plain" });
  const count = text("span", "count", "");
  const unknown = make("div");
  let missing = [];
  const clear = press("Clear", () => {
    if (view.kind === "what-if") location.hash = hashOf("what-if", [], view.options);
    else setBasket([]);
    search.input.focus();
  });
  const draw = () => {
    count.textContent = page.basket.length.toLocaleString("en");
    clear.hidden = !page.basket.length;
    renew(list, page.basket.map((item) => make("li", {},
      make("span", { className: "what clamp" }, named(item)), missing.includes(item) ? text("span", "tag", "unknown") : null,
      press("×", () => toggle(item), { className: "icon", ariaLabel: `Remove ${name(item)}`, title: "Remove" }))), search.input);
  };
  const strangers = (items) => {
    missing = items;
    draw();
    if (!items.length) return unknown.replaceChildren();
    const drop = press(items.length === 1 ? "Remove it" : "Remove them", () => {
      setBasket(page.basket.filter((item) => !items.includes(item)));
      search.input.focus();
    });
    unknown.replaceChildren(make("div", { className: "hint", role: "status" },
      make("p", {}, "The model does not know ", items.slice(0, 20).flatMap((item, n) => [n ? ", " : "", foreign(item, "id")]), items.length > 20 ? ` and ${items.length - 20} more.` : "."), drop));
  };
  const search = combobox({
    placeholder: "Add an item", label: "Add an item to the what-if history, by id or title", signal: view.signal,
    find: async (q, signal) => [{ title: "Items", options: (await seek("items", q, 10, signal)).map(itemOption(q)) }],
    pick: ({ id }) => { if (!page.basket.includes(id)) toggle(id); },
  });
  document.addEventListener("basket", draw, { signal: view.signal });
  draw();
  meet(page.basket, view.signal).then(draw, () => {});
  const see = make("a", { className: "button", textContent: "See recommendations", href: byId("what-if").href });
  if (view.kind === "what-if") see.hidden = true;
  document.addEventListener("basket", () => { see.href = byId("what-if").href; see.hidden ||= !page.basket.length; }, { signal: view.signal });
  const node = make("section", { className: "basket" }, make("h2", {}, "What-if history ", count), search.node, unknown, list, make("div", { className: "line" }, see, clear));
  return { node, strangers };
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
  Object.assign(input, { autocomplete: "off", spellcheck: false, ...(placeholder && { placeholder }) });
  for (const [key, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", false]]) set(key, value);
  if (label) set("aria-label", label);

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
    list.replaceChildren(...groups.filter((group) => group.options.length).map(({ title, options: some }) =>
      make("div", { role: "group", "aria-label": title }, make("div", { className: "group", ariaHidden: "true", textContent: title }), some.map(({ node }) => node))));
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
  input.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && popup.hidden) look();
    else if (step && options.length) mark((active + step + (active < 0 && step < 0 ? 1 : 0) + options.length) % options.length);
    else if (event.key === "Enter" && current && options.length) choose(options[Math.max(active, 0)]);
    else if (event.key === "Enter" && input.value.trim() && !current) { clearTimeout(timer); eager = true; look(); }
    else if (event.key === "Escape" && !popup.hidden) close();
    else return;
    event.preventDefault();
  };
  input.onblur = close;
  popup.onpointerdown = (event) => event.preventDefault();
  return { input, node: make("div", { className: "finder" }, input, popup) };
}

const option = (id, kind, ...children) => ({ id, kind, node: make("div", { role: "option", className: "option", "aria-selected": false }, children) });
const itemOption = (q) => ({ item, title, users }) =>
  option(item, "item", make("span", { className: "what clamp" }, found(title || item, q), title && title !== item ? [" ", found(item, q, "id")] : []), text("span", "note", counted(users, "user")));
const userOption = (q) => ({ user, items }) =>
  option(user, "user", make("span", { className: "what clamp" }, found(user, q)), text("span", "note", counted(items, "item")));

/** Foreign text, with what was looked for marked. */
function found(content, q, className = "") {
  const lower = content.toLowerCase();
  const at = q && lower.length === content.length ? lower.indexOf(q.toLowerCase()) : -1;
  if (at < 0) return foreign(content, className);
  const end = at + q.length;
  return make("bdi", { className }, content.slice(0, at), text("mark", "", content.slice(at, end)), content.slice(end));
}

async function findAll(q, signal) {
  const [items, users] = await Promise.all([seek("items", q, 8, signal), seek("users", q, 6, signal)]);
  const groups = [{ title: "Items", options: items.map(itemOption(q)) }, { title: "Users", options: users.map(userOption(q)) }];
  // The id itself comes first.
  return users.some(({ user }) => user === q) && !items.some(({ item }) => item === q) ? groups.reverse() : groups;
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
    return make("li", {},
      text("span", "rank", n + 1),
      make("div", { className: "what" }, make("div", { className: "name clamp" }, named(item)), tag(item), note(item)),
      make("div", { className: "score" }, make("span", { className: "bar", ariaHidden: "true" }, bar), text("span", "number", write(values[n]))),
      toggler(item));
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
  const area = make("textarea", { rows: 4, spellcheck: false, dir: "ltr", value: view.options.filter, id: "filter", "aria-describedby": "filter-note" });
  const complaints = make("div");
  const summary = make("summary", { textContent: "Filter" });
  const complain = (error) => {
    complaints.replaceChildren(...(error ? [make("div", { className: "trouble", role: "alert" }, complaint(error))] : []));
    area.setAttribute("aria-invalid", Boolean(error));
    if (error) node.open = true;
  };
  const apply = () => {
    view.options.filter = area.value.trim();
    summary.classList.toggle("on", Boolean(view.options.filter));
    refresh();
  };
  area.onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) apply(); };
  const example = exampleFilter(attributes);
  const help = make("p", { id: "filter-note", className: "note" }, "Attributes of items: ", attributes.flatMap((attribute, n) => [n ? ", " : "", foreign(attribute, "id")]), ". A condition has match with value or any, or range with gte or lt; it stands in must, should or must_not.");
  const body = attributes.length
    ? [make("label", { htmlFor: "filter", className: "unseen", textContent: "Filter as JSON" }), area, complaints, make("div", { className: "line" }, press("Apply", apply, { className: "primary" }), press("Clear", () => { area.value = ""; apply(); }), press("Example", () => { area.value = example; area.focus(); })), help]
    : [text("p", "note", "Items have no attributes to filter by: start the server with --attributes FILE."), complaints];
  area.placeholder = example;
  summary.classList.toggle("on", Boolean(view.options.filter));
  const node = make("details", { className: "filter", open: Boolean(view.options.filter) }, summary, body);
  return { node, complain };
}

function exampleFilter([first = "genre", second]) {
  const must = [{ key: first, match: { value: "…" } }, ...(second ? [{ key: second, range: { gte: 1990 } }] : [])];
  return JSON.stringify({ must }, null, 1).replace(/\n {3,}/g, " ").replace(/\n {2}\}/g, " }");
}

/** What the model recommends to a user or a history (`who`), with controls and reasons. */
function recommendations(view, { who, heard: hear = () => {}, had = () => new Set(), nobody = () => null }) {
  const turn = turns(view.signal);
  const list = make("div");
  const refresh = async () => {
    const signal = turn();
    rewrite(view);
    filter.complain(null);
    let notes = new Map();
    await fill(list, signal, async () => {
      const missing = nobody();
      if (missing) return [missing];
      const answer = await listFor(view, who(), signal).catch((error) => {
        if (!(error instanceof Refusal) || !view.options.filter || !error.path?.startsWith("$.filter")) throw error;
        if (!signal.aborted) filter.complain(error);
        return null;
      });
      if (!answer) return [text("p", "empty", "Nothing is listed while the filter is refused.")];
      hear(answer);
      const { items } = answer.lists[0];
      say(`${counted(items.length, "item")} recommended.`);
      if (!items.length) return [nothing(view)];
      notes = new Map(items.map(({ item }) => [item, text("div", "why", " ")]));
      const seen = had();
      const tag = (item) => (seen.has(item) ? text("span", "tag", "in the history") : null);
      return [ranked(items, ({ score }) => score, { tag, note: (item) => notes.get(item) }), short(view, items)];
    }, refresh);
    explain(who(), notes, signal);
  };
  const filter = filterField(view, refresh);
  const controls = make("div", { className: "controls" }, lengthField(view, refresh), seenField(view, refresh), filter.node);
  const node = make("section", {}, make("h2", { textContent: "Recommendations" }), controls, list);
  return { node, refresh };
}

async function listFor(view, who, signal) {
  const body = { ...(who.user === undefined ? who : { users: [who.user] }), k: lengthOf(view), with_seen: view.options.seen === "1" };
  if (view.options.filter) {
    try {
      body.filter = JSON.parse(view.options.filter);
    } catch (error) {
      throw new Refusal("", { message: "The filter is not JSON.", help: error.message, path: "$.filter" });
    }
  }
  return ask("v1/recommend", { body, signal });
}

const nothing = ({ options }) => text("p", "empty", options.filter
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
  const lists = [history.map(({ item, value }) => [name(item), value]), nearest.map(({ item, score }) => [name(item), score]), terms.map((term) => [term.name, term.value])];
  const positive = lists.map((list) => list.filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]));
  return (positive.find((list) => list.length) ?? []).slice(0, 2).map(([words]) => words);
}

function reason(one) {
  const words = because(one);
  const line = words.length ? ["because of ", words.flatMap((word, n) => [n ? ", " : "", foreign(word)])] : ["no single reason"];
  const node = make("details", { className: "why" }, make("summary", {}, make("span", { className: "reason" }, line.flat().filter(Boolean))));
  node.addEventListener("toggle", () => node.append(...details(one)), { once: true });
  return node;
}

function details(one) {
  const tables = [];
  if (one.terms || one.history) tables.push(sum(one));
  if (one.nearest?.length) {
    tables.push(table("Most like it in the history", ["Item", "Likeness"], one.nearest.map(({ item, score }) => [named(item), score])));
  }
  return tables.length ? tables : [text("p", "note", "The model says no more than the score.")];
}

/** The parts of a score, which sum to it. */
function sum({ score, terms = [], history = [], rest = 0 }) {
  const named_terms = largest(terms.map((term) => [[foreign(term.name)], term.value]), "other term");
  const shares = largest(history.map(({ item, value }) => [named(item), value]), "other item of the history", "other items of the history");
  const rows = [...named_terms, ...shares];
  const left = score - rows.reduce((total, [, value]) => total + value, 0);
  // What the answer leaves out belongs to the rest, but for rounding.
  const others = Math.abs(left - rest) > 1e-4 * Math.max(1, Math.abs(score)) ? left : rest;
  if (others !== 0 || !rows.length) rows.push([["the rest, which has no name"], others]);
  return table("What the score is made of", ["Part", "Share"], rows, score);
}

/** The parts that count most, and the sum of the others. */
function largest(parts, other, others) {
  const sorted = parts.toSorted((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const few = sorted.slice(PARTS);
  if (few.length < 2) return sorted;
  return [...sorted.slice(0, PARTS), [[counted(few.length, other, others)], few.reduce((total, [, value]) => total + value, 0)]];
}

function table(title, [left, right], rows, total) {
  const write = writer([...rows.map(([, value]) => value), total ?? 0]);
  const row = (cell, label, value) => make("tr", {}, make(cell, {}, make("div", { className: "clamp" }, label)), text("td", "number", write(value)));
  return make("table", {}, text("caption", "", title),
    make("thead", {}, make("tr", {}, text("th", "", left), text("th", "number", right))),
    make("tbody", {}, rows.map(([label, value]) => row("td", label, value))),
    total === undefined ? null : make("tfoot", {}, row("th", ["Score"], total)));
}

// ---- The views

const columns = (main, aside, className = "") => make("div", { className: `columns ${className}` }, make("div", { className: "wide" }, main), make("aside", {}, aside));

function home(view) {
  const [items, users] = [make("div"), make("div")];
  const load = (part, nodes) => {
    const again = () => fill(part, view.signal, nodes, again);
    again();
  };
  load(items, async () => {
    const most = await seek("items", "", 12, view.signal);
    return most.length ? [ranked(most, ({ users: n }) => n)] : [text("p", "empty", "The model has no items.")];
  });
  load(users, async () => {
    const some = await seek("users", "", 20, view.signal);
    return some.length ? [make("ul", { className: "chips" }, some.map(({ user, items: n }) => make("li", {}, linkTo("user", user), text("span", "note", counted(n, "item")))))] : [text("p", "empty", "The model has no users.")];
  });
  const first = page.facts.can.fold_in ? ", or put items together under What-if and see what would be recommended to somebody who has them" : "";
  return [text("h1", "", "What does the model recommend?"),
    text("p", "lead", `Find a user or an item above, begin with one below${first}.`),
    columns([make("section", {}, make("h2", { textContent: "Popular items" }), text("p", "note", "By how many users had them"), items), make("section", {}, make("h2", { textContent: "Some users" }), text("p", "note", "With how many items they had"), users)], facts(), "home")];
}

/** What the server says of the model. */
function facts() {
  const { method, users, items, interactions, titles, attributes, loaded, version, data, model, parameters, training } = page.facts;
  const when = new Date(loaded);
  const told = [["Method", method], ["Users", users.toLocaleString("en")], ["Items", items.toLocaleString("en")], ["Interactions", interactions.toLocaleString("en")],
    ["Titles", titles ? titles.toLocaleString("en") : "none"], ["Attributes", attributes.join(", ") || "none"],
    ["Loaded", Number.isNaN(when.valueOf()) ? loaded : when.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })],
    ["Version", version], ["Model", model], ["Data", data]];
  const group = (title, entries) => [text("h3", "", title), facsimile(entries)];
  return make("section", { className: "facts" }, make("h2", { textContent: "The model" }), facsimile(told),
    group("Parameters", Object.entries(parameters)), group("Training", Object.entries(training)));
}

function facsimile(entries) {
  const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const given = entries.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return make("dl", {}, given.flatMap(([key, value]) => [make("dt", {}, foreign(key)), make("dd", {}, foreign(plain(value)))]));
}

function ofUser(view) {
  const [user] = view.ids;
  const [line, main, aside] = [make("div", { className: "line" }), make("div"), make("div")];
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
  const note = total > items.length ? text("p", "note", `The first ${items.length.toLocaleString("en")} of them.`) : null;
  const list = items.length ? make("ul", { className: "plain" }, items.map(({ item }) => make("li", {}, make("span", { className: "what clamp" }, named(item))))) : text("p", "empty", "This user has no items.");
  return make("section", {}, make("h2", {}, "History ", text("span", "count", total.toLocaleString("en"))), note, list);
}

function ofItem(view) {
  const [item] = view.ids;
  const heading = make("h1", {}, foreign(name(item)));
  const line = make("div", { className: "line" });
  const had = text("span", "note", "");
  const draw = () => {
    heading.firstChild.textContent = name(item);
    document.title = `${name(item)} · foretaste`;
    line.replaceChildren(foreign(item, "id"), had, ...[toggler(item, true)].filter(Boolean));
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
  const heading = make("h2", { textContent: "Similar items" });
  if (!page.facts.can.similar) {
    const words = `A ${page.facts.method} model has no vectors of items to compare.`;
    return { node: make("section", {}, heading, text("p", "empty", words)), refresh: async () => {} };
  }
  const turn = turns(view.signal);
  const list = make("div");
  const refresh = () => {
    const signal = turn();
    rewrite(view);
    return fill(list, signal, async () => {
      const query = new URLSearchParams({ k: lengthOf(view), by: view.options.by });
      const answer = await ask(`v1/items/${encodeURIComponent(item)}/similar?${query}`, { signal });
      learnt();
      say(`${counted(answer.items.length, "similar item")}.`);
      return answer.items.length ? [ranked(answer.items, ({ score }) => score)] : [text("p", "empty", "No other item is like it.")];
    }, refresh);
  };
  const choice = (by, words, title) => {
    const input = make("input", { type: "radio", name: "by", checked: view.options.by === by });
    input.onchange = () => {
      view.options.by = by;
      refresh();
    };
    return make("label", { title }, input, words);
  };
  const by = make("fieldset", { className: "choice" }, text("legend", "unseen", "Likeness by"),
    choice("cosine", "Cosine", "By the angle alone: popularity does not count"), choice("dot", "Dot", "By the product of the vectors: popular items have long ones"));
  const node = make("section", {}, heading, make("div", { className: "controls" }, by, lengthField(view, refresh)), list);
  return { node, refresh };
}

function whatIf(view) {
  const heading = text("h1", "", "What if?");
  const lead = text("p", "lead", "What the model would recommend to somebody with these items.");
  if (!page.facts.can.fold_in) {
    return [heading, text("p", "empty", `A ${page.facts.method} model can't take histories that it was not trained on.`)];
  }
  const basket = basketPanel(view);
  const listed = recommendations(view, {
    who: () => ({ history: view.ids }),
    had: () => new Set(view.ids),
    heard: ({ unknown_items: strangers = [] }) => basket.strangers(strangers),
    nobody: () => (view.ids.length ? null : text("p", "empty", "Add an item to see what would be recommended to somebody who has it.")),
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

function nowhere() {
  return [text("h1", "", "Nothing is here"), make("p", { className: "lead" }, "The address names no user, item or history. ", make("a", { href: "#/", textContent: "Begin anew" }), ".")];
}

// ---- Begin

function begin() {
  try {
    page.basket = JSON.parse(kept("what-if") ?? "[]");
  } catch { /* begins empty */ }
  const { node } = combobox({ input: byId("search"), signal: new AbortController().signal, find: findAll, pick: ({ kind, id }) => { location.hash = hashOf(kind, [id]); } });
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
