// The checker, in a thread of its own: the page never waits for it, and may
// end it at any time.
import { lock } from "./lock.mjs";
import { loadPyodide } from "./pyodide.mjs";

const here = new URL(".", import.meta.url).href;
const counted = new Map();

// Says how much of each file has come; what it is used for stays untouched.
const fetched = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (...asked) => {
  const response = await fetched(...asked);
  const name = new URL(response.url || asked[0], here).pathname.split("/").pop();
  if (response.ok && response.body) count(name, response.clone().body);
  return response;
};

async function count(name, body) {
  counted.set(name, 0);
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    counted.set(name, counted.get(name) + value.length);
    postMessage({ loaded: Object.fromEntries(counted) });
  }
  postMessage({ loaded: Object.fromEntries(counted), whole: name });
}

// One line of JSON names the files and their lengths; the files follow.
async function unpack(python, name, folder) {
  const response = await fetch(here + name);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  let packed = new Uint8Array(await response.arrayBuffer());
  if (packed[0] === 0x1f && packed[1] === 0x8b) {
    // A host may have unpacked it already.
    const stream = new Blob([packed])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"));
    packed = new Uint8Array(await new Response(stream).arrayBuffer());
  }
  let start = packed.indexOf(10) + 1;
  const listed = JSON.parse(new TextDecoder().decode(packed.subarray(0, start)));
  for (const [path, length] of listed) {
    const place = `${folder}/${path}`;
    python.FS.mkdirTree(place.slice(0, place.lastIndexOf("/")));
    python.FS.writeFile(place, packed.subarray(start, start + length));
    start += length;
  }
}

async function start() {
  const python = await loadPyodide({
    indexURL: here,
    lockFileContents: lock,
  });
  await unpack(python, "checker.gz", "/checker");
  python.runPython("import sys; sys.path.insert(0, '/checker')");
  return python.pyimport("in_page.answering").respond;
}

const ready = start();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error) }),
);
addEventListener("message", async ({ data: { number, request } }) => {
  const respond = await ready;
  try {
    postMessage({ number, answer: respond(JSON.stringify(request)) });
  } catch (error) {
    postMessage({ number, error: String(error) });
  }
});
