// class: reach
export function transformEvent(event) {
  const found = ["process", "require", "module", "exports", "Deno", "Bun", "global", "__dirname", "importScripts", "python", "JSClass"].filter(
    (name) => Function(`return typeof ${name}`)() !== "undefined",
  );
  return found.length ? { REACHED: found } : { none: true };
}
