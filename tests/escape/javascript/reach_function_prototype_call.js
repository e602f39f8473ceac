// class: driver
const taken = [];
const { call, apply, bind } = Function.prototype;
const note = (name, original) =>
  function (...all) {
    if (!/native code/.test(original)) taken.push(name);
    return Reflect.apply(original, this, all);
  };
let on = false;
Function.prototype.call = function (...all) { if (on) taken.push("call"); return Reflect.apply(call, this, all); };
Function.prototype.apply = function (...all) { if (on) taken.push("apply"); return Reflect.apply(apply, this, all); };
Function.prototype.bind = function (...all) { if (on) taken.push("bind"); return Reflect.apply(bind, this, all); };
export function transformEvent(event, metadata) {
  on = true;
  log("x", {});
  metadata(event);
  setTimeout(() => {}, 5);
  on = false;
  return taken.length ? { REACHED: taken } : { calm: true };
}
