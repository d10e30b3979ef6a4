// Opens a notebook at the heading that the address names after its #.
//
// JupyterLab 4.6 reads the # before it opens the notebook, and then drops it;
// nor would it find a heading that the MyST extension has rendered.
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

  function activate({ shell }) {
    const wanted = letters(decodeURIComponent(location.hash));
    const address = decodeURIComponent(location.pathname);
    const look = () => {
      const { content, context } = shell.currentWidget ?? {};
      const isNotebook = content?.activeCellChanged !== undefined;
      if (!isNotebook || !address.endsWith(`/tree/${context.path}`)) return;
      shell.currentChanged.disconnect(look);
      context.ready.then(() => goTo(wanted, content));
    };
    if (wanted) shell.currentChanged.connect(look);
  }

  const plugin = { id: "bptt-core:open-at-heading", autoStart: true, activate };
  (window._JUPYTERLAB ??= {})["bptt-core"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
}
