// class: reach
// Everything that can be called leads to Function: what does it see beside the language?
export function transformEvent(event, metadata) {
  const F = metadata.constructor.constructor;
  const names = F("return Object.getOwnPropertyNames(globalThis)")();
  const found = names.filter((name) => /^(python|host|kit|ask|process|require|bridge|stpyv8|JSClass|JSEngine|JSContext)$/i.test(name));
  return found.length ? { REACHED: found } : { names: names.length };
}
