// Reads one JSON request a line and answers with one JSON line; it ends when
// its input ends, so it cannot outlive the build.
//
//   {latex, display, wanted, roles}  →  {html, explained} or {error}
//   {latex, mathml: true}     →  {html} or {error}: MathML alone
//   {latex, names: true}      →  {names} or {error}: the symbols it shows
//
// wanted: name of a symbol → its number; the first use of each that the
// formula shows gets data-symbol; `explained` lists their numbers. A formula
// that explains any is coloured whole: each use of a symbol that has a role.
// The one HTML extension that is trusted is a role colour, written
// \class{c-h}{h_t} in the book.
const readline = require("readline");
const katex = require(process.argv[2]);

const ROLES = ["c-h", "c-x", "c-w", "c-d", "c-c"];
// What is set in these is a word, not a symbol; an index is no symbol either.
const WORDS = ["text", "font", "op", "operatorname", "raw"];
const PARTS = ["body", "base", "numer", "denom"];
const TIME = "(?:\\d|[tsT](?:[+-]\\w)?)";

function settings(display, marking, more) {
  const trust = (request) => {
    if (request.command === "\\htmlClass" && ROLES.includes(request.class)) {
      return true;
    }
    if (request.command === "\\htmlData" && marking) return true;
    throw new katex.ParseError(
      `only \\class with one of ${ROLES.join(", ")} may make HTML, ` +
        `got ${request.command} ${request.class ?? ""}`,
    );
  };
  return {
    displayMode: display,
    throwOnError: true,
    strict: (code) => (code === "htmlExtension" ? "ignore" : "error"),
    trust,
    macros: { "\\class": "\\htmlClass{#1}{#2}" },
    ...more,
  };
}

// h_t for h_{t-1}, W_i for W_f, a_i,t for a_{o,t}: one name for every time
// and every gate; null where a node is no letter with such an index.
function nameOf(node) {
  const whole = node.type === "supsub" ? node : { base: node };
  const letter = letterOf(whole.base);
  if (letter === null || (whole.sup && end(whole.sup) === 0)) return null;
  if (!whole.sub) return letter;
  const index = textOf(whole.sub);
  for (const [pattern, kind] of [
    [TIME, "t"],
    ["[ifog]", "i"],
    [`[ifog],${TIME}`, "i,t"],
  ]) {
    if (new RegExp(`^${pattern}$`).test(index)) return `${letter}_${kind}`;
  }
  return `${letter}_?`;
}

function letterOf(node) {
  // In a display, d is the d of a derivative.
  if (node?.type === "mathord") return node.text === "d" ? null : node.text;
  if (node?.type !== "accent") return null;
  const letter = letterOf(node.base);
  return letter && `${node.label} ${letter}`;
}

function textOf(node) {
  if (Array.isArray(node)) return node.map(textOf).join("");
  return node.text ?? (node.body ? textOf(node.body) : "?");
}

// Where a node begins and ends in its LaTeX; 0 as an end where none is known.
function end(node) {
  if (!node || typeof node !== "object") return 0;
  const parts = [node.base, node.sub, node.sup, node.body].flat();
  return Math.max(node.loc?.end ?? 0, ...parts.map(end));
}

function start(node, latex) {
  const base = node.type === "supsub" ? node.base : node;
  return base.type === "accent"
    ? latex.lastIndexOf(base.label, start(base.base, latex))
    : base.loc.start;
}

function* symbols(node, latex) {
  if (Array.isArray(node)) {
    for (const one of node) yield* symbols(one, latex);
  } else if (node && typeof node === "object") {
    const name = nameOf(node);
    if (name) {
      yield { name, start: start(node, latex), end: end(node) };
    } else if (!WORDS.includes(node.type)) {
      for (const part of PARTS) yield* symbols(node[part], latex);
    }
  }
}

// h, h_k and δ_{k,p} stand for, or are entries of, what has the role of h_t, δ_t.
function roleOf(name, roles) {
  const letter = name.replace(/_\?$/, "");
  return roles[name] ?? roles[`${letter}_t`] ?? roles[letter];
}

function marked(latex, display, wanted, roles) {
  const explained = [];
  let out = "";
  let done = 0;
  const tree = katex.__parse(latex, settings(display));
  for (const { name, start, end } of symbols(tree, latex)) {
    const number = wanted[name];
    const told = number === undefined || explained.includes(number);
    const role = roleOf(name, roles);
    if (told && !role) continue;
    if (!told) explained.push(number);
    const written = latex.slice(start, end);
    const symbol = told ? written : `\\htmlData{symbol=${number}}{${written}}`;
    out += latex.slice(done, start);
    out += role ? `\\class{${role}}{${symbol}}` : symbol;
    done = end;
  }
  return { latex: out + latex.slice(done), explained };
}

function answer({ latex, display, wanted, roles, mathml, names }) {
  try {
    if (names) {
      const tree = katex.__parse(latex, settings(false));
      return { names: [...symbols(tree, latex)].map(({ name }) => name) };
    }
    if (mathml) {
      const alone = settings(false, false, { output: "mathml" });
      return { html: katex.renderToString(latex, alone) };
    }
    const plain = katex.renderToString(latex, settings(display));
    const found = marked(latex, display, wanted ?? {}, roles ?? {});
    if (!found.explained.length) return { html: plain, explained: [] };
    const html = katex.renderToString(found.latex, settings(display, true));
    return { html, explained: found.explained };
  } catch (error) {
    return { error: error.message };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
