// Typing on the page: the checker judges what a reader types, in a thread of
// its own, from files of this site alone. Nothing is loaded before a reader
// asks. What is typed reaches the page as text, or through KaTeX.
(() => {
  const told = document.getElementById("typing-data");
  if (!told) return;
  const data = JSON.parse(told.textContent);
  // Whoever knows that the machine is slow may ask for more patience.
  const patient = (ms) => ms * (document.documentElement.dataset.patience ?? 1);
  const LONGEST = { line: 10, code: 30 }; // seconds; the oracle of a judge takes some
  const ROLES = ["c-h", "c-x", "c-w", "c-d", "c-c", "changed"];

  const make = (tag, settings = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
  const kept = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch (blocked) {
      return null;
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch (blocked) {}
  };

  // -- the checker ------------------------------------------------------------

  // One worker for the page; `loading` hears how much of it has come.
  const checker = {
    worker: null,
    ready: null,
    failed: null,
    queue: Promise.resolve(),
    waiting: null,
    loading: new Set(),

    start() {
      if (this.ready) return this.ready;
      this.ready = new Promise((done, failed) => {
        this.failed = failed;
        if (location.protocol === "file:") {
          throw new Error(
            "A browser does not start the checker from a file. Type on the site, or run make serve.",
          );
        }
        offline().then(() => {
          if (this.failed === failed) this.begin(done, failed);
        });
      });
      this.ready.catch((reason) => this.end(reason));
      loadKatex();
      return this.ready;
    },

    begin(done, failed) {
      const place = new URL(`${data.home}worker.mjs`, location.href);
      this.worker = new Worker(place, { type: "module" });
      const lost = (why) => failed(new Error(`The checker could not be loaded${why}`));
      this.worker.onerror = () => lost(".");
      this.worker.onmessage = ({ data: said }) => {
        if (said.loaded) for (const hear of this.loading) hear(said.loaded);
        else if (said.ready) done();
        else if (said.failed) lost(`: ${said.failed}`);
        else this.waiting?.(said);
      };
    },

    // Ends what runs; the next question starts anew, from the browser's cache.
    end(reason) {
      this.worker?.terminate();
      this.failed?.(reason);
      this.worker = this.ready = this.failed = null;
      this.waiting?.({ stopped: reason });
    },

    // Questions wait for each other, so that each has its own ten seconds.
    ask(request) {
      const answer = this.queue.then(() => this.asked(request));
      this.queue = answer.catch(() => {});
      return answer;
    },

    async asked(request) {
      await this.start();
      let clock;
      const said = await new Promise((done) => {
        this.waiting = done;
        const what = request.ask === "code" ? "code" : "line";
        const seconds = LONGEST[what];
        const late = new Error(`Stopped after ${seconds} seconds: the ${what} is too much work for a page.`);
        clock = setTimeout(() => this.end(late), patient(1000 * seconds));
        this.worker.postMessage({ request });
      });
      clearTimeout(clock);
      this.waiting = null;
      if (said.stopped) throw said.stopped;
      if (said.error) throw new Error(`The checker failed: ${said.error}`);
      return JSON.parse(said.answer);
    },
  };

  // What is loaded from here on stays on the reader's machine, for a time
  // without a network. Where a browser keeps nothing, all is as before.
  let keeping = null;
  const offline = () =>
    (keeping ??= (async () => {
      const keeper = navigator.serviceWorker;
      if (!keeper) return;
      try {
        const begun = new Promise((done) => {
          keeper.addEventListener("controllerchange", done, { once: true });
          setTimeout(done, patient(3_000));
        });
        await keeper.register(data.offline);
        if (!keeper.controller) await begun;
        const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
        const own = [location.href.split("#")[0], ...loaded].filter((url) => url.startsWith(location.origin));
        keeper.controller?.postMessage({ loaded: own });
      } catch (refused) {}
    })());

  // -- formulas ---------------------------------------------------------------

  let katexLoaded = null;
  const loadKatex = () =>
    (katexLoaded ??= new Promise((done) => {
      const script = make("script", { src: `${data.home}katex.min.js` });
      script.onload = () => {
        document.dispatchEvent(new Event("katex-loaded"));
        done();
      };
      document.head.append(script);
    }));

  // A formula that scrolls can be reached with the keyboard.
  const reach = new ResizeObserver((seen) => {
    for (const { target: box } of seen) {
      const wide = box.scrollWidth > box.clientWidth;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "Formula"]]) {
        if (wide) box.setAttribute(name, value);
        else box.removeAttribute(name);
      }
    }
  });

  // Returns whether KaTeX could set it; if not, the box says why.
  const typeset = (box, latex, display = true) => {
    if (!window.katex || !latex.trim()) {
      box.textContent = "";
      return true;
    }
    if (display) reach.observe(box);
    try {
      katex.render(latex, box, {
        displayMode: display,
        strict: "ignore",
        errorColor: "inherit", // a command that is not trusted is shown as text
        maxExpand: 200,
        maxSize: 20,
        trust: ({ command, class: name }) => command === "\\htmlClass" && ROLES.includes(name),
        macros: { "\\class": "\\htmlClass{#1}{#2}" },
      });
      return true;
    } catch (error) {
      box.textContent = String(error.message).replace(/^KaTeX parse error: /, "");
      return false;
    }
  };

  // A line with its changed places marked: typeset if that can be, else as
  // LaTeX.
  const marked = (latex, changes) => {
    const box = make("div", { className: "typeset" });
    const places = [...changes].sort((one, other) => other[0] - one[0]);
    let set = latex;
    for (const [start, end] of places) {
      const inside = set.slice(start, end) || "\\,{\\cdot}\\,";
      set = `${set.slice(0, start)}\\htmlClass{changed}{${inside}}${set.slice(end)}`;
    }
    if (!typeset(box, set)) {
      box.textContent = "";
      reach.observe(box);
      let at = 0;
      for (const [start, end] of places.reverse()) {
        box.append(latex.slice(at, start), make("mark", {}, latex.slice(start, end) || "▮"));
        at = end;
      }
      box.append(latex.slice(at));
    }
    return box;
  };

  // -- a field ----------------------------------------------------------------

  const KEYS = [
    ["∂/∂", "a derivative", "\\frac{\\partial L}{\\partial ▮}"],
    ["a/b", "a fraction", "\\frac{▮}{}"],
    ["δ", "delta", "\\delta_t"],
    ["ŷ", "y hat", "\\hat y_t"],
    ["⊤", "transposed", "^\\top"],
    ["⊙", "times, entry by entry", " \\odot "],
    ["Σ", "a sum over the steps", "\\sum_{t=1}^{T} ▮"],
    ["x²", "squared", "^2"],
    ["xₜ", "an index", "_{▮}"],
    ["tanh", "tanh", "\\tanh(▮)"],
  ];
  const put = (field, text) => {
    const { selectionStart: start, selectionEnd: end, value } = field;
    const at = text.indexOf("▮");
    const chosen = value.slice(start, end);
    const inside = at < 0 ? text : text.replace("▮", chosen);
    field.setRangeText(inside, start, end, "end");
    if (at >= 0) {
      const place = start + at + chosen.length;
      field.setSelectionRange(place, place);
    }
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  let fields = 0;
  // What asks the checker about a field: buttons, how far it has loaded, and
  // the place of what it finds.
  const asking = (name, doing, field, judge) => {
    const check = make("button", { type: "button", className: "check" }, name);
    const stop = make("button", { type: "button", hidden: true }, "Stop");
    const progress = make("progress", { max: data.bytes, hidden: true });
    progress.setAttribute("aria-label", "The checker is loading");
    const status = make("p", { className: "status", role: "status" });
    const findings = make("div", { className: "findings" });
    findings.setAttribute("aria-live", "polite");

    const hear = (loaded) => {
      const come = Object.entries(loaded).reduce(
        (sum, [name, bytes]) => sum + Math.min(bytes / (data.files[name]?.whole ?? Infinity), 1) * (data.files[name]?.sent ?? 0),
        0,
      );
      progress.value = come;
      status.textContent = `The checker is loading, once: ${(come / 1e6).toFixed(1)} of ${(data.bytes / 1e6).toFixed(1)} MB`;
    };
    let running = false;
    const run = async () => {
      if (running) return;
      running = true;
      check.disabled = true;
      stop.hidden = false;
      findings.replaceChildren();
      const first = !checker.ready;
      if (first) {
        progress.hidden = false;
        checker.loading.add(hear);
        status.textContent = `The checker is loading, once: ${(data.bytes / 1e6).toFixed(1)} MB`;
      } else status.textContent = doing;
      try {
        if (first) {
          await checker.start();
          status.textContent = doing;
        }
        await judge(field.value, (...parts) => findings.append(...parts));
        status.textContent = "";
        // On a phone the keys may cover what was found.
        findings.lastElementChild?.scrollIntoView({ block: "nearest" });
      } catch (error) {
        status.textContent = error.message;
      }
      checker.loading.delete(hear);
      progress.hidden = true;
      stop.hidden = true;
      check.disabled = false;
      running = false;
    };
    check.addEventListener("click", run);
    stop.addEventListener("click", () => {
      checker.end(new Error("Stopped."));
      field.focus();
    });
    return { run, parts: [make("div", { className: "asks" }, check, stop, progress), status, findings] };
  };

  // A field with its buttons. judge(text, show) does the work of a check.
  const desk = ({ label, help, value = "", lines = 2, several = false, left = "", onInput, judge }) => {
    const id = `typed-${(fields += 1)}`;
    const field = make("textarea", {
      id,
      rows: lines,
      value,
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
    });
    field.setAttribute("aria-describedby", `${id}-help`);
    const keys = make("div", { className: "keys", role: "group" });
    keys.setAttribute("aria-label", "Symbols");
    for (const [face, name, text] of KEYS) {
      const key = make("button", { type: "button" }, face);
      key.setAttribute("aria-label", name);
      key.title = name;
      key.addEventListener("click", () => put(field, text));
      keys.append(key);
    }
    const seen = make("div", { className: "seen" });
    const { parts, run } = asking("Check", "Checking …", field, judge);

    const preview = () => {
      const texts = several ? field.value.split("\n") : [field.value];
      seen.replaceChildren(
        ...texts
          .filter((text) => text.trim())
          .map((text) => {
            const box = make("div", { className: "typeset" });
            const whole = text.includes("=") ? text : left + text;
            typeset(box, several ? whole.replaceAll("&", " ").replace(/\\\\\s*$/, "") : whole);
            return box;
          }),
      );
    };
    field.addEventListener("input", () => {
      preview();
      onInput?.(field.value);
    });
    document.addEventListener("katex-loaded", preview);
    field.addEventListener("focus", () => window.katex && preview());

    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      run();
    });
    const words = several
      ? "LaTeX, one line each. Enter checks, Shift and Enter begin a line."
      : "LaTeX. Enter checks.";
    const box = make(
      "div",
      { className: "typing" },
      make("label", { htmlFor: id }, label),
      field,
      keys,
      seen,
      ...parts,
      make("p", { className: "help", id: `${id}-help` }, help ?? words),
    );
    return { box, field, run, preview };
  };

  // The first of the lines is what was found, the others say where.
  const verdict = (state, lines) => {
    const sign = { right: "✓", holds: "✓", wrong: "✗", false: "✗" }[state] ?? "?";
    const [first, ...others] = lines;
    const box = make("div", { className: `verdict-box ${sign === "✓" ? "good" : sign === "✗" ? "bad" : ""}` });
    box.append(make("strong", {}, `${sign} ${first}`));
    // A line with carets below it keeps its columns; the rest is text.
    const carets = (line) => line !== undefined && /^\s*\^+\s*$/.test(line);
    for (let at = 0; at < others.length; at += 1) {
      if (carets(others[at + 1])) {
        box.append(make("pre", { tabIndex: 0, className: "carets" }, `${others[at]}\n${others[at + 1]}`));
        at += 1;
      } else box.append(make("p", {}, others[at]));
    }
    return box;
  };

  // Hints come one stage at a time, each when it is asked for.
  const stages = (about) => {
    const box = make("div", { className: "hints" });
    const more = make("button", { type: "button" }, "What kind of slip is it?");
    const names = ["What kind of slip is it?", "Where is it?", "Which edit mends it?"];
    let found = null;
    let next = 0;
    more.addEventListener("click", async () => {
      more.disabled = true;
      try {
        found ??= (await checker.ask({ ask: "hints", ...about })).stages;
        const stage = found[next];
        next += 1;
        const said = make("div", {}, make("p", {}, stage.words));
        if (stage.changes) said.append(marked(stage.latex, stage.changes));
        else if (stage.latex) {
          const set = make("div", { className: "typeset" });
          typeset(set, stage.latex);
          said.append(set);
        }
        more.before(said);
      } catch (error) {
        more.before(make("p", {}, error.message));
      }
      more.disabled = false;
      if (found && next >= found.length) more.remove();
      else {
        more.textContent = names[next];
        more.focus();
      }
    });
    box.append(more);
    return box;
  };

  const judgeLine = async (network, latex, before, show) => {
    const { record, lines } = await checker.ask({ ask: "line", network, latex, hints: false });
    const [first, ...others] = lines;
    const judged = verdict(record.verdict, [`${before}${first}`, ...others]);
    if (record.verdict === "false" || record.error?.kind === "shape") {
      judged.append(stages({ network, latex }));
    }
    show(judged);
  };

  // -- where fields stand -----------------------------------------------------

  // Opened by the reader; until then it is one line.
  const folded = (words, open) => {
    const fold = make("details", { className: "type-here needs-script" }, make("summary", {}, words));
    fold.addEventListener("toggle", () => {
      if (fold.open && fold.children.length === 1) open(fold);
    });
    return fold;
  };

  const done = (fold) => () => {
    fold.classList.add("done");
    fold.firstChild.textContent = fold.dataset.done;
  };

  for (const [label, { asked }] of Object.entries(data.exercises ?? {})) {
    const exercise = document.getElementById(label);
    if (!exercise) continue;
    const name = `answer ${label}`;
    const before = kept(name) ?? {};
    const fold = folded("Type your answer here", (fold) => {
      const { box, field, preview } = desk({
        label: `Your answer: ${asked.map((latex) => `${latex} = …`).join(" or ")}`,
        value: kept(name)?.latex ?? "",
        left: asked.length === 1 ? `${asked[0]} = ` : "",
        onInput: (latex) => keep(name, { ...kept(name), latex }),
        judge: async (latex, show) => {
          const said = await checker.ask({ ask: "exercise", label, latex });
          const { state } = said.record;
          const words = said.lines.filter((line) => !line.includes(".hint()"));
          show(verdict(state, [said.says, ...words]));
          if (state === "wrong") show(stages({ label, latex }));
          keep(name, { latex, done: state === "right" || kept(name)?.done });
          if (state === "right") mark();
        },
      });
      fold.append(box);
      if (window.katex) preview();
      field.focus();
    });
    fold.dataset.done = "✓ Done. Your answer";
    const mark = done(fold);
    if (before.done) mark();
    (exercise.querySelector(":scope > section") ?? exercise).append(fold);
  }

  // Code that a chapter's judge holds against the oracle.
  const codeDesk = ({ label, attempt, mark }) => {
    const name = `code ${label}`;
    const id = `typed-${(fields += 1)}`;
    const field = make("textarea", {
      id,
      className: "code",
      rows: attempt.split("\n").length + 1,
      value: kept(name)?.code ?? attempt,
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
    });
    field.setAttribute("aria-describedby", `${id}-help`);
    const save = () => keep(name, { ...kept(name), code: field.value });
    field.addEventListener("input", save);
    const { parts, run } = asking("Run", "Running …", field, async (code, show) => {
      const said = await checker.ask({ ask: "code", label, text: code });
      show(...judged(said));
      const exact = Object.values(said.judged ?? {});
      if (exact.length && exact.every((words) => words === "exact")) {
        keep(name, { ...kept(name), done: true });
        mark();
      }
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      if (event.shiftKey) return void run();
      const line = field.value.slice(0, field.selectionStart).split("\n").pop();
      const indent = line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? "    " : "");
      // It can be undone, as what is typed.
      document.execCommand("insertText", false, `\n${indent}`);
    });
    const again = make("button", { type: "button" }, "The chapter's code");
    again.addEventListener("click", () => {
      field.value = attempt;
      save();
      field.focus();
    });
    parts[0].append(again);
    return {
      field,
      box: make(
        "div",
        { className: "typing" },
        make("label", { htmlFor: id }, "Your code"),
        field,
        ...parts,
        make(
          "p",
          { className: "help", id: `${id}-help` },
          "Python, with a small part of NumPy. Shift and Enter run it here, in your browser; nothing is sent.",
        ),
      ),
    };
  };

  // One line for each array, and what the code itself says.
  const judged = ({ judged: found, printed, error }) => {
    const shown = [];
    if (printed) shown.push(make("pre", { tabIndex: 0, className: "printed" }, printed));
    const lines = Object.entries(found ?? {});
    if (error) {
      const [first, ...others] = error.split("\n");
      shown.push(verdict("refused", [first, ...others]));
    } else if (!lines.length) {
      shown.push(verdict("refused", ["nothing was judged: the last line must call the judge"]));
    }
    for (const [name, words] of lines) {
      shown.push(verdict(words === "exact" ? "right" : "wrong", [`${name}: ${words}`]));
    }
    return shown;
  };

  for (const [label, attempt] of Object.entries(data.coding ?? {})) {
    const exercise = document.getElementById(label);
    if (!exercise) continue;
    const fold = folded("Write and run it here", (fold) => {
      const { box, field } = codeDesk({ label, attempt, mark: done(fold) });
      fold.append(box);
      field.focus();
    });
    fold.dataset.done = "✓ Done. Your code";
    if (kept(`code ${label}`)?.done) done(fold)();
    (exercise.querySelector(":scope > section") ?? exercise).append(fold);
  }

  // The others are done in the notebook, and say so.
  const launch = document.querySelector(".launch-here a");
  for (const label of data.notebook ?? []) {
    const exercise = document.getElementById(label);
    const words = "In the notebook";
    const said = launch ? make("a", { href: launch.href }, words) : `${words}: its cell is below.`;
    exercise?.append(make("p", { className: "in-notebook needs-script" }, said));
  }

  // An equation of the book: its single edits are known, and it may be changed
  // in any other way.
  const changeable = (latex, network, edits) => (fold) => {
    if (edits?.length) {
      const id = `edit-${(fields += 1)}`;
      const list = make("select", { id }, make("option", { value: "" }, "choose an edit"));
      edits.forEach(([kind, changed], at) => {
        list.append(make("option", { value: String(at) }, `${kind}: ${changed}`));
      });
      const said = make("div", { role: "status" });
      list.addEventListener("change", () => {
        said.replaceChildren();
        if (list.value === "") return;
        const [kind, changed, fate] = edits[Number(list.value)];
        const set = make("div", { className: "typeset" });
        typeset(set, changed);
        const [state, words] = data.fates[fate];
        said.append(verdict(state, [words, ...(window.katex ? [] : [changed])]));
        if (window.katex) said.append(set);
      });
      fold.append(
        make("div", { className: "typing" }, make("label", { htmlFor: id }, "One edit of this equation"), list, said),
      );
    }
    const { box, preview } = desk({
      label: "Change it in your own way, and see",
      value: latex,
      lines: 3,
      judge: async (text, show) => {
        await judgeLine(network, text, "", show);
      },
    });
    fold.append(box);
    if (window.katex) preview();
  };
  const later = (task) =>
    window.requestIdleCallback
      ? requestIdleCallback(task, { timeout: 500 })
      : setTimeout(task);
  const offer = (label, { anchor, latex, network, edits }) => {
    const shown = document.getElementById(anchor);
    const sign = shown?.querySelector(".eqno .holds");
    if (!sign) return;
    const button = make("button", { type: "button", className: "change" }, "✎");
    const words = `Change ${label} and see`;
    button.title = words;
    button.setAttribute("aria-label", words);
    button.setAttribute("aria-expanded", "false");
    let panel = null;
    button.addEventListener("click", () => {
      if (!panel) {
        panel = make("div", { className: "change-panel", role: "group" });
        panel.setAttribute("aria-label", words);
        changeable(latex, network, edits)(panel);
        shown.after(panel);
      } else panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
      if (!panel.hidden) panel.querySelector("select, textarea").focus();
    });
    sign.before(button);
  };
  // One at a time, each in a moment in which nothing else happens.
  const equations = Object.entries(data.equations ?? {});
  const offerNext = () => {
    if (!equations.length) return;
    offer(...equations.shift());
    later(offerNext);
  };
  later(offerNext);

  const question = document.querySelector("#would-you-have-seen-it .math annotation");
  const asked = document.querySelector("#would-you-have-seen-it div.math");
  if (asked && data.question) {
    const latex = asked.querySelector("annotation")?.textContent ?? question.textContent;
    asked.after(folded("Ask here, on the page", changeable(latex, data.question, null)));
  }

  // -- the page "Check a derivation" ------------------------------------------

  const place = document.querySelector("[data-typing=derivation]");
  if (place && data.networks) derive(place);

  function derive(place) {
    const name = "derivation";
    const fromLink = () => {
      try {
        return JSON.parse(decodeURIComponent(location.hash.slice(1)));
      } catch (other) {
        return null;
      }
    };
    const linked = location.hash.startsWith("#%7B") ? fromLink() : null;
    const state = { network: "BOOK", forward: "", lines: "" };
    for (const key of Object.keys(state)) {
      state[key] = String(linked?.[key] ?? kept(name)?.[key] ?? state[key]);
    }
    const known = data.networks.map(([value]) => value);
    if (![...known, "own"].includes(state.network)) state.network = "BOOK";
    const save = () => keep(name, state);
    const network = () =>
      state.network === "own"
        ? { forward: state.forward.split("\n").map((row) => row.trim()).filter(Boolean) }
        : state.network;

    const list = make("select", { id: "network" });
    for (const [value, words] of [...data.networks, ["own", "my own forward equations"]]) {
      list.append(make("option", { value, selected: value === state.network }, words));
    }
    const rows = make("textarea", { id: "forward", rows: 5, value: state.forward, spellcheck: false });
    const own = make(
      "div",
      { hidden: state.network !== "own" },
      make("label", { htmlFor: "forward" }, "Forward equations, LaTeX, one a line"),
      rows,
    );
    const table = make("div", { className: "roles", role: "status" });
    const show = make("button", { type: "button" }, "Show its equations, roles and sizes");
    list.addEventListener("change", () => {
      state.network = list.value;
      own.hidden = list.value !== "own";
      table.replaceChildren();
      save();
    });
    rows.addEventListener("input", () => {
      state.forward = rows.value;
      save();
    });
    const tabled = (said) => {
      if (said.error) return [make("pre", { tabIndex: 0, className: "carets" }, said.error)];
      const equations = said.forward.map((latex) => {
        const box = make("div", { className: "typeset" });
        typeset(box, latex);
        return box;
      });
      const head = ["symbol", "role", "shape", "because of"];
      const body = said.table.map(([symbol, ...others]) => {
        const first = make("td");
        typeset(first, symbol, false);
        return make("tr", {}, first, ...others.map((text) => make("td", {}, text)));
      });
      const grid = make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
        make("tbody", {}, ...body),
      );
      const wide = make("div", { className: "pst-scrollable-table-container", tabIndex: 0 }, grid);
      wide.setAttribute("role", "region");
      wide.setAttribute("aria-label", "Roles and sizes");
      return [...equations, wide];
    };
    show.addEventListener("click", async () => {
      table.textContent = "The checker is loading …";
      try {
        await Promise.all([checker.start(), loadKatex()]);
        table.replaceChildren(...tabled(await checker.ask({ ask: "table", network: network() })));
      } catch (error) {
        table.textContent = error.message;
      }
    });

    const { box } = desk({
      label: "Your derivation",
      value: state.lines,
      lines: 5,
      several: true,
      onInput: (lines) => {
        state.lines = lines;
        save();
      },
      judge: async (text, show) => {
        const about = network();
        if (typeof about === "object") {
          const said = await checker.ask({ ask: "table", network: about });
          if (said.error) {
            show(verdict("refused", ["the forward equations cannot be read", ...said.error.split("\n")]));
            return;
          }
        }
        const lines = text.split("\n").filter((line) => line.trim());
        for (const [at, latex] of lines.entries()) {
          await judgeLine(about, latex, `line ${at + 1}: `, show);
        }
        if (!lines.length) show(make("p", {}, "Type a line first."));
      },
    });

    const link = make("button", { type: "button" }, "Copy a link to this");
    const said = make("span", { role: "status" });
    link.addEventListener("click", async () => {
      history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(state))}`);
      try {
        await navigator.clipboard.writeText(location.href);
        said.textContent = "Copied.";
      } catch (blocked) {
        said.textContent = "The address of this page is the link now.";
      }
    });
    const cell = make("button", { type: "button" }, "Download as a notebook");
    cell.addEventListener("click", () => {
      const file = new Blob([notebook(state, network())], { type: "application/x-ipynb+json" });
      const link = make("a", { href: URL.createObjectURL(file), download: "derivation.ipynb" });
      link.click();
      URL.revokeObjectURL(link.href);
    });
    place.replaceChildren(
      make("label", { htmlFor: "network" }, "The network"),
      list,
      own,
      make("p", {}, show),
      table,
      box,
      make("p", { className: "ask" }, link, cell, said),
    );
  }

  // What the page does, as cells that do the same in a notebook.
  function notebook(state, about) {
    const literal = (text) => `r"""${text.replaceAll('"""', '""')}"""`;
    const lines = state.lines.split("\n").filter((line) => line.trim());
    const own = typeof about === "object";
    const first = own
      ? ["from derivations import check, define", "", "network = define([", ...about.forward.map((row) => `    ${literal(row)},`), "])", "network"]
      : ["from bptt_core.book import check", "from bptt_core.book.exercises import network as named", "", `network = named(${JSON.stringify(about)})`, "network"];
    const cells = [first, ...lines.map((line) => [`check(${literal(line)}, network)`])];
    return JSON.stringify({
      cells: cells.map((rows, at) => ({
        cell_type: "code",
        execution_count: null,
        id: `cell-${at}`,
        metadata: {},
        outputs: [],
        source: rows.join("\n"),
      })),
      metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" } },
      nbformat: 4,
      nbformat_minor: 5,
    });
  }
})();
