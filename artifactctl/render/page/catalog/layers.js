// A layered layout of a graph: what something is made from stands to its left.
const [ACROSS, BETWEEN, DUMMY] = [44, 16, 8]; // pixels: between layers, between nodes, of a bend
const SWEEPS = 10;

// Nodes with `wide` and `tall` get `x` and `y`, their left upper corner; edges get `points`.
// `isDown`: layers stand below each other.
export function layOut(nodes, edges, isDown) {
  if (isDown) return turned(layOut(nodes.map(flipped), edges, false));
  const graph = graphOf(nodes, edges);
  setLayers(graph);
  const layers = layersWithBends(graph);
  order(layers);
  setHeights(layers);
  setPlaces(layers);
  const all = layers.flat().filter((node) => !node.isBend);
  const top = Math.min(...all.map((node) => node.middle - node.tall / 2));
  for (const node of layers.flat()) node.middle -= top;
  for (const node of all) node.y = node.middle - node.tall / 2;
  return {
    nodes: all,
    edges: graph.chains.map(({ edge, chain }) => ({ ...edge, points: pointsOf(chain) })),
    wide: Math.max(...all.map((node) => node.x + node.wide)),
    tall: Math.max(...all.map((node) => node.y + node.tall)),
  };
}

const flipped = (node) => ({ ...node, wide: node.tall, tall: node.wide });

function turned({ nodes, edges, wide, tall }) {
  return {
    nodes: nodes.map((node) => ({ ...flipped(node), x: node.y, y: node.x })),
    edges: edges.map((edge) => ({ ...edge, points: edge.points.map(([x, y]) => [y, x]) })),
    wide: tall,
    tall: wide,
  };
}

function graphOf(nodes, edges) {
  const copies = new Map(nodes.map((node) => [node.id, { ...node, before: [], after: [] }]));
  const known = edges.filter(({ from, to }) => from !== to && copies.has(from) && copies.has(to));
  for (const { from, to } of known) {
    copies.get(from).after.push(copies.get(to));
    copies.get(to).before.push(copies.get(from));
  }
  return { nodes: [...copies.values()], edges: known, copies, chains: [] };
}

// The longest way from a beginning; in a circle, which only a forged catalog has, any node begins.
function setLayers({ nodes }) {
  const left = new Map(nodes.map((node) => [node, node.before.length]));
  const ready = nodes.filter((node) => node.before.length === 0);
  for (const node of nodes) node.layer = 0;
  const rest = new Set(nodes);
  while (rest.size) {
    const node = ready.pop() ?? rest.values().next().value;
    if (!rest.delete(node)) continue;
    for (const next of node.after) {
      if (!rest.has(next)) continue;
      next.layer = Math.max(next.layer, node.layer + 1);
      left.set(next, left.get(next) - 1);
      if (left.get(next) === 0) ready.push(next);
    }
  }
  for (const node of nodes.filter(({ before, after }) => !before.length && after.length))
    node.layer = Math.max(0, Math.min(...node.after.map(({ layer }) => layer)) - 1);
}

// An edge over several layers bends in each of them.
function layersWithBends(graph) {
  const layers = Array.from({ length: 1 + Math.max(...graph.nodes.map((n) => n.layer)) }, () => []);
  for (const node of graph.nodes) {
    layers[node.layer].push(node);
    [node.before, node.after] = [[], []];
  }
  for (const edge of graph.edges) {
    const [from, to] = [graph.copies.get(edge.from), graph.copies.get(edge.to)];
    const chain = [from];
    for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
      const bend = { isBend: true, layer, wide: 0, tall: DUMMY, before: [], after: [] };
      layers[layer].push(bend);
      chain.push(bend);
    }
    chain.push(to);
    graph.chains.push({ edge, chain });
    for (let index = 1; index < chain.length; index += 1) {
      chain[index - 1].after.push(chain[index]);
      chain[index].before.push(chain[index - 1]);
    }
  }
  return layers;
}

// Few crossings: each node goes where its neighbours are, again and again.
function order(layers) {
  const number = () => {
    for (const layer of layers) for (const [index, node] of layer.entries()) node.index = index;
  };
  number();
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      for (const node of layer) node.wanted = mean(isDown ? node.before : node.after, "index") ?? node.index;
      layer.sort((a, b) => a.wanted - b.wanted || a.index - b.index);
      for (const [index, node] of layer.entries()) node.index = index;
    }
  }
}

function mean(nodes, field) {
  return nodes.length ? nodes.reduce((sum, node) => sum + node[field], 0) / nodes.length : null;
}

// Middles near the middles of the neighbours, without overlaps.
function setHeights(layers) {
  for (const layer of layers) spread(layer, (node, at) => at);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed())
      spread(layer, (node) => mean(isDown ? node.before : node.after, "middle") ?? node.middle);
  }
}

// The places nearest to the wanted ones that keep order and distance: blocks of touching nodes.
function spread(layer, wanted) {
  const blocks = [];
  let offset = 0;
  for (const node of layer) {
    node.offset = offset + node.tall / 2;
    offset += node.tall + BETWEEN;
    blocks.push({ nodes: [node], at: wanted(node, node.offset) - node.offset });
    while (blocks.length > 1 && blocks.at(-2).at > blocks.at(-1).at) {
      const [last, one] = [blocks.pop(), blocks.pop()];
      const count = one.nodes.length + last.nodes.length;
      const at = (one.at * one.nodes.length + last.at * last.nodes.length) / count;
      blocks.push({ nodes: [...one.nodes, ...last.nodes], at });
    }
  }
  for (const { nodes, at } of blocks) for (const node of nodes) node.middle = at + node.offset;
}

function setPlaces(layers) {
  let x = 0;
  for (const layer of layers) {
    const wide = Math.max(...layer.map((node) => node.wide));
    for (const node of layer) node.x = node.isBend ? x : x + (wide - node.wide) / 2;
    for (const node of layer) if (node.isBend) node.wide = wide;
    x += wide + ACROSS;
  }
}

// Where an edge leaves and enters the boxes that it goes through.
const pointsOf = (chain) =>
  chain.flatMap(({ x, wide, middle, isBend }, index) => {
    const [left, right] = [[x, middle], [x + wide, middle]];
    if (isBend) return [left, right];
    return index === 0 ? [right] : [left];
  });
