import { explorable, label, number } from "./frame.mjs";

export const model = { T: 30, h0: 0.5, y: -0.4, steps: 40,
  cliff: [1.5, 0.2], plateau: [2.8, 0.5] };

// L and its gradient for h_t = tanh(w h_{t-1} + b), L = (h_T - y)^2 / 2
export const lossAndGradient = (w, b) => {
  const { T, h0, y } = model;
  const h = [h0];
  for (let t = 1; t <= T; t++) h.push(Math.tanh(w * h[t - 1] + b));
  let dh = h[T] - y, dw = 0, db = 0;
  for (let t = T; t >= 1; t--) {
    const delta = dh * (1 - h[t] * h[t]);
    dw += delta * h[t - 1];
    db += delta;
    dh = w * delta;
  }
  return { L: (h[T] - y) ** 2 / 2, dw, db };
};

// gradient descent: w, b, the loss and the norm of the gradient at each step
export const descend = (w, b, rate, threshold) => {
  const path = [];
  for (let step = 0; step <= model.steps; step++) {
    const { L, dw, db } = lossAndGradient(w, b);
    const norm = Math.hypot(dw, db);
    path.push({ w, b, L, norm });
    const scale = norm > threshold ? threshold / norm : 1;
    w -= rate * scale * dw;
    b -= rate * scale * db;
  }
  return path;
};

export const finding = (threshold, free, clipped) => {
  const last = free.length - 1, norms = free.map(({ norm }) => norm);
  const largest = Math.max(...norms), at = norms.indexOf(largest);
  if (largest <= threshold) return `The largest gradient on the way has `
    + `norm ${number(largest)}, less than the threshold: clipping never acts, `
    + `both paths are one, and after ${last} steps L is `
    + `${number(free[last].L)}. Clipping shortens long steps; it does not lengthen short ones.`;
  const to = free[Math.min(at + 1, last)];
  const far = Math.hypot(to.w - free[at].w, to.b - free[at].b) > 1;
  return `Not clipped: at step ${at} the gradient has norm ${number(largest)} `
    + `and ${far ? "throws" : "moves"} the parameters to `
    + `w = ${number(to.w)}, b = ${number(to.b)}; `
    + `after ${last} steps L is ${number(free[last].L)}. Clipped at `
    + `${threshold.toFixed(2)}: the same direction, a shorter step, and L is `
    + `${number(clipped[last].L)}.`;
};

// the map: 0.5 to 3 across, 0.75 to -0.75 down
export const X = w => (w - 0.5) * 112, Y = b => (0.75 - b) * 133;

const draw = (parts, name, path) => {
  const points = path.map(({ w, b }) => [X(w), Y(b)].map(
    v => Math.max(-999, Math.min(999, v)).toFixed(1)).join(" "));
  parts[name].setAttribute("d", "M" + points.join("L"));
  parts[name + "-dots"].setAttribute(
    "d", points.map(point => `M${point}h0`).join(""));
};

explorable("bptt-clipping", parts => {
  const update = () => {
    const [w, b, rate, threshold] = ["w", "b", "rate", "threshold"].map(
      name => {
        const value = +parts[name].value;
        label(parts, name, value.toFixed(2).replace("-", "−"));
        return value;
      });
    const free = descend(w, b, rate, Infinity);
    const clipped = descend(w, b, rate, threshold);
    draw(parts, "free", free);
    draw(parts, "clipped", clipped);
    parts.start.setAttribute("cx", X(w).toFixed(1));
    parts.start.setAttribute("cy", Y(b).toFixed(1));
    parts.finding.textContent = finding(threshold, free, clipped);
  };
  for (const place of ["cliff", "plateau"])
    parts[place].addEventListener("click", () => {
      [parts.w.value, parts.b.value] = model[place];
      update();
    });
  return update;
});
