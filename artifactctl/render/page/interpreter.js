// Vega's expressions as closures. Vega itself would turn them into functions with `new Function`,
// which the page's policy forbids. Only what the charts' specifications use is supported:
// https://vega.github.io/vega/usage/interpreter/
const OPERATORS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
};
const UNARY = { "+": (a) => Number(a), "-": (a) => -a, "!": (a) => !a };
const MATHEMATICS = { abs: Math.abs, max: Math.max, min: Math.min };
const CONSTANTS = { NaN: Number.NaN, PI: Math.PI };
const OWN = Object.prototype.hasOwnProperty;

const COMPILERS = {
  Literal: (node) => () => node.value,
  Identifier: ({ name }) => {
    if (name === "datum" || name === "item" || name === "event") return (scope) => scope[name];
    if (name in CONSTANTS) return () => CONSTANTS[name];
    return (scope) => scope.signals[`$${name}`];
  },
  MemberExpression(node) {
    const object = compile(node.object);
    const key = node.computed ? compile(node.property) : () => node.property.name;
    return (scope) => member(object(scope), key(scope));
  },
  CallExpression(node) {
    const name = node.callee.name.replace(/^_/, "");
    const words = node.arguments.map(compile);
    if (name === "if") return ternary(words);
    return (scope) => {
      const call = MATHEMATICS[name] ?? scope.functions[name];
      return call.apply(
        scope.functions,
        words.map((word) => word(scope)),
      );
    };
  },
  ArrayExpression(node) {
    const items = node.elements.map(compile);
    return (scope) => items.map((item) => item(scope));
  },
  ObjectExpression(node) {
    const pairs = node.properties.map(({ key, value }) => [key.name ?? key.value, compile(value)]);
    return (scope) => Object.fromEntries(pairs.map(([key, value]) => [key, value(scope)]));
  },
  BinaryExpression(node) {
    const [left, right] = [compile(node.left), compile(node.right)];
    const operate = OPERATORS[node.operator];
    return (scope) => operate(left(scope), right(scope));
  },
  UnaryExpression(node) {
    const [value, operate] = [compile(node.argument), UNARY[node.operator]];
    return (scope) => operate(value(scope));
  },
  LogicalExpression(node) {
    const [left, right] = [compile(node.left), compile(node.right)];
    const isAnd = node.operator === "&&";
    return (scope) => (isAnd ? left(scope) && right(scope) : left(scope) || right(scope));
  },
  ConditionalExpression: (node) =>
    ternary([node.test, node.consequent, node.alternate].map(compile)),
};

function compile(node) {
  return COMPILERS[node.type](node);
}

function ternary([test, yes, no]) {
  return (scope) => (test(scope) ? yes(scope) : no(scope));
}

// Only an object's own properties, so that data cannot reach a constructor.
function member(object, key) {
  if (typeof object === "object" && object !== null && OWN.call(object, key)) return object[key];
  return undefined;
}

// Only rules use `x2` and `y2` here; Vega's own code also turns them into the size of other marks.
function encoder(context, { channels }) {
  const compiled = Object.entries(channels).map(([name, { ast }]) => [name, compile(ast)]);
  return (item, signals) => {
    const scope = { signals, datum: item.datum, item, functions: context.functions };
    let isModified = false;
    for (const [name, value] of compiled) {
      const now = value(scope);
      if (item[name] !== now) isModified = true;
      item[name] = now;
    }
    return isModified;
  };
}

export const interpreter = {
  operator({ functions }, { ast }) {
    const value = compile(ast);
    return (signals) => value({ signals, functions });
  },
  parameter({ functions }, { ast }) {
    const value = compile(ast);
    return (datum, signals) => value({ signals, datum, functions });
  },
  event({ functions }, { ast }) {
    const value = compile(ast);
    return (event) => value({ signals: {}, event, functions });
  },
  handler({ functions }, { ast }) {
    const value = compile(ast);
    return (signals, event) => value({ signals, event, datum: event.item?.datum, functions });
  },
  encode: encoder,
};
