// Moving about in a drawing: by dragging and scrolling, zooming, and walking with arrow keys.
const [EDGE, SMALLEST, LARGEST, READABLE] = [28, 0.05, 2.5, 0.7];

// `at` is where the drawing stands in `place`, and how large it is drawn.
export function viewOf(place, whole, inner, laid, root) {
  const at = { x: 0, y: 0, k: 1 };
  const view = {
    at,
    laid,
    place,
    apply: () => inner.setAttribute("transform", `translate(${at.x},${at.y}) scale(${at.k})`),
  };
  dragging(whole, view);
  whole.addEventListener("wheel", (event) => onWheel(event, view), { passive: false });
  whole.addEventListener("keydown", (event) => walk(event, whole, view));
  const begin = () => beginAt(view, root);
  begin();
  return { zoom: (by) => zoom(view, by, place.clientWidth / 2, place.clientHeight / 2), fit: () => fit(view), begin, ...placeIn(view) };
}

// Where the drawing stands, and how it gets there again after it was drawn anew.
function placeIn({ at, apply }) {
  const where = () => ({ ...at });
  const moveTo = (former) => {
    Object.assign(at, former);
    apply();
  };
  return { where, moveTo };
}

function zoom({ at, apply }, by, x, y) {
  const k = Math.min(LARGEST, Math.max(SMALLEST, at.k * by));
  Object.assign(at, { x: x - (x - at.x) * (k / at.k), y: y - (y - at.y) * (k / at.k), k });
  apply();
}

function centre({ at, apply, place }, { x, y, wide, tall }) {
  at.x = place.clientWidth / 2 - (x + wide / 2) * at.k;
  at.y = place.clientHeight / 2 - (y + tall / 2) * at.k;
  apply();
}

function fit(view) {
  const { at, laid, place } = view;
  const [wide, tall] = [place.clientWidth - 2 * EDGE, place.clientHeight - 2 * EDGE];
  at.k = Math.min(1, Math.max(SMALLEST, Math.min(wide / laid.wide, tall / laid.tall)));
  centre(view, { x: 0, y: 0, wide: laid.wide, tall: laid.tall });
}

// What is too large to be read as a whole is shown around its root.
function beginAt(view, root) {
  fit(view);
  if (view.at.k >= READABLE) return;
  const { nodes } = view.laid;
  view.at.k = 0.85;
  centre(view, nodes.find((node) => node.id === root) ?? nodes[0]);
}

function onWheel(event, view) {
  event.preventDefault();
  const { at, place, apply } = view;
  const box = place.getBoundingClientRect();
  if (event.ctrlKey || event.metaKey) {
    zoom(view, Math.exp(-event.deltaY / 250), event.clientX - box.left, event.clientY - box.top);
    return;
  }
  at.x -= event.deltaX;
  at.y -= event.deltaY;
  apply();
}

function dragging(whole, { at, apply }) {
  let from = null;
  whole.addEventListener("pointerdown", (event) => {
    if (event.button === 0) from = { x: event.clientX - at.x, y: event.clientY - at.y, moved: 0 };
  });
  whole.addEventListener("pointermove", (event) => {
    if (!from || !event.buttons) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    from.moved += Math.abs(x - at.x) + Math.abs(y - at.y);
    if (from.moved < 4) return;
    if (!whole.hasPointerCapture(event.pointerId)) whole.setPointerCapture(event.pointerId);
    whole.classList.add("dragged");
    Object.assign(at, { x, y });
    apply();
  });
  const end = () => whole.classList.remove("dragged");
  whole.addEventListener("pointerup", end);
  whole.addEventListener("pointercancel", end);
  // The end of a drag is no click on a node.
  whole.addEventListener("click", (event) => from?.moved >= 4 && event.preventDefault(), true);
  whole.addEventListener("dragstart", (event) => event.preventDefault());
}

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function walk(event, whole, view) {
  const way = WAYS[event.key];
  const { nodes } = view.laid;
  const here = nodes.find((node) => node.id === event.target.dataset?.node);
  if (!way || !here) return;
  event.preventDefault();
  const nearest = nearestTo(here, nodes, way);
  if (!nearest) return;
  if (!isSeen(nearest, view)) centre(view, nearest);
  const elements = [...whole.querySelectorAll(".node")];
  elements.find((element) => element.dataset.node === nearest.id)?.focus();
}

const middle = ({ x, y, wide, tall }) => [x + wide / 2, y + tall / 2];

function nearestTo(here, nodes, way) {
  const [x, y] = middle(here);
  let [best, least] = [null, Infinity];
  for (const node of nodes) {
    if (node === here || !node.opens) continue;
    const [dx, dy] = [middle(node)[0] - x, middle(node)[1] - y];
    const along = dx * way[0] + dy * way[1];
    const cost = along + 3 * Math.abs(dx * way[1] + dy * way[0]);
    if (along > 1 && cost < least) [best, least] = [node, cost];
  }
  return best;
}

function isSeen(node, { at, place }) {
  const [x, y] = [at.x + node.x * at.k, at.y + node.y * at.k];
  const isAcross = x > 0 && x + node.wide * at.k < place.clientWidth;
  return isAcross && y > 0 && y + node.tall * at.k < place.clientHeight;
}
