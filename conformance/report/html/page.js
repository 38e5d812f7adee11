"use strict";
// Shows the checks of the report in #data. All of its texts go through textContent: nothing that a
// target said is ever read as HTML. What is chosen stands in the address (#v=…&d=…&l=…&q=…), so
// that a choice can be linked to, as the matrix does.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { texts, lines, transcripts, listeners, verdicts, requirements } = data;
  // What a row holds: see data.py.
  const [VERDICT, LISTENER, REASON, EXPECTED, OBSERVED, REPRODUCE, TRANSCRIPT] = [0, 1, 2, 3, 4, 5, 6];
  const SIGNS = { pass: "✓", known: "K", warn: "W", fail: "F", inconclusive: "?", error: "E", not_applicable: "·" };
  const WORDS = { pass: "pass", known: "known", warn: "warn", fail: "fail", inconclusive: "open", error: "error", not_applicable: "n/a" };
  const ABSENT = verdicts.indexOf("not_applicable"), PASS = verdicts.indexOf("pass");
  const AT_ONCE = 60;

  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name in element) element[name] = value; else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  }

  const badge = (verdict, count) =>
    make("b", { className: verdict }, count === undefined ? `${SIGNS[verdict]} ${WORDS[verdict]}` : `${SIGNS[verdict]}${count}`);

  // --- what is chosen ---

  const deviating = requirements.some((r) => r.rows.some((row) => row[VERDICT] !== PASS && row[VERDICT] !== ABSENT));
  const usual = () => new Set(deviating ? verdicts.filter((v) => v !== "pass" && v !== "not_applicable") : ["pass"]);
  let chosen = { verdicts: usual(), directive: "", listener: "", words: "" };

  function fromAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (!["v", "d", "l", "q"].some((key) => given.has(key))) return null;
    const names = (given.get("v") || "").split(",").filter((v) => verdicts.includes(v));
    const all = verdicts.filter((v) => v !== "not_applicable");
    return {
      verdicts: new Set(names.length ? names : all),
      directive: given.get("d") || "", listener: given.get("l") || "", words: given.get("q") || "",
    };
  }

  function toAddress() {
    const told = new URLSearchParams();
    told.set("v", [...chosen.verdicts].join(","));
    if (chosen.directive) told.set("d", chosen.directive);
    if (chosen.listener) told.set("l", chosen.listener);
    if (chosen.words) told.set("q", chosen.words);
    history.replaceState(null, "", `#${told}`);
  }

  // --- which checks that are ---

  function matching() {
    const words = chosen.words.toLowerCase().split(/\s+/).filter(Boolean);
    const low = words.length ? texts.map((text) => text.toLowerCase()) : [];
    const wanted = listeners.indexOf(chosen.listener);
    const takes = new Set([...chosen.verdicts].map((v) => verdicts.indexOf(v)));
    const found = [];
    for (const requirement of requirements) {
      if (chosen.directive && requirement.directive !== chosen.directive) continue;
      const title = `${requirement.id} ${requirement.reading} ${requirement.level}`.toLowerCase();
      const open = words.filter((word) => !title.includes(word));
      const says = (name, ids) => open.every((word) => name.includes(word) || ids().some((id) => low[id].includes(word)));
      const rows = requirement.rows.filter((row) =>
        takes.has(row[VERDICT]) && (!chosen.listener || row[LISTENER] === wanted) &&
        (!open.length || says(listeners[row[LISTENER]].toLowerCase(), () => textsOf(row))));
      const absent = !takes.has(ABSENT) ? [] : requirement.absent.map(([reason, where]) => [reason, where.filter((l) =>
        (!chosen.listener || l === wanted) && (!open.length || says(listeners[l].toLowerCase(), () => [reason])))])
        .filter(([, where]) => where.length);
      if (rows.length || absent.length) found.push({ requirement, rows, absent });
    }
    const worst = (group) => Math.min(ABSENT, ...group.rows.map((row) => row[VERDICT]));
    return found.map((group) => [worst(group), group]).sort((a, b) => a[0] - b[0]).map(([, group]) => group);
  }

  function textsOf(row) {
    const said = row[TRANSCRIPT] < 0 ? [] : transcripts[row[TRANSCRIPT]].map((line) => lines[line][2]);
    return [row[REASON], row[EXPECTED], row[OBSERVED], ...said];
  }

  // --- how they are shown ---

  function lazily(details, fill) {
    details.addEventListener("toggle", () => { if (details.open) fill(); }, { once: true });
    return details;
  }

  function showGroup(group) {
    const { requirement, rows, absent } = group;
    const counts = new Map();
    for (const row of rows) counts.set(row[VERDICT], (counts.get(row[VERDICT]) || 0) + 1);
    const without = absent.reduce((sum, [, where]) => sum + where.length, 0);
    if (without) counts.set(ABSENT, (counts.get(ABSENT) || 0) + without);
    const signs = [...counts].sort((a, b) => a[0] - b[0]).flatMap(([v, n]) => [badge(verdicts[v], n), " "]);
    const summary = make("summary", null, ...signs, make("code", null, requirement.id), " ",
      make("small", null, `${requirement.level}, ${requirement.basis}`));
    const details = make("details", { className: "group" }, summary);
    return lazily(details, () => fillGroup(details, group));
  }

  function fillGroup(details, { requirement, rows, absent }) {
    details.append(make("p", null, requirement.reading));
    if (requirement.quote) details.append(make("blockquote", null, `“${requirement.quote}” `, make("small", null, requirement.source)));
    if (requirement.more.length) {
      const list = make("dl", null, ...requirement.more.flatMap(([title, text]) => [make("dt", null, title), make("dd", null, text)]));
      details.append(make("details", { className: "check" }, make("summary", null, "why, and how to put it right"), list));
    }
    const sorted = [...rows].sort((a, b) => a[VERDICT] - b[VERDICT]);
    showSome(details, sorted, showCheck);
    showSome(details, absent, showAbsent);
  }

  function showSome(place, things, show) {
    place.append(...things.slice(0, AT_ONCE).map(show));
    const rest = things.slice(AT_ONCE);
    if (!rest.length) return;
    const more = make("button", { className: "more", type: "button" }, `${rest.length} more`);
    more.addEventListener("click", () => { more.remove(); showSome(place, rest, show); });
    place.append(more);
  }

  function showCheck(row) {
    const verdict = verdicts[row[VERDICT]], listener = listeners[row[LISTENER]];
    const brief = texts[row[OBSERVED]] || texts[row[REASON]];
    const summary = make("summary", null, badge(verdict), " ", make("code", null, listener), " ",
      make("span", { className: "quiet" }, brief.length > 140 ? `${brief.slice(0, 140)}…` : brief));
    const details = make("details", { className: "check" }, summary);
    return lazily(details, () => details.append(fillCheck(row, listener)));
  }

  function fillCheck(row, listener) {
    const list = make("dl", null);
    for (const [word, column] of [["reason", REASON], ["expected", EXPECTED], ["observed", OBSERVED]]) {
      if (texts[row[column]]) list.append(make("dt", null, word), make("dd", null, texts[row[column]]));
    }
    const command = texts[row[REPRODUCE]].replace("\0", () => listener);
    if (command) list.append(make("dt", null, "reproduce"), make("dd", null, make("code", null, command), " ", copier(command)));
    return make("div", { className: "body" }, list, talk(row[TRANSCRIPT]));
  }

  function copier(text) {
    const button = make("button", { type: "button", className: "more copy" }, "copy");
    button.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => { button.textContent = "copied"; }, () => { button.textContent = "select it"; }));
    return button;
  }

  function talk(id) {
    if (id < 0) return make("p", { className: "quiet" }, "The transcript is in the JSON report: this page has no room for all of those that passed.");
    const rows = transcripts[id].map((line) => lines[line].map((text) => texts[text]));
    if (!rows.length) return make("p", { className: "quiet" }, "no transcript");
    return make("ol", { className: "talk mono" }, ...rows.map(([side, layer, text]) =>
      make("li", { className: side === "client" ? "client" : "server", title: `${side}, ${layer}` },
        make("span", null, side === "client" ? "C→" : "S←"), make("span", { className: "layer" }, layer), make("span", null, text))));
  }

  function showAbsent([reason, where]) {
    const summary = make("summary", null, badge("not_applicable", where.length), " ", make("span", { className: "quiet" }, texts[reason]));
    const names = where.map((l) => listeners[l]).join(", ");
    return make("details", { className: "check" }, summary, make("p", { className: "body mono" }, names));
  }

  // --- the filters ---

  const place = document.getElementById("checks");
  const said = make("p", { className: "quiet", role: "status" });
  const list = make("div", null);
  const buttons = new Map(verdicts.map((verdict) => {
    const button = make("button", { type: "button", className: verdict }, `${SIGNS[verdict]} ${WORDS[verdict]}`);
    button.addEventListener("click", () => {
      if (!chosen.verdicts.delete(verdict)) chosen.verdicts.add(verdict);
      show();
    });
    return [verdict, button];
  }));
  const options = (title, names) => make("select", { "aria-label": title }, make("option", { value: "" }, `every ${title}`),
    ...names.map((name) => make("option", { value: name }, name)));
  const directive = options("directive", [...new Set(requirements.map((r) => r.directive))].sort());
  const listener = options("listener", listeners);
  const words = make("input", { type: "search", placeholder: "words", "aria-label": "words in requirement, listener or evidence" });
  directive.addEventListener("change", () => { chosen.directive = directive.value; show(); });
  listener.addEventListener("change", () => { chosen.listener = listener.value; show(); });
  words.addEventListener("input", () => { chosen.words = words.value; show(); });
  const reset = make("button", { type: "button" }, "reset");
  reset.addEventListener("click", () => { chosen = { verdicts: usual(), directive: "", listener: "", words: "" }; show(); });
  place.append(make("div", { className: "filters" }, ...buttons.values(), directive, listener, words, reset), said, list);

  function show(quietly) {
    for (const [verdict, button] of buttons) button.setAttribute("aria-pressed", chosen.verdicts.has(verdict));
    directive.value = chosen.directive;
    listener.value = chosen.listener;
    if (words.value !== chosen.words) words.value = chosen.words;
    const groups = matching();
    const count = groups.reduce((sum, g) => sum + g.rows.length + g.absent.reduce((n, [, where]) => n + where.length, 0), 0);
    said.textContent = groups.length ? `${count} checks of ${groups.length} requirements` : "no check is like that";
    list.replaceChildren(...groups.map(showGroup));
    if (groups.length === 1) list.firstChild.open = true;
    if (!quietly) toAddress();
  }

  function follow(jump) {
    const given = fromAddress();
    if (given) chosen = given;
    show(true);
    if (given && jump) place.scrollIntoView();
  }

  window.addEventListener("hashchange", () => follow(true));
  window.addEventListener("beforeprint", () => {
    for (const group of [...list.children].slice(0, AT_ONCE)) group.open = true;
  });
  follow(location.hash !== "");
})();
