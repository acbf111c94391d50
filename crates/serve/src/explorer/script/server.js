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

