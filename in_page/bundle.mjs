// Makes what a page loads: the standard library cut to what the checker
// imports, and the checker itself, both as byte code of Pyodide's Python.
//
//     node in_page/bundle.mjs PYODIDE SOURCES OUT
//
// It needs no network. tools/in_page.py lays out SOURCES and calls it.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, sources, out] = process.argv.slice(2).map((one) => resolve(one));
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")));
const python = await loadPyodide({ indexURL: pyodide });
for (const [place, folder] of [["/checker", sources], ["/out", out]]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, place);
}
python.runPython(readFileSync(join(import.meta.dirname, "bundle.py"), "utf8"));
