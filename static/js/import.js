// Importing in small batches, so that one broken connection costs little and progress shows.

const filesOf = async (entry, path = "") => {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, name: path + entry.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    for (const inner of some) found.push(...(await filesOf(inner, `${path}${entry.name}/`)));
  }
};

const isWanted = ({ name }) => !name.split("/").some((part) => part.startsWith("."));

/** Batches of few files and few bytes; one that is larger than that goes alone. */
const inBatches = (files, most, bytes) => {
  const batches = [];
  let weight = 0;
  for (const one of files) {
    const last = batches.at(-1);
    if (!last || last.length >= most || weight + one.file.size > bytes) {
      batches.push([one]);
      weight = one.file.size;
    } else {
      last.push(one);
      weight += one.file.size;
    }
  }
  return batches;
};

const lastPart = (name) => name.split("/").at(-1);

const sharedEnd = (one, other) => {
  const [a, b] = [one, other].map((name) => name.split("/").reverse());
  const differs = a.findIndex((part, at) => part !== b[at]);
  return differs < 0 ? a.length : differs;
};

/** The name most like each one, if any ends alike: a row of the manifest could mean it as well. */
const rivals = (files) => {
  const groups = new Map();
  for (const { name } of files) {
    const last = lastPart(name);
    if (!groups.has(last)) groups.set(last, []);
    groups.get(last).push(name);
  }
  return (name) => {
    const others = groups.get(lastPart(name)).filter((other) => other !== name);
    return others.length ? others.reduce((a, b) => (sharedEnd(name, b) > sharedEnd(name, a) ? b : a)) : null;
  };
};

const bind = (form) => {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const most = Number(form.dataset.batchFiles);
  const bytes = Number(form.dataset.batchBytes) * 0.8;
  const counts = { done: 0, total: 0, imported: 0, known: 0, rejected: 0 };
  let waiting = [];
  let rivalOf = () => null;
  let unmatched = null;
  const matched = new Set();

  const show = () => {
    const bar = part("progress").querySelector("progress");
    bar.max = Math.max(counts.total, 1);
    bar.value = counts.done;
    const line = part("count");
    line.textContent = line.dataset.text.replace(/\{(\w+)\}/g, (_, name) => counts[name]);
  };

  const choose = (files) => {
    waiting = files.filter(isWanted);
    rivalOf = rivals(waiting);
    unmatched = null;
    matched.clear();
    const names = waiting.slice(0, 3).map(({ name }) => name).join(", ");
    part("chosen").textContent = `${waiting.length}: ${names}${waiting.length > 3 ? " …" : ""}`;
  };

  const send = async (batch) => {
    const body = new FormData();
    for (const { file, name } of batch) body.append("files", file, name);
    const manifest = form.elements.manifest.files[0];
    if (manifest) {
      body.append("manifest", manifest);
      const sent = new Set(batch.map(({ name }) => name));
      for (const rival of new Set(batch.map(({ name }) => rivalOf(name)))) if (rival && !sent.has(rival)) body.append("among", rival);
    }
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const results = page.getElementById("images-results");
    if (!results) throw new Error(`answered ${answer.status}`);
    for (const name of ["imported", "known", "rejected"]) counts[name] += Number(results.dataset[name]);
    if (!answer.ok) counts.rejected += batch.length;
    counts.done += batch.length;
    for (const name of JSON.parse(results.dataset.matched)) matched.add(name);
    const missed = results.querySelector("[data-unmatched]");
    missed?.remove();
    unmatched ??= missed;
    gather([...results.querySelectorAll("li")]);
    return answer.ok;
  };

  const gather = (items) => {
    const list = part("faults").querySelector("ul") ?? document.createElement("ul");
    list.className = "import-faults";
    list.append(...items);
    if (items.length) part("faults").append(list);
  };

  /** What the first batch missed and no later one brought. */
  const showUnmatched = () => {
    for (const item of unmatched?.querySelectorAll("li") ?? []) if (matched.has(item.dataset.name)) item.remove();
    if (unmatched?.querySelector("li")) part("faults").append(unmatched);
  };

  const run = async () => {
    Object.assign(counts, { done: 0, total: waiting.length, imported: 0, known: 0, rejected: 0 });
    part("faults").replaceChildren();
    part("broken").hidden = true;
    part("finished").hidden = true;
    part("progress").hidden = false;
    part("send").disabled = true;
    show();
    try {
      for (const batch of inBatches(waiting, most, bytes)) {
        const ok = await send(batch);
        waiting = waiting.slice(batch.length);
        show();
        if (!ok) break;
      }
      if (waiting.length === 0) showUnmatched();
      if (counts.rejected === 0 && !part("faults").querySelector("li")) location.assign(`${form.dataset.import}?imported=${counts.imported}&known=${counts.known}`);
      part("finished").hidden = counts.imported + counts.known === 0;
    } catch {
      part("broken").hidden = false;
    }
    part("send").disabled = false;
  };

  for (const input of form.querySelectorAll("[data-pick]"))
    input.addEventListener("change", () =>
      choose([...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }))),
    );

  const drop = part("drop");
  const over = (event) => {
    event.preventDefault();
    drop.classList.add("over");
  };
  drop.addEventListener("dragenter", over);
  drop.addEventListener("dragover", over);
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    const found = [];
    for (const entry of entries) found.push(...(await filesOf(entry)));
    choose(found);
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (waiting.length) run();
    else form.querySelector("[data-pick]").focus();
  });
  for (const hidden of form.querySelectorAll("[data-needs-script]")) hidden.hidden = false;
};

document.querySelectorAll("[data-import]").forEach(bind);
