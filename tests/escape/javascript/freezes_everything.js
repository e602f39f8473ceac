// class: driver
export function transformEvent(event, metadata) {
  for (const each of [Object, Array, Map, Promise, JSON, Error, Reflect, Function]) {
    Object.freeze(each);
    if (each.prototype) Object.freeze(each.prototype);
  }
  Object.preventExtensions(globalThis);
  Object.freeze(globalThis);
  return { frozen: Object.isFrozen(JSON) };
}
