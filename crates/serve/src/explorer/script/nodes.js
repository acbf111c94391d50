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

