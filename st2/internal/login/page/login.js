// The link's id is the fragment of the page's address: browsers send that to nobody.
const link = decodeURIComponent(location.hash.slice(1));
const route = "/login/authenticate/" + encodeURIComponent(link);

const form = document.getElementById("form");
const status = document.getElementById("status");
const submit = document.getElementById("submit");

// What a return_code asks the person to look at again.
const fieldToBlame = { 3: "word", 4: { password: "password", token: "token", key: "key" } };

function way() {
  return form.elements.way.value;
}

// show tells how it stands: busy, waiting, succeeded or failed.
function show(kind, message) {
  status.dataset.kind = kind;
  status.textContent = message;
}

// chooseWay shows the fields of one way to log in, and empties those of the others.
function chooseWay() {
  for (const part of form.querySelectorAll("[data-way]")) {
    const chosen = part.dataset.way === way();
    part.hidden = !chosen;
    for (const input of part.querySelectorAll("input")) {
      input.disabled = !chosen;
      if (!chosen) input.value = "";
    }
  }
}

// end leaves the form for good, and nothing secret in it.
function end() {
  form.reset();
  form.hidden = true;
}

async function ask(options) {
  const response = await fetch(route, {
    ...options,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  });
  return response.json();
}

function blame(id) {
  const input = document.getElementById(id);
  input.setAttribute("aria-invalid", "true");
  input.focus();
  input.select();
}

function forgive() {
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

function firstEmpty() {
  for (const input of form.querySelectorAll("input[required]:enabled")) {
    if (input.value.trim() === "") return input;
  }
  return null;
}

function entered() {
  const body = {};
  for (const input of form.querySelectorAll("input[required]:enabled")) body[input.name] = input.value;
  return JSON.stringify(body);
}

// understand shows an answer and says what can be done next.
function understand(answer) {
  if (answer.authenticated === true) {
    end();
    show("succeeded", answer.message);
    status.focus();
    return;
  }
  show("failed", answer.message);
  if (answer.link !== "waiting") {
    end();
    status.focus();
    return;
  }
  const field = fieldToBlame[answer.return_code];
  if (field) blame(typeof field === "string" ? field : field[way()]);
}

form.addEventListener("change", (event) => {
  if (event.target.name === "way") chooseWay();
});

form.addEventListener("input", forgive);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (submit.disabled) return;
  const empty = firstEmpty();
  if (empty) {
    show("failed", "Please fill in: " + empty.labels[0].textContent + ".");
    blame(empty.id);
    return;
  }
  forgive();
  submit.disabled = true;
  show("busy", "Asking StackStorm…");
  try {
    understand(await ask({
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: entered(),
    }));
  } catch {
    show("failed", "The bot cannot be reached. Try again in a while.");
  } finally {
    submit.disabled = false;
  }
});

// start looks at the link, which does not use it up, and opens the form where it may work.
async function start() {
  if (link === "") {
    show("failed", "This address holds no login link. Look whether all of it was copied, or ask the bot for a new one.");
    return;
  }
  try {
    const answer = await ask({ method: "GET" });
    if (answer.link !== "waiting") {
      show("failed", answer.message);
      return;
    }
  } catch {
    // Whoever can send the form later need not start again.
  }
  chooseWay();
  form.hidden = false;
  submit.disabled = false;
  show("waiting", "Waiting for you to log in. This link works once.");
  document.getElementById("word").focus();
}

addEventListener("hashchange", () => location.reload());
start();
