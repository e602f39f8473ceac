// class: info
export function transformEvent(event) {
  const numbers = Array.from({ length: 50 }, () => Math.random());
  return new Set(numbers).size === 50 && numbers.every((n) => n >= 0 && n < 1) ? { calm: true } : { REACHED: "no random" };
}
