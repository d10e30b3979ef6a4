// Once a reader has asked the checker, what was loaded works without a
// network: the checker's files never change under their address, so they come
// from the browser; pages come from the network while there is one.
const KEPT = "book";
const unchanging = (url) => url.pathname.includes("/_static/in_page/");

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

const store = async (request, response) => {
  const cache = await caches.open(KEPT);
  const url = new URL(request.url);
  if (unchanging(url)) {
    // Another checker takes the place of the one before.
    const folder = new URL(".", url).href;
    for (const old of await cache.keys()) {
      if (unchanging(new URL(old.url)) && !old.url.startsWith(folder)) await cache.delete(old);
    }
  }
  await cache.put(request, response);
};

const answered = async (event) => {
  const { request } = event;
  const cache = await caches.open(KEPT);
  if (unchanging(new URL(request.url))) {
    const known = await cache.match(request);
    if (known) return known;
  }
  try {
    const response = await fetch(request);
    // It is handed on as it comes: kept beside, not before.
    if (response.status === 200) event.waitUntil(store(request, response.clone()).catch(() => {}));
    return response;
  } catch (offline) {
    const known = await cache.match(request, { ignoreSearch: true });
    if (known) return known;
    throw offline;
  }
};

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === location.origin) {
    event.respondWith(answered(event));
  }
});

// What the page loaded before this worker was there.
addEventListener("message", ({ data }) => {
  caches.open(KEPT).then((cache) =>
    Promise.allSettled(data.loaded.map((url) => cache.add(url))),
  );
});
