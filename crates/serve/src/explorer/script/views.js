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
