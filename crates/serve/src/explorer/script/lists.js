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

