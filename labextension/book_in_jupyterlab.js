// What a reader of the book finds missing in JupyterLab 4.6.
//
// It does not open a notebook at the heading that the address names after its
// #: it reads the # too early, and would not find a heading rendered by the
// MyST extension. And that extension shows {glue:text}`name:.2f` as
// "name:.2f", not as the number that a cell has computed. A folded cell tells
// its first line, which may be half of a solution: it tells what it holds. A
// reference to another page or to a work shows its bare label, and equations
// are counted anew in each notebook: they get the words and numbers of the
// site, which postBuild has written into labels.json beside this file.
"use strict";

{
  // Spaces, signs and accents are written in too many ways to compare.
  const letters = (text) =>
    text.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();

  // The cell of the first such heading, and how many others precede it there.
  async function find(notebook, wanted) {
    for (const cell of notebook.widgets) {
      if (cell.model.type !== "markdown") continue;
      const headings = await cell.getHeadings();
      const rank = headings.findIndex(({ raw }) => letters(raw) === wanted);
      if (rank >= 0) return { cell, rank };
    }
    return null;
  }

  // Cells above grow while they are drawn: hold on until the reader moves.
  // A cell out of view may be drawn without any growth: watch it as well.
  async function goTo(wanted, notebook) {
    const found = await find(notebook, wanted);
    if (!found) return;
    const { cell, rank } = found;
    const hold = () => {
      const heading = cell.node.querySelectorAll("h1,h2,h3,h4,h5,h6")[rank];
      if (!heading) return;
      notebook.activeCellIndex = notebook.widgets.indexOf(cell);
      heading.scrollIntoView();
    };
    const growth = new ResizeObserver(hold);
    growth.observe(notebook.viewportNode);
    const drawing = new MutationObserver(hold);
    drawing.observe(cell.node, { childList: true, subtree: true });
    const letGo = () => {
      growth.disconnect();
      drawing.disconnect();
    };
    for (const act of ["keydown", "pointerdown", "touchstart", "wheel"]) {
      notebook.node.addEventListener(act, letGo, true);
    }
    notebook.activeCellChanged.connect((_, now) => now !== cell && letGo());
  }

  // Name -> text of every number that a cell of the notebook has glued.
  function gluedNumbers(notebook) {
    const glued = new Map();
    for (const { model } of notebook.widgets) {
      for (let k = 0; k < (model.outputs?.length ?? 0); k++) {
        const { data, metadata } = model.outputs.get(k);
        const text = data["application/papermill.record/text/plain"];
        if (text !== undefined) glued.set(metadata.scrapbook.name, text);
      }
    }
    return glued;
  }

  // Undefined for what is not glued, and for a format that the book never uses.
  function number(glued, role) {
    const [, name, , digits] = role.match(/^(.*?)(:\.(\d+)f)?$/);
    const text = glued.get(name);
    if (digits === undefined) return text?.replace(/^'(.*)'$/, "$1");
    return text && Number(text).toFixed(digits);
  }

  function showNumbers(notebook) {
    const glued = gluedNumbers(notebook);
    for (const { model, node } of notebook.widgets) {
      if (model.type !== "markdown") continue;
      const source = model.sharedModel.getSource();
      const roles = new Set(
        [...source.matchAll(/\{glue:text\}`([^`]+)`/g)].map(([, role]) => role),
      );
      if (!roles.size) continue;
      for (const span of node.querySelectorAll("span:not([class])")) {
        if (roles.has(span.textContent)) span.dataset.role = span.textContent;
        if (!roles.has(span.dataset.role)) continue;
        const shown = number(glued, span.dataset.role) ?? span.dataset.role;
        if (span.textContent !== shown) span.textContent = shown;
      }
    }
  }

  const beside = new URL("labels.json", document.currentScript.src);
  const labels = fetch(beside).then((answer) => answer.json()).then(
    (known) => new Map(
      Object.entries(known).map(([label, words]) => [label.toLowerCase(), words]),
    ),
    () => new Map(),
  );
  const LOST = '.jp-MarkdownCell [title$="Not Found"]';
  const COUNTED = '.jp-MarkdownCell :is(.hover-link, [title="Link to this Equation"])';

  function nameReferences(notebook, known) {
    const put = (place, words) => {
      if (place.textContent !== words) place.textContent = words;
    };
    for (const lost of notebook.node.querySelectorAll(LOST)) {
      const words = known.get(lost.textContent.trim().toLowerCase());
      if (words === undefined) continue;
      put(lost, words);
      lost.removeAttribute("class");
      lost.removeAttribute("title");
    }
    if (!known.size) return;
    for (const link of notebook.node.querySelectorAll(COUNTED)) {
      const label = link.getAttribute("href").slice(1).toLowerCase();
      const words = known.get(label);
      if (words && /^\(.*\)$|^Exercise /.test(words)) put(link, words);
      // The site counts what has a name, and nothing else.
      else if (link.title && !label.startsWith("eq-")) put(link, "");
    }
  }

  function nameFolds(notebook) {
    for (const { model, node } of notebook.widgets) {
      const line = node.querySelector(
        ".jp-InputPlaceholder .jp-Placeholder-contentContainer > :first-child",
      );
      const whole = model.getMetadata("tags")?.includes("hide-cell");
      const words =
        model.getMetadata("mystnb")?.code_prompt_show ??
        (whole ? "The solution in code" : "The code of this output");
      if (line && line.textContent !== words) line.textContent = words;
    }
  }

  function keepShowing(notebook) {
    let next = 0;
    const soon = () => {
      cancelAnimationFrame(next);
      next = requestAnimationFrame(() => {
        showNumbers(notebook);
        nameFolds(notebook);
        labels.then((known) => nameReferences(notebook, known));
      });
    };
    new MutationObserver(soon).observe(notebook.viewportNode, {
      childList: true,
      subtree: true,
    });
    notebook.model.contentChanged.connect(soon);
  }

  function activate({ shell }) {
    let wanted = letters(decodeURIComponent(location.hash));
    const address = decodeURIComponent(location.pathname);
    const met = new WeakSet();
    shell.currentChanged.connect(() => {
      const { content, context } = shell.currentWidget ?? {};
      const isNotebook = content?.activeCellChanged !== undefined;
      if (!isNotebook || met.has(content)) return;
      met.add(content);
      context.ready.then(() => {
        keepShowing(content);
        if (!wanted || !address.endsWith(`/tree/${context.path}`)) return;
        goTo(wanted, content);
        wanted = "";
      });
    });
  }

  const plugin = { id: "bptt-core:book", autoStart: true, activate };
  (window._JUPYTERLAB ??= {})["bptt-core"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
}
