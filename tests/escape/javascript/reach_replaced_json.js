// class: driver
const taken = [];
const { parse, stringify } = JSON;
JSON.parse = function (...all) {
  taken.push(["parse", all.length, typeof this]);
  return parse.apply(this, all);
};
JSON.stringify = function (...all) {
  taken.push(["stringify", all.length]);
  return stringify.apply(this, all);
};
globalThis.JSON = { parse() { taken.push("replaced"); return { REACHED: "parse" }; }, stringify() { taken.push("replaced"); return '{"REACHED":"stringify"}'; } };
export function transformEvent(event, metadata) {
  metadata(event);
  log({ a: 1 });
  return taken.length ? { REACHED: taken } : { calm: true };
}
