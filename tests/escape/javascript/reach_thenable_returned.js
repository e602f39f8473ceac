// class: driver
// What is awaited is handed functions of the driver's promise.
export function transformEvent(event) {
  return {
    then(resolve, reject) {
      const found = [resolve, reject].filter((each) => !/native code/.test(Function.prototype.toString.call(each)));
      const callers = [];
      try {
        callers.push(resolve.caller, resolve.arguments);
      } catch {}
      resolve(found.length || callers.some(Boolean) ? { REACHED: found.map(String) } : { calm: true });
      resolve({ twice: true });
      reject(new Error("and thrice"));
    },
  };
}
