// class: state
let before;
export function transformEvent(event) {
  const told = before === undefined ? { first: true } : { again: before === event };
  before = event;
  return told;
}
