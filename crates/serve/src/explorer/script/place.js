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

